/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device reaches a VM by several objects, each of which is right by itself: one binds it to
 * vfio-pci, one turns the IOMMU on, one permits it, one asks for it. What one of them leaves out
 * nobody reports; the VM just does not start.
 */
#include "validators/chain_rules.h"

#include "validators/machine_config/machine_config.h"

#include <string.h>

/* --- the permitted list ---------------------------------------------------------------------- */

static void judge_bound(const struct permitted_entry *entry, struct str selector, struct path path,
                        struct context *context)
{
    const struct chain *chain = context->chain;
    struct text *message;

    if (entry->external || chain->bound.count == 0 || chain->has_unread || chain->is_partial ||
        str_map_get(&chain->bound, selector))
        return;
    message = findings_add(context->findings, RULE_DEVICE_NOT_BOUND, path, entry->selector.text);
    if (!message)
        return;
    text_add(message, "no MachineConfig or Butane document given binds this device to vfio-pci, so "
                      "no node offers it; add \"");
    text_add_str(message, selector);
    text_add(message, "\" to the ids of \"options vfio-pci\"");
}

#define NVIDIA STR("10de:")

/* Where a node has the device, somebody offers it; and one whose operands are on may. */
static bool is_offered(const struct permitted_entry *entry, const struct chain *chain)
{
    const size_t *most = str_map_get(&chain->allocatable, field_filled(entry->resource_name));

    return chain->operands_off == 0 || chain->operands_off < chain->nodes || (most && *most > 0);
}

static void judge_operands(const struct permitted_entry *entry, struct str selector,
                           struct path path, struct context *context)
{
    struct text *message;

    if (!entry->external || !str_starts_with(selector, NVIDIA) || is_offered(entry, context->chain))
        return;
    message = findings_add(context->findings, RULE_OPERANDS_OFF_EXTERNAL, path, STR("true"));
    if (!message)
        return;
    text_add(message, "every node given, such as ");
    text_add_quoted(message, context->chain->operands_node, SHOWN_VALUE_LIMIT);
    text_add(message, ", keeps NVIDIA's operands off, its sandbox device plugin too, so nobody "
                      "offers this device; take externalResourceProvider away, and KubeVirt does");
}

static void judge_section(const struct permitted_section *section,
                          const struct permitted_spelling *spelling, struct context *context)
{
    const struct permitted_entries *entries = &section->lists[DEVICE_PCI];

    for (size_t i = 0; i < entries->count; i++) {
        const struct permitted_entry *entry = &entries->items[i];
        struct str selector = chain_selector(context->arena, field_filled(entry->selector));
        struct path path = path_entry(entries->path, i);

        if (!selector.data || entry->disabled)
            continue;
        judge_bound(entry, selector, path_field(path, spelling->pci_selector), context);
        judge_operands(entry, selector, path_field(path, "externalResourceProvider"), context);
    }
}

/* --- nodes' configuration -------------------------------------------------------------------- */

static void judge_permitted(const struct machine_id *id, struct context *context)
{
    char selector[MACHINE_ID_SELECTOR_SIZE];
    struct text *message;

    machine_id_selector(id, selector);
    if (!context->chain->has_permitted || context->chain->has_unread_permitted ||
        vfio_id_is_any(&id->id) || str_map_get(&context->chain->permitted, str_from(selector)))
        return;
    message = findings_add(context->findings, RULE_VFIO_ID_NOT_PERMITTED,
                           machine_place_path(&id->place), id->text);
    if (!message)
        return;
    machine_place_add_line(&id->place, message);
    text_add(message, "the device is taken from its driver, and no permitted list given has it; "
                      "permit it, or take it out (unless it only shares an IOMMU group with one "
                      "that is permitted)");
}

/* The roles for which it is on, as far as they help. */
static void add_other_roles(const struct chain *chain, struct text *message)
{
    const char *before = "; it is on for ";

    for (const struct chain_role *role = chain->roles; role; role = role->next) {
        if (!(role->says & CHAIN_IOMMU))
            continue;
        text_add(message, before);
        text_add_quoted(message, role->name, SHOWN_VALUE_LIMIT);
        before = ", ";
    }
}

static void judge_iommu(const struct machine_config_facts *machine, const struct machine_id *id,
                        struct context *context)
{
    struct str role = field_filled(machine->role);
    struct text *message;

    if (!role.data || machine->iommu == IOMMU_STATE_OFF ||
        chain_says(context->chain, role, CHAIN_IOMMU))
        return;
    message = findings_add(context->findings, RULE_IOMMU_NOT_ON, machine_place_path(&id->place),
                           id->text);
    if (!message)
        return;
    text_add(message, "bound for the role ");
    text_add_quoted(message, role, SHOWN_VALUE_LIMIT);
    text_add(message, ", for which no MachineConfig or Butane document given turns the IOMMU on");
    add_other_roles(context->chain, message);
    text_add(message,
             "; add the kernel argument intel_iommu=on for this role (AMD's IOMMU is on by "
             "itself: amd_iommu=on says here that it is meant)");
}

static void judge_replaced(const struct machine_ids *list, struct chain_list last,
                           struct context *context)
{
    struct text *message = findings_add(context->findings, RULE_VFIO_IDS_REPLACED,
                                        machine_place_path(&list->place), list->text);
    if (!message)
        return;
    machine_place_add_line(&list->place, message);
    if (last.file.data && str_equal(last.file, list->place.file)) {
        text_add_quoted(message, last.object, SHOWN_VALUE_LIMIT);
        text_add(message,
                 " brings the same file, and nodes get that one; write all ids into one list");
        return;
    }
    text_add(message, "of several lists the kernel keeps the last, that ");
    if (last.file.data) {
        text_add(message, "in ");
        text_add_quoted(message, last.file, SHOWN_VALUE_LIMIT);
    } else {
        text_add(message, "among the kernel's arguments");
    }
    text_add(message, " of ");
    text_add_quoted(message, last.object, SHOWN_VALUE_LIMIT);
    text_add(message, "; write all ids into one list");
}

