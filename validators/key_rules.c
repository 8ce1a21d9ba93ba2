/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server prunes what the schema of a custom resource does not know (Kubernetes,
 * "Extend the Kubernetes API with CustomResourceDefinitions": field pruning). kubectl tells, unless
 * it is run with --validate=false; who applies in another way may not, and KubeVirt goes on without
 * what was written.
 *
 * A webhook is asked about what is left, so it never sees such a key: only who has an object as it
 * was written finds one. The lists here are not whole schemas: whatever is not near one of their
 * names may be right.
 */
#include "validators/key_rules.h"

#include "base/nearest_name.h"

/* What an object may have, of the keys that are looked for; NULL behind the last. */
typedef const char *const *key_list;

static const char *const device_lists[] = {"hostDevices", "gpus", NULL};
static const char *const host_device_keys[] = {"deviceName",  "name", "claimName",
                                               "requestName", "tag",  NULL};
static const char *const gpu_keys[] = {
    "deviceName", "name", "claimName", "requestName", "tag", "virtualGPUOptions", NULL};
static const char *const usb_selector_keys[] = {"vendor", "product", NULL};

/* --- one key --------------------------------------------------------------------------------- */

/*
 * The most edits that count as a slip: one less than for names elsewhere, so that no other field of
 * any of these kinds is near, nor a list of PCI devices near one of USB devices.
 */
static size_t tolerance(struct str name)
{
    return nearest_name_tolerance(name.len) - 1;
}

/* One is the other's plural, as far as these names go. */
static bool differ_by_plural(struct str a, struct str b)
{
    struct str shorter = a.len < b.len ? a : b;
    struct str longer = a.len < b.len ? b : a;

    return longer.len == shorter.len + 1 && ascii_lower(longer.data[shorter.len]) == 's' &&
           str_equal_ignoring_case(shorter, str_slice(longer, 0, shorter.len));
}

/* How far a key is from a name that it may be meant for; SIZE_MAX: too far. */
static size_t distance(struct str key, struct str name)
{
    size_t limit = tolerance(name);
    size_t edits = nearest_name_distance(key, name, limit);

    if (edits <= limit)
        return edits;
    return differ_by_plural(key, name) ? 1 : SIZE_MAX;
}

static bool is_known(struct str key, key_list known)
{
    while (*known && !str_equal(key, str_from(*known)))
        known++;
    return *known != NULL;
}

/* The one among the names that a key is meant for; NULL: it is near to none. */
static key_list nearest_name(struct str key, key_list known)
{
    key_list meant = NULL;
    size_t least = SIZE_MAX;

    for (; *known; known++) {
        size_t edits = distance(key, str_from(*known));

        if (edits < least) {
            meant = known;
            least = edits;
        }
    }
    return meant;
}

/* It becomes a part of a path, in which these need no escape. */
static bool is_plain(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (!ascii_is_alnum(key.data[i]) && key.data[i] != '-' && key.data[i] != '_')
            return false;
    }
    return true;
}

/* The path of the member `key` of the object at `path`. */
static struct path path_member(struct path path, const char *key)
{
    if (path.index == NO_INDEX)
        path.list = key;
    else if (path.sub_index == NO_INDEX)
        path.field = key;
    else
        path.sub_field = key;
    return path_to_key(path);
}

static void judge_key(struct str key, const char *meant, struct path path, const struct kind *kind,
                      struct context *context)
{
    struct str copy = arena_copy(context->arena, key); /* which a NUL ends */
    struct text *message =
        findings_add(context->findings, RULE_FIELD_MISSPELT, path_member(path, copy.data), key);

    if (message)
        text_addf(message, "a %s has no such field here, and the API server drops it; write \"%s\"",
                  kind->kind, meant);
}

/* --- objects --------------------------------------------------------------------------------- */

/* Bit i: the object has known[i]. Once for all its keys, however many are misspelt. */
static unsigned find_present(const struct value *object, key_list known)
{
    unsigned present = 0;

    for (size_t i = 0; known[i]; i++)
        present |= value_get(object, str_from(known[i])) ? 1U << i : 0;
    return present;
}

