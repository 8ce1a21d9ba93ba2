/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/repairs.h"

#include "base/str_map.h"
#include "validators/device_rules.h"
#include "validators/pci_selector.h"
#include "validators/resource_name.h"
#include "validators/review.h"
#include "validators/usb_rules.h"

/*
 * A look for a name in another case passes over the whole list: so many look-ups times entries of
 * an object take less than a second, and nobody's manifest comes near.
 */
#define MAX_COMPARISONS ((size_t)50 * 1000 * 1000)

struct search {
    const struct policy *policy;
    const struct permitted_list *list;
    struct arena *arena;
    struct repairs found;
    size_t capacity;
    size_t comparisons; /* that may still be made */
};

static size_t count_fields(const struct object_facts *facts)
{
    size_t count = 0;

    for (size_t i = 0; i < facts->device_list_count; i++)
        count += 2 * facts->devices[i].count;
    for (size_t i = 0; i < facts->section_count; i++) {
        for (size_t j = 0; j < DEVICE_CLASS_COUNT; j++) {
            const struct permitted_entries *list = &facts->sections[i].lists[j];

            count += 2 * list->count;
            for (size_t k = 0; k < list->count; k++)
                count += 2 * list->items[k].usb_count;
        }
    }
    return count;
}

/* `value` is copied. */
static void add(struct search *search, enum rule_id rule, struct path path, struct str old,
                struct str value)
{
    value = arena_copy(search->arena, value);
    if (value.data && search->found.count < search->capacity)
        search->found.items[search->found.count++] = (struct repair){rule, path, old, value};
}

/* --- objects that ask for devices ------------------------------------------------------------ */

static void mend_names(struct search *search, const struct object_facts *facts)
{
    struct review review = {.object = facts};
    struct default_names names;

    review_mutate(&review, search->arena, &names);
    for (size_t i = 0; i < names.count; i++)
        add(search, RULE_NAME_REQUIRED, names.items[i].path, (struct str){NULL, 0},
            names.items[i].name);
}

/* `taken` has every name of the list. */
static void mend_alias(struct search *search, struct str name, struct path path,
                       struct str_map *taken)
{
    struct text alias CLEANUP_TEXT = TEXT_INIT(DEVICE_ALIAS_MAX);
    struct str value;
    bool added = false;

    if (!name.data || !device_alias_meant(name, &alias) || alias.truncated)
        return;
    search->arena->failed |= alias.failed;
    value = arena_copy(search->arena, (struct str){text_get(&alias), alias.len});
    if (value.data && str_map_put(taken, value, 0, &added) && added)
        add(search, RULE_NAME_FORMAT, path, name, value);
}

static bool permits_all(const struct search *search)
{
    return !permitted_list_is_present(search->list) && search->policy->absent_list_permits_all;
}

static void mend_device_name(struct search *search, struct str name, struct path path)
{
    size_t cost = search->list ? permitted_list_count(search->list) + 1 : 0;
    struct str meant;

    if (!name.data || !search->list || permits_all(search) || cost > search->comparisons ||
        permitted_list_find(search->list, name) != PERMISSION_NONE)
        return;
    search->comparisons -= cost;
    meant = permitted_list_meant(search->list, name);
    if (meant.data && resource_name_is_valid(meant))
        add(search, RULE_DEVICE_NOT_PERMITTED, path, name, meant);
}

static void mend_devices(struct search *search, const struct device_list *list)
{
    struct str_map taken = STR_MAP_INIT(search->arena);

    for (size_t i = 0; i < list->count; i++) {
        struct str name = field_filled(list->items[i].name);

        if (list->items[i].is_object && name.data)
            str_map_put(&taken, name, 0, NULL);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct device *device = &list->items[i];
        struct path entry = path_entry(list->path, i);

        if (!device->is_object)
            continue;
        mend_device_name(search, field_filled(device->device_name),
                         path_field(entry, "deviceName"));
        mend_alias(search, field_filled(device->name), path_field(entry, "name"), &taken);
    }
}

/* --- permitted devices ----------------------------------------------------------------------- */

static void mend_selector(struct search *search, struct str selector, struct path path)
{
    char ids[PCI_SELECTOR_SIZE];

    if (selector.data && pci_selector_meant(selector, ids))
        add(search, RULE_PCI_SELECTOR_FORMAT, path, selector, str_from(ids));
}

static void mend_resource_name(struct search *search, struct str name, struct path path)
{
    char buffer[RESOURCE_NAME_MAX];
    struct str meant = {NULL, 0};

    if (name.data)
        meant = resource_name_meant(name, buffer);
    if (meant.data)
        add(search, RULE_RESOURCE_NAME_FORMAT, path, name, meant);
}

static void mend_usb_id(struct search *search, struct str id, struct path path)
{
    struct str meant = {NULL, 0};

    if (id.data)
        meant = usb_id_meant(id);
    if (meant.data)
        add(search, RULE_USB_ID_FORMAT, path, id, meant);
}

static void mend_usb_selectors(struct search *search, const struct permitted_entry *entry,
                               struct path path)
{
    for (size_t i = 0; i < entry->usb_count; i++) {
        struct path at = path_sub_entry(path, i);

        mend_usb_id(search, field_filled(entry->usb[i].vendor), path_sub_field(at, "vendor"));
        mend_usb_id(search, field_filled(entry->usb[i].product), path_sub_field(at, "product"));
    }
}

static void mend_section(struct search *search, const struct permitted_section *section,
                         const struct permitted_spelling *spelling)
{
    for (size_t i = 0; i < DEVICE_CLASS_COUNT; i++) {
        const struct permitted_entries *list = &section->lists[i];

        for (size_t j = 0; j < list->count; j++) {
            const struct permitted_entry *entry = &list->items[j];
            struct path path = path_entry(list->path, j);

            if (!entry->is_object)
                continue;
            if (i == DEVICE_PCI)
                mend_selector(search, field_filled(entry->selector),
                              path_field(path, spelling->pci_selector));
            if (i == DEVICE_USB)
                mend_usb_selectors(search, entry, path_field(path, "selectors"));
            mend_resource_name(search, field_filled(entry->resource_name),
                               path_field(path, "resourceName"));
        }
    }
}

struct repairs repairs_find(const struct object_facts *facts, const struct policy *policy,
                            const struct permitted_list *list, struct arena *arena)
{
    struct search search = {
        .policy = policy,
        .list = list,
        .arena = arena,
        .capacity = count_fields(facts),
        .comparisons = MAX_COMPARISONS,
    };

    search.found.items = arena_alloc(arena, search.capacity + 1, sizeof *search.found.items);
    if (!search.found.items || facts->deleting)
        return search.found;
    mend_names(&search, facts);
    for (size_t i = 0; i < facts->device_list_count; i++)
        mend_devices(&search, &facts->devices[i]);
    for (size_t i = 0; i < facts->section_count; i++)
        mend_section(&search, &facts->sections[i], facts->kind->spelling);
    return search.found;
}
