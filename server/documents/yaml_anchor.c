/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/yaml_anchor.h"

#include <stdlib.h>

void yaml_anchors_init(struct yaml_anchors *anchors, struct account *account)
{
    *anchors = (struct yaml_anchors){
        .arena = {.limit = YAML_ARENA_LIMIT, .account = account},
        .names = STR_MAP_INIT(&anchors->arena),
    };
}

void yaml_anchors_free(struct yaml_anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++)
        json_decref(anchors->list[i].collection);
    free(anchors->list);
    arena_free(&anchors->arena);
}

void yaml_anchors_reset(struct yaml_anchors *anchors)
{
    struct account *account = anchors->arena.account;

    yaml_anchors_free(anchors);
    yaml_anchors_init(anchors, account);
}

static bool reserve(struct yaml_anchors *anchors)
{
    size_t capacity = anchors->capacity ? anchors->capacity * 2 : 16;
    struct yaml_anchor *list;

    if (anchors->count < anchors->capacity)
        return true;
    list = reallocarray(anchors->list, capacity, sizeof *list);
    if (!list)
        return false;
    anchors->list = list;
    anchors->capacity = capacity;
    return true;
}

bool yaml_anchors_add(struct yaml_anchors *anchors, const char *name, size_t *ret_index)
{
    struct str copy = arena_copy(&anchors->arena, str_from(name));
    size_t *index;

    if (!copy.data || !reserve(anchors))
        return false;
    index = str_map_put(&anchors->names, copy, anchors->count, NULL);
    if (!index)
        return false;
    *index = anchors->count;
    anchors->list[anchors->count] = (struct yaml_anchor){.collection = NULL};
    *ret_index = anchors->count++;
    return true;
}

const struct yaml_anchor *yaml_anchors_find(const struct yaml_anchors *anchors, const char *name)
{
    const size_t *index = str_map_get(&anchors->names, str_from(name));

    return index ? &anchors->list[*index] : NULL;
}
