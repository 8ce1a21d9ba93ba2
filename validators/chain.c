/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/chain.h"

#include "validators/machine_config/machine_config.h"
#include "validators/node_rules.h"
#include "validators/pci_selector.h"

#include <stdint.h>
#include <string.h>

void chain_init(struct chain *chain, struct arena *arena)
{
    *chain = (struct chain){
        .arena = arena,
        .bound = STR_MAP_INIT(arena),
        .permitted = STR_MAP_INIT(arena),
        .allocatable = STR_MAP_INIT(arena),
    };
}

struct str chain_selector(struct arena *arena, struct str selector)
{
    return pci_selector_is_valid(selector) ? arena_lower(arena, selector) : (struct str){NULL, 0};
}

static void put(struct str_map *map, struct str key)
{
    if (key.data)
        str_map_put(map, key, 0, NULL);
}

/* --- roles ----------------------------------------------------------------------------------- */

/* NULL: nothing is known of it. */
static const struct chain_role *find_role(const struct chain *chain, struct str name)
{
    const struct chain_role *role = chain->roles;

    while (role && !str_equal(role->name, name))
        role = role->next;
    return role;
}

/* The role of whose MachineConfigs the nodes of another have theirs too. */
static const struct chain_role *find_base(const struct chain *chain, struct str name)
{
    return str_equal(name, STR("master")) ? NULL : find_role(chain, STR("worker"));
}

bool chain_says(const struct chain *chain, struct str role, enum chain_word word)
{
    const struct chain_role *own = find_role(chain, role), *base = find_base(chain, role);

    return chain->is_partial || (own && (own->says & word) != 0) ||
           (base && (base->says & word) != 0);
}

/*
 * Of MachineConfigs that bring one file the last by name has it its way; of several files modprobe
 * reads them by name, then the kernel's arguments, and the kernel keeps what comes last.
 */
static bool is_behind(const struct chain_list *a, const struct chain_list *b)
{
    bool is_argument = !a->file.data;
    int order;

    if (!b->text.data)
        return true;
    if (is_argument != !b->file.data)
        return is_argument;
    order = is_argument ? 0 : str_compare(a->file, b->file);
    return order > 0 || (order == 0 && str_compare(a->object, b->object) > 0);
}

struct chain_list chain_last_list(const struct chain *chain, struct str role)
{
    const struct chain_role *own = find_role(chain, role), *base = find_base(chain, role);
    struct chain_list last = own ? own->last : (struct chain_list){.text = {NULL, 0}};

    if (base && base->last.text.data && is_behind(&base->last, &last))
        last = base->last;
    return last;
}

/* Who writes amd_iommu= has AMD's hosts, where the IOMMU is on by itself. */
static bool says_iommu(const struct machine_config_facts *machine)
{
    const struct machine_argument *argument = machine->arguments;

    if (machine->iommu != IOMMU_STATE_UNSET)
        return machine->iommu == IOMMU_STATE_ON;
    while (argument && (argument->iommu.misspelt || argument->iommu.parameter != IOMMU_AMD))
        argument = argument->next;
    return argument != NULL;
}

/* NULL: out of memory. */
static struct chain_role *put_role(struct chain *chain, struct str name)
{
    struct chain_role **role = &chain->roles;

    while (*role && !str_equal((*role)->name, name))
        role = &(*role)->next;
    if (!*role) {
        struct chain_role *added = arena_alloc(chain->arena, 1, sizeof *added);

        if (!added)
            return NULL;
        added->name = arena_copy(chain->arena, name);
        *role = added;
    }
    return *role;
}

static void add_lists(struct chain *chain, struct chain_role *role,
                      const struct machine_config_facts *machine)
{
    for (const struct machine_ids *list = machine->lists; list; list = list->next) {
        struct chain_list of = {list->place.file, machine->name, list->text};

        if (list->winner || !is_behind(&of, &role->last))
            continue;
        role->last = (struct chain_list){arena_copy(chain->arena, of.file),
                                         arena_copy(chain->arena, of.object),
                                         arena_copy(chain->arena, of.text)};
    }
}