/* Within one object the review has told it. */
static void judge_lists(const struct machine_config_facts *machine, struct context *context)
{
    struct chain_list last = chain_last_list(context->chain, field_filled(machine->role));
    struct str_map kept = STR_MAP_INIT(context->arena);

    vfio_ids_put_all(&kept, last.text);
    for (const struct machine_ids *list = machine->lists; list; list = list->next) {
        bool is_last =
            str_equal(list->place.file, last.file) && str_equal(machine->name, last.object);

        if (last.text.data && !list->winner && !is_last && !vfio_ids_are_in(&kept, list->text))
            judge_replaced(list, last, context);
    }
}

static void judge_machine(const struct machine_config_facts *machine, struct context *context)
{
    const struct machine_id *first = machine_id_bound(machine->ids);

    if (!first || machine->is_rendered)
        return;
    judge_iommu(machine, first, context);
    judge_lists(machine, context);
    for (const struct machine_id *id = first; id; id = machine_id_bound(id->next))
        judge_permitted(id, context);
}

/* --- virtual machines ------------------------------------------------------------------------ */

/* The number of an object's entries with a name, so far. */
static size_t count_name(struct str_map *counts, struct str name)
{
    size_t *count = str_map_put(counts, name, 0, NULL);

    return count ? ++*count : 0;
}

static void judge_count(const struct device *device, struct path entry, size_t asked,
                        struct context *context)
{
    struct str name = device->device_name.text;
    const size_t *most = str_map_get(&context->chain->allocatable, name);
    struct text *message;

    if (asked != (most ? *most : 0) + 1)
        return;
    message = findings_add(context->findings, RULE_DEVICES_EXCEED_NODES,
                           path_field(entry, "deviceName"), name);
    if (!message)
        return;
    if (!most || *most == 0)
        text_add(message, "none of the nodes given has this device to give");
    else
        text_addf(message, "none of the nodes given has more than %zu of this device to give",
                  *most);
    text_add(message, ", so this VM starts on none of them");
}

/* A node that does not say what it has may have anything; what nobody permits is told elsewhere. */
static bool is_counted(struct str name, const struct context *context)
{
    const struct chain *chain = context->chain;

    return chain->telling_nodes > 0 && chain->telling_nodes == chain->nodes &&
           (!context->list || permitted_list_find(context->list, name) == PERMISSION_GRANTED);
}

/* Where devices are looked for, without those that the API server drops. */
static void judge_counts(const struct object_facts *facts, struct str_map *counts,
                         struct context *context)
{
    for (size_t i = 0; i < facts->device_list_count; i++) {
        const struct device_list *list = &facts->devices[i];

        for (size_t j = 0; j < list->count; j++) {
            struct str name = field_filled(list->items[j].device_name);
            size_t asked = name.data && !list->belongs ? count_name(counts, name) : 0;

            if (asked > 0 && is_counted(name, context))
                judge_count(&list->items[j], path_entry(list->path, j), asked, context);
        }
    }
}

static const struct value *walk(const struct value *value, struct str path)
{
    while (path.len > 0) {
        size_t dot = str_find(path, '.');

        value = value_get(value, str_slice(path, 0, dot));
        path = str_slice(path, dot + 1, path.len);
    }
    return value;
}

static void judge_limit(struct str name, struct str map, struct context *context)
{
    struct text *message = findings_add(context->findings, RULE_LIMIT_WITHOUT_DEVICE,
                                        path_to_key(path_key(map, name)), name);

    if (message)
        text_add(message, "this only reserves the device for the pod, and the VM does not get it; "
                          "ask for it in hostDevices or gpus, and leave it out here");
}

/* The devices of a VM stand in `domain.devices`, and beside them `domain.resources`. */
static void judge_limits(const struct object_facts *facts, const struct str_map *counts,
                         struct context *context)
{
    static const char *const maps[] = {"resources.limits", "resources.requests"};
    struct str prefix = str_from(facts->kind->prefix);
    size_t stem = prefix.len - (str_ends_with(prefix, STR(".devices")) ? strlen("devices") : 0);

    if (!context->list || stem == prefix.len)
        return;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        struct text path CLEANUP_TEXT = TEXT_INIT(256);
        const struct value *member;
        struct str map;

        text_add_str(&path, str_slice(prefix, 0, stem));
        text_add(&path, maps[i]);
        map = (struct str){text_get(&path), path.len};
        member = walk(context->value, map);
        member = value_is(member, VALUE_OBJECT) ? member->first : NULL;
        for (; member && !path.failed; member = member->next) {
            if (!str_map_get(counts, member->key) &&
                permitted_list_find(context->list, member->key) != PERMISSION_NONE)
                judge_limit(member->key, map, context);
        }
    }
}

/* --- any object ------------------------------------------------------------------------------ */

void judge_chain(const struct object_facts *facts, struct context *context)
{
    struct str_map counts = STR_MAP_INIT(context->arena);

    switch (facts->kind->family) {
    case FAMILY_PERMITTED_DEVICES:
        for (size_t i = 0; i < facts->section_count; i++)
            judge_section(&facts->sections[i], facts->kind->spelling, context);
        break;
    case FAMILY_DEVICE_REQUESTS:
        judge_counts(facts, &counts, context);
        judge_limits(facts, &counts, context);
        break;
    case FAMILY_MACHINE_CONFIG:
        judge_machine(facts->machine, context);
        break;
    case FAMILY_NODE:
        break;
    }
}
