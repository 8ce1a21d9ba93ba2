/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One resource name should mean one thing: in one list a second entry may be a slip or a pool of
 * like devices (the administrator's choice), in two lists one plugin wins over the other
 * (kubevirt pkg/virt-handler/device-manager/device_controller.go:323). KubeVirt also turns names
 * into environment variables, PCI_RESOURCE_<NAME> and so on, where different names can meet.
 */
#include "validators/resource_name_rules.h"

#include "validators/resource_name.h"

static void judge_form(const struct permitted_entry *entry, struct path path,
                       struct context *context)
{
    struct str name = field_filled(entry->resource_name);
    struct text *message = NULL;

    if (field_is_empty(entry->resource_name)) {
        message = findings_add(context->findings, RULE_RESOURCE_NAME_REQUIRED, path,
                               (struct str){NULL, 0});
        if (message)
            text_add(message, "name the device as VMs shall ask for it, as in "
                              "\"nvidia.com/TU104GL_Tesla_T4\"");
    } else if (name.data && !resource_name_is_valid(name)) {
        message = findings_add(context->findings, RULE_RESOURCE_NAME_FORMAT, path, name);
        if (message)
            resource_name_explain(name, message);
    }
}

static void judge_length(const struct permitted_entry *entry, struct path path,
                         struct context *context)
{
    struct str name = field_filled(entry->resource_name);
    struct text *message;

    if (name.len <= RESOURCE_NAME_SOCKET_LIMIT || entry->external)
        return;
    message = findings_add(context->findings, RULE_RESOURCE_NAME_TOO_LONG, path, name);
    if (message)
        text_addf(message,
                  "is %zu bytes long, and with more than %d the path of the device plugin's socket "
                  "is too long; shorten it",
                  name.len, RESOURCE_NAME_SOCKET_LIMIT);
}

/* What has been seen of the enabled entries. Values are indices, in `lists` list numbers. */
struct seen {
    struct str_map names;     /* of this list */
    struct str_map variables; /* of this list */
    struct str_map lists;     /* name → the first list that has it */
    struct str_map entries;   /* name → its entry there */
};

static void judge_duplicate(struct str name, struct path path, size_t other,
                            struct context *context)
{
    struct text *message =
        context->policy->warn_duplicate_resource_names
            ? findings_add_warning(context->findings, RULE_RESOURCE_NAME_DUPLICATE, path, name)
            : findings_add(context->findings, RULE_RESOURCE_NAME_DUPLICATE, path, name);

    if (message)
        text_addf(message,
                  "%s[%zu] and %s[%zu] have one name, so nobody can tell which device a "
                  "VM gets; give each a name of its own",
                  path.list, other, path.list, path.index);
}

static void judge_other_lists(struct str name, struct path path, size_t list_number,
                              const struct permitted_section *section, struct seen *seen,
                              struct context *context)
{
    const size_t *list = str_map_put(&seen->lists, name, list_number, NULL);
    const size_t *entry = str_map_put(&seen->entries, name, path.index, NULL);
    struct text *message;

    if (!list || !entry || *list == list_number)
        return;
    message = findings_add(context->findings, RULE_RESOURCE_NAME_IN_TWO_LISTS, path, name);
    if (message)
        text_addf(message,
                  "%s[%zu] has this name too, and of two lists only one device plugin "
                  "serves it; give each a name of its own",
                  section->lists[*list].path.list, *entry);
}

static void judge_variable(struct str name, struct path path, const struct permitted_entries *list,
                           struct seen *seen, struct context *context)
{
    char *buffer = arena_alloc(context->arena, name.len, 1);
    bool added = true;
    const size_t *other = buffer
                              ? str_map_put(&seen->variables, resource_name_variable(name, buffer),
                                            path.index, &added)
                              : NULL;
    struct text *message;

    if (!other || added)
        return;
    message = findings_add(context->findings, RULE_RESOURCE_NAME_VARIABLE, path, name);
    if (!message)
        return;
    text_addf(message, "becomes the same environment variable as %s[%zu], ", path.list, *other);
    text_add_quoted(message, field_filled(list->items[*other].resource_name), SHOWN_VALUE_LIMIT);
    text_add(message, ": a VM that asks for both gets one of them");
}

static void judge_uniqueness(const struct permitted_entry *entry, struct path path,
                             size_t list_number, const struct permitted_section *section,
                             struct seen *seen, struct context *context)
{
    struct str name = field_filled(entry->resource_name);
    bool added = true;
    const size_t *other;

    if (!name.data || entry->disabled)
        return;
    other = str_map_put(&seen->names, name, path.index, &added);
    if (!other)
        return;
    if (!added) {
        judge_duplicate(name, path, *other, context);
        return;
    }
    judge_other_lists(name, path, list_number, section, seen, context);
    judge_variable(name, path, &section->lists[list_number], seen, context);
}

void judge_resource_names(const struct permitted_section *section, struct context *context)
{
    struct seen seen = {.lists = STR_MAP_INIT(context->arena),
                        .entries = STR_MAP_INIT(context->arena)};

    for (size_t i = 0; i < DEVICE_CLASS_COUNT; i++) {
        const struct permitted_entries *list = &section->lists[i];

        seen.names = seen.variables = (struct str_map)STR_MAP_INIT(context->arena);
        for (size_t j = 0; j < list->count; j++) {
            struct path path = path_field(path_entry(list->path, j), "resourceName");

            if (!list->items[j].is_object)
                continue;
            judge_form(&list->items[j], path, context);
            judge_length(&list->items[j], path, context);
            judge_uniqueness(&list->items[j], path, i, section, &seen, context);
        }
    }
}
