/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads only what the rules need. Every getter returns "absent" for what is not there, and for what
 * has the wrong type after noting a type_fault; so callers read on without a check.
 */
#include "validators/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct decoder {
    struct arena *arena;
    const struct type_fault **next_fault; /* where the list of type faults goes on */
};

static const char *type_name(const json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object",  [JSON_ARRAY] = "array", [JSON_STRING] = "string",
        [JSON_INTEGER] = "number", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",  [JSON_NULL] = "null",
    };

    return names[json_typeof(value)];
}

/* A string, or a number or boolean as JSON writes it, so that a message can show it. */
static struct str scalar_text(struct decoder *decoder, const json_t *value)
{
    char number[64];

    if (json_is_string(value))
        return (struct str){json_string_value(value), json_string_length(value)};
    if (json_is_boolean(value))
        return json_is_true(value) ? STR("true") : STR("false");
    if (!json_is_number(value))
        return (struct str){NULL, 0};
    snprintf(number, sizeof number, "%.15g", json_number_value(value));
    if (strtod(number, NULL) != json_number_value(value))
        snprintf(number, sizeof number, "%.17g", json_number_value(value));
    return arena_copy(decoder->arena, str_from(number));
}

static int add_to_digest(const char *buffer, size_t size, void *data)
{
    uint64_t *digest = data;

    for (size_t i = 0; i < size; i++)
        *digest = (*digest ^ (unsigned char)buffer[i]) * 0x100000001b3; /* FNV-1a */
    return 0;
}

/* Tells one value from another where no rule reads it. */
static uint64_t digest_of(struct decoder *decoder, const json_t *value)
{
    uint64_t digest = 0xcbf29ce484222325;

    if (json_dump_callback(value, add_to_digest, &digest,
                           JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) != 0)
        decoder->arena->failed = true; /* the only way to fail is a lack of memory */
    return digest;
}

static void add_type_fault(struct decoder *decoder, struct path path, const char *expected,
                           const json_t *value)
{
    struct type_fault *fault = arena_alloc(decoder->arena, 1, sizeof *fault);

    if (!fault)
        return;
    fault->path = path;
    fault->expected = expected;
    fault->found = type_name(value);
    fault->digest = digest_of(decoder, value);
    fault->scalar = scalar_text(decoder, value);
    *decoder->next_fault = fault;
    decoder->next_fault = &fault->next;
}

/* The member `key`, with null taken as absent. */
static const json_t *get(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : value;
}

static struct text_field get_text(struct decoder *decoder, const json_t *object, struct path path,
                                  const char *key)
{
    const json_t *value = get(object, key);

    if (!value)
        return (struct text_field){.state = FIELD_ABSENT};
    if (!json_is_string(value)) {
        path = path.sub_index == NO_INDEX ? path_field(path, key) : path_sub_field(path, key);
        add_type_fault(decoder, path, "a string", value);
        return (struct text_field){.state = FIELD_MALFORMED};
    }
    return (struct text_field){FIELD_TEXT, {json_string_value(value), json_string_length(value)}};
}

static bool get_bool(struct decoder *decoder, const json_t *object, struct path path,
                     const char *key)
{
    const json_t *value = get(object, key);

    if (value && !json_is_boolean(value))
        add_type_fault(decoder, path_field(path, key), "a boolean", value);
    return json_is_true(value);
}

/* The array at `path` (whose last part is `key`), or NULL. */
static const json_t *get_array(struct decoder *decoder, const json_t *object, struct path path,
                               const char *key)
{
    const json_t *value = get(object, key);

    if (value && !json_is_array(value)) {
        add_type_fault(decoder, path, "an array", value);
        return NULL;
    }
    return value;
}

/*
 * The object at the dotted `path` below `object`. The step into the first part is silent with
 * `quiet_root`, so that a faulty `spec` on the way to two places is told once.
 */
