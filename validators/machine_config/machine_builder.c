/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/machine_builder.h"

void machine_add_slip(struct machine_builder *builder, struct machine_place place,
                      enum machine_slip slip, struct str text)
{
    struct machine_ignored *ignored;

    if (builder->ignored == MACHINE_LIST_MAX)
        return;
    ignored = arena_alloc(builder->arena, 1, sizeof *ignored);
    if (!ignored)
        return;
    builder->ignored++;
    ignored->place = place;
    ignored->slip = slip;
    ignored->text = arena_copy(builder->arena, str_slice(text, 0, VFIO_IDS_MAX));
    *builder->next_ignored = ignored;
    builder->next_ignored = &ignored->next;
}

void machine_add_attempt(struct machine_builder *builder, struct machine_place place,
                         enum machine_slip slip, struct str text)
{
    builder->facts->may_load = builder->facts->may_bind = true;
    machine_add_slip(builder, place, slip, text);
}

/* --- ids ------------------------------------------------------------------------------------- */

static bool is_duplicate(const struct vfio_id *id, struct str_map *seen)
{
    return vfio_id_binds(id) && !vfio_ids_put(seen, id);
}

static struct machine_id *add_id(struct machine_builder *builder, struct str text,
                                 const struct machine_ids *list)
{
    struct machine_id *id;

    if (builder->ids == MACHINE_LIST_MAX)
        return NULL;
    id = arena_alloc(builder->arena, 1, sizeof *id);
    if (!id)
        return NULL;
    builder->ids++;
    id->place = list->place;
    id->text = text;
    id->id = vfio_id_read(text);
    id->list = list;
    *builder->next_id = id;
    builder->next_id = &id->next;
    return id;
}

static struct machine_ids *add_list(struct machine_builder *builder,
                                    const struct machine_place *place, struct str value)
{
    struct machine_ids *list;

    if (builder->list_count == MACHINE_LIST_MAX)
        return NULL;
    list = arena_alloc(builder->arena, 1, sizeof *list);
    if (!list)
        return NULL;
    builder->list_count++;
    list->place = *place;
    list->text = arena_copy(builder->arena, str_slice(value, 0, VFIO_IDS_MAX));
    list->len = value.len;
    list->next = builder->lists;
    builder->lists = list;
    return list;
}

/* Of a list that is too long, and so refused as a whole, the ids are read as far as it is kept. */
void machine_add_ids(struct machine_builder *builder, const struct machine_place *place,
                     struct str value, struct modprobe_line *line)
{
    struct str_map seen = STR_MAP_INIT(builder->arena);
    struct machine_ids *list = add_list(builder, place, value);
    struct str rest, item;

    if (!list || !list->text.data)
        return;
    rest = list->text;
    while (comma_list_next(&rest, &item)) {
        struct machine_id *id;

        if (item.len == 0 || (!rest.data && list->len > list->text.len))
            continue;
        id = add_id(builder, item, list);
        if (!id)
            return;
        id->duplicate = is_duplicate(&id->id, &seen);
        if (line)
            id->place.line = modprobe_line_number(line, (size_t)(value.data - line->text.data) +
                                                            (size_t)(item.data - list->text.data));
    }
}

/*
 * libkmod-config.c, kmod_config_new(): files in the order of their names, and behind all of them
 * the kernel's arguments, of which those of a module are options of it like others.
 */
static bool is_behind(const struct machine_ids *a, const struct machine_ids *b)
{
    if (!a->place.file.data || !b->place.file.data)
        return b->place.file.data != NULL;
    return str_compare(a->place.file, b->place.file) > 0;
}

void machine_choose_list(struct machine_builder *builder)
{
    struct str_map kept = STR_MAP_INIT(builder->arena);
    const struct machine_ids *last = builder->lists;

    /* They stand here from the last that was read to the first: of one file's the first counts. */
    for (struct machine_ids *list = builder->lists; list; list = list->next) {
        if (is_behind(list, last))
            last = list;
    }
    if (last)
        vfio_ids_put_all(&kept, last->text);
    for (struct machine_ids *list = builder->lists; list; list = list->next) {
        if (list != last && !vfio_ids_are_in(&kept, list->text))
            list->winner = last;
    }
}

/* --- softdeps -------------------------------------------------------------------------------- */

struct str machine_underscored(struct str module, struct arena *arena)
{
    char *name = module.len > 0 ? arena_alloc(arena, module.len, 1) : NULL;

    for (size_t i = 0; name && i < module.len; i++)
        name[i] = module.data[i] == '-' ? '_' : module.data[i];
    return (struct str){name, name ? module.len : 0};
}

void machine_add_softdep(struct machine_builder *builder, struct machine_place place,
                         struct str module)
{
    struct machine_softdep *softdep;

    if (builder->softdep_count == MACHINE_LIST_MAX)
        return;
    softdep = arena_alloc(builder->arena, 1, sizeof *softdep);
    if (!softdep)
        return;
    builder->softdep_count++;
    softdep->place = place;
    softdep->module = machine_underscored(module, builder->arena);
    softdep->next = builder->softdeps;
    builder->softdeps = softdep;
}

void machine_add_blacklisted(struct machine_builder *builder, struct str module)
{
    if (module.len > 0 && builder->blacklisted.count < MACHINE_LIST_MAX)
        str_map_put(&builder->blacklisted, module, 0, NULL);
}

/*
 * What is blacklisted is not loaded for its device, so its softdep loads nothing either
 * (libkmod-module.c, kmod_module_probe_insert_module, returns before it looks at softdeps).
 */
void machine_settle_softdeps(struct machine_builder *builder)
{
    struct machine_config_facts *facts = builder->facts;

    for (const struct machine_softdep *at = builder->softdeps; at && !facts->loads_vfio;
         at = at->next) {
        if (str_map_get(&builder->blacklisted, at->module)) {
            facts->idle_softdep = at->module;
            continue;
        }
        facts->loads_vfio = true;
        facts->loads_at = at->place;
    }
}