static void judge_object(const struct value *object, struct path path, key_list known,
                         const struct kind *kind, struct context *context)
{
    const struct value *member = value_is(object, VALUE_OBJECT) ? object->first : NULL;
    unsigned present = find_present(object, known);

    for (; member; member = member->next) {
        key_list meant;

        if (member->type == VALUE_NULL || is_known(member->key, known))
            continue;
        meant = nearest_name(member->key, known);
        if (meant && is_plain(member->key) && !(present >> (meant - known) & 1))
            judge_key(member->key, *meant, path, kind, context);
    }
}

static const struct value *first_item(const struct value *object, const char *key)
{
    const struct value *array = value_get(object, str_from(key));

    return value_is(array, VALUE_ARRAY) ? array->first : NULL;
}

static void judge_entries(const struct value *section, struct str prefix, const char *list,
                          key_list known, const struct kind *kind, struct context *context)
{
    const struct value *entry = first_item(section, list);

    for (size_t i = 0; entry; entry = entry->next, i++) {
        struct path path = path_entry(path_list(prefix, list), i);
        const struct value *selector = first_item(entry, "selectors");

        judge_object(entry, path, known, kind, context);
        for (size_t j = 0; selector; selector = selector->next, j++)
            judge_object(selector, path_sub_entry(path_field(path, "selectors"), j),
                         usb_selector_keys, kind, context);
    }
}

static void judge_devices(const struct value *devices, struct str prefix, const struct kind *kind,
                          struct context *context)
{
    judge_object(devices, path_list(prefix, NULL), device_lists, kind, context);
    judge_entries(devices, prefix, "hostDevices", host_device_keys, kind, context);
    judge_entries(devices, prefix, "gpus", gpu_keys, kind, context);
}

static void judge_permitted(const struct value *section, struct str prefix, const struct kind *kind,
                            struct context *context)
{
    const struct permitted_spelling *spelling = kind->spelling;
    const char *const *lists = spelling->lists;
    const char *const keys[] = {lists[DEVICE_PCI], lists[DEVICE_MEDIATED], lists[DEVICE_USB], NULL};
    const char *const selectors[DEVICE_CLASS_COUNT] = {spelling->pci_selector, "mdevNameSelector",
                                                       "selectors"};

    judge_object(section, path_list(prefix, NULL), keys, kind, context);
    for (int i = 0; i < DEVICE_CLASS_COUNT; i++) {
        const char *const entry[] = {selectors[i], "resourceName", "externalResourceProvider",
                                     spelling->has_disabled ? "disabled" : NULL, NULL};

        judge_entries(section, prefix, lists[i], entry, kind, context);
    }
}

/* --- the way to them ------------------------------------------------------------------------- */

/*
 * The object at the dotted `path`; each key on the way may be misspelt unless `is_mistaken`, where
 * it should not be at all. Kubernetes itself sees to the first, `spec`.
 */
static const struct value *walk(const char *path, bool is_mistaken, const struct kind *kind,
                                struct context *context)
{
    const struct value *object = context->value;
    struct str whole = str_from(path);
    size_t at = 0;

    while (object && at < whole.len) {
        struct str key = str_slice(whole, at, whole.len);
        struct str copy = arena_copy(context->arena, str_slice(key, 0, str_find(key, '.')));
        const char *const known[] = {copy.data, NULL};

        if (at > 0 && !is_mistaken)
            judge_object(object, path_list(str_slice(whole, 0, at - 1), NULL), known, kind,
                         context);
        object = copy.data ? value_get(object, copy) : NULL;
        at += copy.len + 1;
    }
    return object;
}

static void judge_prefix(const char *prefix, bool is_mistaken, const struct kind *kind,
                         struct context *context)
{
    const struct value *object = walk(prefix, is_mistaken, kind, context);

    if (kind->family == FAMILY_PERMITTED_DEVICES)
        judge_permitted(object, str_from(prefix), kind, context);
    else
        judge_devices(object, str_from(prefix), kind, context);
}

void judge_keys(const struct kind *kind, struct context *context)
{
    if (kind->family != FAMILY_PERMITTED_DEVICES && kind->family != FAMILY_DEVICE_REQUESTS)
        return;
    judge_prefix(kind->prefix, false, kind, context);
    if (kind->other_prefix)
        judge_prefix(kind->other_prefix, true, kind, context);
}