static const json_t *walk(struct decoder *decoder, const json_t *object, const char *path,
                          bool quiet_root)
{
    const char *at = path;

    while (object && *at) {
        char key[64]; /* longer than any part of a path in the table of kinds */
        size_t len = strcspn(at, ".");

        snprintf(key, sizeof key, "%.*s", (int)len, at);
        object = get(object, key);
        if (object && !json_is_object(object)) {
            struct str prefix = {path, (size_t)(at - path) + len};

            if (at != path || !quiet_root)
                add_type_fault(decoder, path_list(prefix, NULL), "an object", object);
            return NULL;
        }
        at += len + (at[len] == '.');
    }
    return object;
}

/* --- hostDevices and gpus -------------------------------------------------------------------- */

static void decode_device(struct decoder *decoder, const json_t *entry, struct path path,
                          struct device *ret_device)
{
    if (!json_is_object(entry)) {
        add_type_fault(decoder, path, "an object", entry);
        ret_device->malformed = true;
        return;
    }
    ret_device->is_object = true;
    ret_device->device_name = get_text(decoder, entry, path, "deviceName");
    ret_device->name = get_text(decoder, entry, path, "name");
    ret_device->claim_name = get_text(decoder, entry, path, "claimName");
    ret_device->request_name = get_text(decoder, entry, path, "requestName");
    ret_device->malformed = ret_device->device_name.state == FIELD_MALFORMED ||
                            ret_device->name.state == FIELD_MALFORMED ||
                            ret_device->claim_name.state == FIELD_MALFORMED ||
                            ret_device->request_name.state == FIELD_MALFORMED;
}

static void decode_device_list(struct decoder *decoder, const json_t *devices,
                               struct device_list *ret_list)
{
    const json_t *array = get_array(decoder, devices, ret_list->path, ret_list->key);
    size_t count = json_array_size(array);
    struct device *items = count > 0 ? arena_alloc(decoder->arena, count, sizeof *items) : NULL;

    ret_list->present = get(devices, ret_list->key) != NULL;
    if (!items)
        return;
    for (size_t i = 0; i < count; i++)
        decode_device(decoder, json_array_get(array, i), path_entry(ret_list->path, i), &items[i]);
    ret_list->items = items;
    ret_list->count = count;
}

static void decode_devices(struct decoder *decoder, const json_t *object, const char *prefix,
                           const char *belongs, struct object_facts *facts)
{
    static const char *const lists[][2] = {{"hostDevices", "hostdevices"}, {"gpus", "gpus"}};
    const json_t *devices = walk(decoder, object, prefix, belongs != NULL);

    for (size_t i = 0; devices && i < sizeof lists / sizeof lists[0]; i++) {
        struct device_list *list = &facts->devices[facts->device_list_count++];

        list->path = path_list(str_from(prefix), lists[i][0]);
        list->key = lists[i][0];
        list->stem = lists[i][1];
        list->belongs = belongs;
        decode_device_list(decoder, devices, list);
    }
}

/* --- permittedHostDevices -------------------------------------------------------------------- */

static void decode_usb_selectors(struct decoder *decoder, const json_t *entry, struct path path,
                                 struct permitted_entry *ret_entry)
{
    const json_t *array = get_array(decoder, entry, path, "selectors");
    size_t count = json_array_size(array);
    struct usb_selector *usb = count > 0 ? arena_alloc(decoder->arena, count, sizeof *usb) : NULL;

    ret_entry->selectors_malformed = !array && get(entry, "selectors");
    if (!usb)
        return;
    for (size_t i = 0; i < count; i++) {
        const json_t *selector = json_array_get(array, i);
        struct path at = path_sub_entry(path, i);

        if (json_is_object(selector)) {
            usb[i].vendor = get_text(decoder, selector, at, "vendor");
            usb[i].product = get_text(decoder, selector, at, "product");
        } else {
            add_type_fault(decoder, at, "an object", selector);
            usb[i].vendor.state = usb[i].product.state = FIELD_MALFORMED;
        }
    }
    ret_entry->usb = usb;
    ret_entry->usb_count = count;
}