static void add_to_role(struct chain *chain, struct str name,
                        const struct machine_config_facts *machine)
{
    struct chain_role *role = put_role(chain, name);

    if (!role)
        return;
    role->says |= (says_iommu(machine) ? CHAIN_IOMMU : 0U) |
                  (machine->loads_vfio || machine->may_load ? CHAIN_LOADS : 0U) |
                  (machine->ids || machine->may_bind ? CHAIN_BINDS : 0U);
    add_lists(chain, role, machine);
}

static void add_machine(struct chain *chain, const struct machine_config_facts *machine)
{
    struct str role = field_filled(machine->role);

    if (role.data)
        add_to_role(chain, role, machine);
    chain->has_unread = chain->has_unread || machine->may_bind;
    for (const struct machine_id *id = machine_id_bound(machine->ids); id;
         id = machine_id_bound(id->next)) {
        char selector[MACHINE_ID_SELECTOR_SIZE];

        /* What is bound by such an id is not known. */
        chain->has_unread |= vfio_id_is_any(&id->id);
        machine_id_selector(id, selector);
        put(&chain->bound, arena_copy(chain->arena, str_from(selector)));
    }
}

/* --- what is permitted, and what nodes have -------------------------------------------------- */

static void add_permitted(struct chain *chain, const struct permitted_section *section)
{
    const struct permitted_entries *entries = &section->lists[DEVICE_PCI];

    chain->has_permitted = chain->has_permitted || section->present;
    for (size_t i = 0; i < entries->count; i++) {
        struct str selector =
            chain_selector(chain->arena, field_filled(entries->items[i].selector));

        if (entries->items[i].disabled)
            continue;
        chain->has_unread_permitted |= !selector.data;
        put(&chain->permitted, selector);
    }
}

/* Devices are counted in whole numbers; what is not one is taken for enough. */
static size_t quantity(const struct value *value)
{
    struct str text = value_is(value, VALUE_NUMBER) ? value->text : value_string(value);
    size_t number = 0;

    if (text.len == 0 || text.len > 15)
        return SIZE_MAX;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.data[i]))
            return SIZE_MAX;
        number = 10 * number + (size_t)(text.data[i] - '0');
    }
    return number;
}

static void add_allocatable(struct chain *chain, const struct value *resources)
{
    const struct value *resource = resources->first;

    chain->telling_nodes++;
    for (; resource; resource = resource->next) {
        size_t number = quantity(resource);
        size_t *most =
            str_map_put(&chain->allocatable, arena_copy(chain->arena, resource->key), number, NULL);

        if (most && *most < number)
            *most = number;
    }
}

static void add_node(struct chain *chain, const struct object_facts *facts,
                     const struct value *object)
{
    const struct value *name = value_get(value_get(object, STR("metadata")), STR("name"));
    const struct value *resources = value_get(value_get(object, STR("status")), STR("allocatable"));

    chain->nodes++;
    if (value_is(resources, VALUE_OBJECT))
        add_allocatable(chain, resources);
    if (!node_keeps_operands_off(&facts->node))
        return;
    chain->operands_off++;
    if (!chain->operands_node.data)
        chain->operands_node =
            arena_copy(chain->arena, value_is(name, VALUE_STRING) ? value_string(name) : STR(""));
}

void chain_add(struct chain *chain, const struct object_facts *facts, const struct value *object)
{
    switch (facts->kind->family) {
    case FAMILY_PERMITTED_DEVICES:
        chain->has_unread_permitted |= facts->type_faults != NULL;
        for (size_t i = 0; i < facts->section_count; i++)
            add_permitted(chain, &facts->sections[i]);
        break;
    case FAMILY_MACHINE_CONFIG:
        if (!facts->machine->is_rendered)
            add_machine(chain, facts->machine);
        break;
    case FAMILY_NODE:
        add_node(chain, facts, object);
        break;
    case FAMILY_DEVICE_REQUESTS:
        break;
    }
}
