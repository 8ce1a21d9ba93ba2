/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KubeVirt looks at a deviceName only while it renders the virt-launcher pod
 * (pkg/virt-controller/services/renderresources.go:493): a wrong one is accepted and never starts.
 * An entry's name becomes a libvirt alias, so it must be well-formed and unique in its list.
 */
#include "validators/device_rules.h"

/* A suggestion takes a look at the whole list: the first few names of an object get one. */
#define MAX_SUGGESTIONS 8

static bool is_permitted(const struct context *context, enum permission permission)
{
    return permission == PERMISSION_GRANTED ||
           (!permitted_list_is_present(context->list) && context->policy->absent_list_permits_all);
}

/*
 * The names that oldObject asked for are recorded whether they are permitted or not: an UPDATE that
 * adds no name needs no list.
 */
static void judge_permission(const struct device *device, struct path entry,
                             struct context *context)
{
    struct str name = field_filled(device->device_name);
    enum permission permission = PERMISSION_NONE;
    size_t denials = context->findings->denials.count;
    struct text *message;

    if (!name.data)
        return;
    if (!context->findings->recording) {
        if (!context->list) {
            if (!findings_is_old(context->findings, RULE_DEVICE_NOT_PERMITTED, name))
                context->needs_list = true;
            return;
        }
        permission = permitted_list_find(context->list, name);
        if (is_permitted(context, permission))
            return;
    }
    message = findings_add(context->findings, RULE_DEVICE_NOT_PERMITTED,
                           path_field(entry, "deviceName"), name);
    if (context->findings->denials.count > denials)
        context->findings->denied_by_list = true;
    if (!message)
        return;
    text_add(message, permission == PERMISSION_DISABLED
                          ? "its entry in the permitted list says `disabled: true`"
                          : "this device is not permitted on the cluster");
    if (context->suggestions < MAX_SUGGESTIONS) {
        permitted_list_suggest(context->list, name, message);
        context->suggestions++;
    }
    permitted_list_enumerate(context->list, message);
}

static void judge_device_name(const struct device *device, struct path entry,
                              struct context *context)
{
    struct text *message;

    if (!field_is_empty(device->device_name) || device_has_claim(device))
        return;
    message = findings_add(context->findings, RULE_DEVICE_NAME_REQUIRED,
                           path_field(entry, "deviceName"), (struct str){NULL, 0});
    if (message)
        text_add(message,
                 "name the device, by the resourceName under which the cluster permits it");
}

static bool is_alias(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alnum(name.data[i]) && name.data[i] != '_' && name.data[i] != '-')
            return false;
    }
    return true;
}

bool device_alias_meant(struct str name, struct text *text)
{
    if (is_alias(name))
        return false;
    for (size_t at = 0; at < name.len;) {
        unsigned rune;
        struct str part = str_slice(name, at, utf8_decode(name, at, &rune));

        text_add_str(text, part.len == 1 && is_alias(part) ? part : STR("-"));
        at += part.len;
    }
    return true;
}

static void suggest_alias(struct str name, struct text *message)
{
    struct text meant CLEANUP_TEXT = TEXT_INIT(DEVICE_ALIAS_MAX);

    device_alias_meant(name, &meant);
    message->failed |= meant.failed;
    if (!meant.truncated)
        text_addf(message, "; write \"%s\"", text_get(&meant));
}

static void judge_name_format(const struct device *device, struct path path,
                              struct context *context)
{
    struct str name = field_filled(device->name);
    struct text *message = NULL;

    if (field_is_empty(device->name)) {
        message = findings_add(context->findings, RULE_NAME_REQUIRED, path, (struct str){NULL, 0});
        if (message)
            text_add(message, "give the entry a name that no other entry of its list has");
    } else if (!is_alias(name)) {
        message = findings_add(context->findings, RULE_NAME_FORMAT, path, name);
        if (message) {
            text_add(message,
                     "only letters, digits, '-' and '_' are allowed, as the name becomes a "
                     "libvirt alias");
            suggest_alias(name, message);
        }
    }
}

/* `first` maps a name to the index of the first entry that has it. */
static void judge_name_unique(const struct device *device, struct path entry, struct str_map *first,
                              struct context *context)
{
    struct str name = field_filled(device->name);
    bool added = true;
    size_t *index;
    struct text *message;

    if (!name.data)
        return;
    index = str_map_put(first, name, entry.index, &added);
    if (!index || added)
        return;
    message = findings_add(context->findings, RULE_NAME_DUPLICATE, path_field(entry, "name"), name);
    if (message)
        text_addf(message, "%s[%zu] has this name too; each entry needs a name of its own",
                  entry.list, *index);
}

static void judge_place(const struct device_list *list, struct context *context)
{
    struct text *message;

    if (!list->belongs || !list->present)
        return;
    message = findings_add(context->findings, RULE_DEVICES_MISPLACED, path_to_key(list->path),
                           str_from(list->key));
    if (message)
        text_addf(message, "the API server drops this field here; write it under %s.%s",
                  list->belongs, list->key);
}

static void judge_list(const struct device_list *list, struct context *context)
{
    struct str_map first = STR_MAP_INIT(context->arena);

    judge_place(list, context);
    for (size_t i = 0; i < list->count; i++) {
        const struct device *device = &list->items[i];
        struct path entry = path_entry(list->path, i);

        if (!device->is_object)
            continue;
        judge_permission(device, entry, context);
        judge_device_name(device, entry, context);
        judge_name_format(device, path_field(entry, "name"), context);
        judge_name_unique(device, entry, &first, context);
    }
}

void judge_device_requests(const struct object_facts *facts, struct context *context)
{
    for (size_t i = 0; i < facts->device_list_count; i++)
        judge_list(&facts->devices[i], context);
}
