/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KubeVirt keeps its permitted PCI and mediated devices in maps by selector, so of two equal ones
 * the second silently replaces the first (pkg/virt-handler/device-manager/device_controller.go:265
 * and :301). For an external entry it runs no plugin, so nothing is lost there.
 */
#include "validators/selector_rules.h"

#include "validators/pci_selector.h"

static void judge_pci_absent(const struct permitted_entry *entry, struct path path,
                             const struct permitted_spelling *spelling, struct context *context)
{
    bool foreign = entry->foreign_selector.state != FIELD_ABSENT;
    struct text *message;

    if (!field_is_empty(entry->selector))
        return;
    message = findings_add_keyed(
        context->findings, foreign ? RULE_PCI_SELECTOR_FOREIGN_KEY : RULE_PCI_SELECTOR_REQUIRED,
        path, entry->foreign_selector.text, (struct str){NULL, 0});
    if (!message)
        return;
    if (foreign)
        text_addf(message, "%s calls this field %s and drops %s; rename the key", spelling->api,
                  spelling->pci_selector, spelling->foreign_pci_selector);
    else
        text_add(message, "write the vendor and device id that `lspci -nn` prints in brackets, as "
                          "in \"10de:1eb8\"");
}

static void judge_pci_format(const struct permitted_entry *entry, struct path path,
                             struct context *context)
{
    struct str selector = field_filled(entry->selector);
    struct text *message;

    if (!selector.data || pci_selector_is_valid(selector))
        return;
    message = findings_add(context->findings, RULE_PCI_SELECTOR_FORMAT, path, selector);
    if (message)
        pci_selector_explain(selector, message);
}

/* The first entry with each selector: of all, and of those for which KubeVirt runs a plugin. */
struct pci_seen {
    struct str_map all, plugin;
};

static void judge_pci_duplicate(const struct permitted_entry *entry, struct path path,
                                struct pci_seen *seen, struct context *context)
{
    struct str selector = field_filled(entry->selector);
    struct str key = arena_lower(context->arena, selector);
    bool added = true, added_plugin = true;
    const size_t *first, *first_plugin = NULL;
    struct text *message;

    if (!key.data || entry->disabled)
        return;
    first = str_map_put(&seen->all, key, path.index, &added);
    if (!entry->external)
        first_plugin = str_map_put(&seen->plugin, key, path.index, &added_plugin);
    if (!first || added)
        return;
    if (first_plugin && !added_plugin)
        first = first_plugin;
    message = findings_add_keyed(context->findings,
                                 added_plugin ? RULE_PCI_SELECTOR_DUPLICATE_EXTERNAL
                                              : RULE_PCI_SELECTOR_DUPLICATE,
                                 path, key, selector);
    if (!message)
        return;
    text_addf(message, "%s[%zu] selects the same device", path.list, *first);
    text_add(message, added_plugin ? "; only one entry should offer it"
                                   : ", and KubeVirt silently keeps only one of them; remove one");
}

void judge_pci_selectors(const struct permitted_entries *list,
                         const struct permitted_spelling *spelling, struct context *context)
{
    struct pci_seen seen = {STR_MAP_INIT(context->arena), STR_MAP_INIT(context->arena)};

    for (size_t i = 0; i < list->count; i++) {
        const struct permitted_entry *entry = &list->items[i];
        struct path path = path_field(path_entry(list->path, i), spelling->pci_selector);

        if (!entry->is_object)
            continue;
        judge_pci_absent(entry, path, spelling, context);
        judge_pci_format(entry, path, context);
        judge_pci_duplicate(entry, path, &seen, context);
    }
}

static void judge_mediated_absent(const struct permitted_entry *entry, struct path path,
                                  struct context *context)
{
    struct text *message;

    if (!field_is_empty(entry->selector))
        return;
    message =
        findings_add(context->findings, RULE_MDEV_SELECTOR_REQUIRED, path, (struct str){NULL, 0});
    if (message)
        text_add(message, "write the mediated device type's name as the node's sysfs has it under "
                          "mdev_supported_types/*/name, such as \"GRID T4-2Q\"");
}

/* KubeVirt compares the names with their spaces turned into `_`. */
static struct str without_spaces(struct str text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len, 1);

    for (size_t i = 0; copy && i < text.len; i++)
        copy[i] = text.data[i] == ' ' ? '_' : text.data[i];
    return (struct str){copy, copy ? text.len : 0};
}

static void judge_mediated_duplicate(const struct permitted_entry *entry, struct path path,
                                     struct str_map *seen, struct context *context)
{
    struct str selector = field_filled(entry->selector);
    struct str key = selector.data ? without_spaces(selector, context->arena) : selector;
    bool added = true;
    const size_t *first;
    struct text *message;

    if (!key.data || entry->disabled)
        return;
    first = str_map_put(seen, key, path.index, &added);
    if (!first || added)
        return;
    message =
        findings_add_keyed(context->findings, RULE_MDEV_SELECTOR_DUPLICATE, path, key, selector);
    if (message)
        text_addf(message,
                  "%s[%zu] selects the same device type (spaces count as '_'), and "
                  "KubeVirt silently keeps only one of them; remove one",
                  path.list, *first);
}

void judge_mediated_selectors(const struct permitted_entries *list, struct context *context)
{
    struct str_map seen = STR_MAP_INIT(context->arena);

    for (size_t i = 0; i < list->count; i++) {
        const struct permitted_entry *entry = &list->items[i];
        struct path path = path_field(path_entry(list->path, i), "mdevNameSelector");

        if (!entry->is_object)
            continue;
        judge_mediated_absent(entry, path, context);
        judge_mediated_duplicate(entry, path, &seen, context);
    }
}
