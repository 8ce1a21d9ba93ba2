/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/default_names.h"

#include "base/str_map.h"

#include <stdio.h>

/* One list while its names are given out. */
struct naming {
    const struct device_list *list;
    const struct device_list *old; /* the same list of oldObject, or NULL */
    struct str_map taken;          /* names that entries of the new list have */
    struct str *given;             /* by index; absent: none yet */
    struct arena *arena;
};

static bool lacks_name(const struct device *device)
{
    return device->is_object && !device->malformed && field_is_empty(device->name);
}

static void take(struct naming *naming, struct str name)
{
    str_map_put(&naming->taken, name, 0, NULL);
}

/* The same deviceName; where neither has one, the same claim. */
static bool asks_for_the_same(const struct device *a, const struct device *b)
{
    struct str name = field_filled(a->device_name);

    if (!str_equal(name, field_filled(b->device_name)))
        return false;
    return name.data || (str_equal(field_filled(a->claim_name), field_filled(b->claim_name)) &&
                         str_equal(field_filled(a->request_name), field_filled(b->request_name)));
}

/* An edit that leaves the names out must not rename the devices of a VM. */
static void restore_names(struct naming *naming)
{
    for (size_t i = 0; naming->old && i < naming->list->count && i < naming->old->count; i++) {
        const struct device *device = &naming->list->items[i];
        const struct device *before = &naming->old->items[i];
        struct str name = field_filled(before->name);

        if (!lacks_name(device) || !name.data || !asks_for_the_same(device, before) ||
            str_map_get(&naming->taken, name))
            continue;
        naming->given[i] = name;
        take(naming, name);
    }
}

/* `stem` and the smallest number from *next on that no entry has. */
static struct str number_name(struct naming *naming, size_t *next)
{
    char name[64];

    for (;;) {
        int len = snprintf(name, sizeof name, "%s%zu", naming->list->stem, (*next)++);
        struct str candidate = {name, (size_t)len};

        if (!str_map_get(&naming->taken, candidate))
            return arena_copy(naming->arena, candidate);
    }
}

static void number_names(struct naming *naming)
{
    size_t next = 1;

    for (size_t i = 0; i < naming->list->count; i++) {
        if (lacks_name(&naming->list->items[i]) && !naming->given[i].data)
            naming->given[i] = number_name(naming, &next);
    }
}

static void name_list(const struct device_list *list, const struct device_list *old,
                      struct default_names *names, struct arena *arena)
{
    struct naming naming = {list, old, STR_MAP_INIT(arena), NULL, arena};

    naming.given = arena_alloc(arena, list->count + 1, sizeof *naming.given);
    if (!naming.given)
        return;
    for (size_t i = 0; i < list->count; i++) {
        struct str name = field_filled(list->items[i].name);

        if (name.data)
            take(&naming, name);
    }
    restore_names(&naming);
    number_names(&naming);
    for (size_t i = 0; i < list->count; i++) {
        if (naming.given[i].data)
            names->items[names->count++] = (struct default_name){
                path_field(path_entry(list->path, i), "name"), naming.given[i]};
    }
}

/* The list of `old` at the same place. */
static const struct device_list *same_list(const struct object_facts *old,
                                           const struct device_list *list)
{
    for (size_t i = 0; old && i < old->device_list_count; i++) {
        if (str_equal(old->devices[i].path.prefix, list->path.prefix) &&
            str_equal(str_from(old->devices[i].key), str_from(list->key)))
            return &old->devices[i];
    }
    return NULL;
}

struct default_names default_names_find(const struct object_facts *facts,
                                        const struct object_facts *old, struct arena *arena)
{
    struct default_names names = {NULL, 0};
    size_t most = 0;

    for (size_t i = 0; i < facts->device_list_count; i++)
        most += facts->devices[i].count;
    names.items = arena_alloc(arena, most + 1, sizeof *names.items);
    for (size_t i = 0; names.items && i < facts->device_list_count; i++)
        name_list(&facts->devices[i], same_list(old, &facts->devices[i]), &names, arena);
    return names;
}