static void decode_permitted_entry(struct decoder *decoder, const json_t *entry, struct path path,
                                   const struct permitted_spelling *spelling,
                                   enum device_class device_class,
                                   struct permitted_entry *ret_entry)
{
    if (!json_is_object(entry)) {
        add_type_fault(decoder, path, "an object", entry);
        return;
    }
    ret_entry->is_object = true;
    ret_entry->disabled = spelling->has_disabled && get_bool(decoder, entry, path, "disabled");
    ret_entry->external = get_bool(decoder, entry, path, "externalResourceProvider");
    ret_entry->resource_name = get_text(decoder, entry, path, "resourceName");
    if (device_class == DEVICE_PCI) {
        ret_entry->selector = get_text(decoder, entry, path, spelling->pci_selector);
        ret_entry->foreign_selector =
            get_text(decoder, entry, path, spelling->foreign_pci_selector);
    } else if (device_class == DEVICE_MEDIATED) {
        ret_entry->selector = get_text(decoder, entry, path, "mdevNameSelector");
    } else {
        decode_usb_selectors(decoder, entry, path_field(path, "selectors"), ret_entry);
    }
}

static void decode_permitted_list(struct decoder *decoder, const json_t *section,
                                  const struct permitted_spelling *spelling,
                                  enum device_class device_class,
                                  struct permitted_entries *ret_list)
{
    const json_t *array =
        get_array(decoder, section, ret_list->path, spelling->lists[device_class]);
    size_t count = json_array_size(array);
    struct permitted_entry *items =
        count > 0 ? arena_alloc(decoder->arena, count, sizeof *items) : NULL;

    if (!items)
        return;
    for (size_t i = 0; i < count; i++)
        decode_permitted_entry(decoder, json_array_get(array, i), path_entry(ret_list->path, i),
                               spelling, device_class, &items[i]);
    ret_list->items = items;
    ret_list->count = count;
}

static void decode_section(struct decoder *decoder, const json_t *object, const char *prefix,
                           const char *belongs, struct object_facts *facts)
{
    const struct permitted_spelling *spelling = facts->kind->spelling;
    const json_t *devices = walk(decoder, object, prefix, belongs != NULL);
    struct permitted_section *section = &facts->sections[facts->section_count++];

    section->prefix = str_from(prefix);
    section->belongs = belongs;
    section->present = devices != NULL;
    section->has_foreign_usb_list = get(devices, spelling->foreign_usb_list) != NULL;
    for (int i = 0; i < DEVICE_CLASS_COUNT; i++) {
        section->lists[i].path = path_list(section->prefix, spelling->lists[i]);
        decode_permitted_list(decoder, devices, spelling, (enum device_class)i, &section->lists[i]);
    }
}

/* --- any object ------------------------------------------------------------------------------ */

static void decode_metadata(const json_t *metadata, struct object_facts *facts)
{
    const json_t *manager = get(get(metadata, "labels"), "app.kubernetes.io/managed-by");

    facts->deleting = get(metadata, "deletionTimestamp") != NULL;
    facts->managed_by_hco =
        json_is_string(manager) &&
        str_equal((struct str){json_string_value(manager), json_string_length(manager)},
                  STR("hco-operator"));
}

void decode_object(const struct kind *kind, const json_t *object, struct arena *arena,
                   struct object_facts *ret_facts)
{
    struct decoder decoder = {arena, &ret_facts->type_faults};
    void (*decode)(struct decoder *, const json_t *, const char *, const char *,
                   struct object_facts *) =
        kind->family == FAMILY_DEVICE_REQUESTS ? decode_devices : decode_section;

    *ret_facts = (struct object_facts){.kind = kind};
    decode_metadata(get(object, "metadata"), ret_facts);
    decode(&decoder, object, kind->prefix, NULL, ret_facts);
    if (kind->other_prefix)
        decode(&decoder, object, kind->other_prefix, kind->prefix, ret_facts);
}
