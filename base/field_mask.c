/* SPDX-License-Identifier: Apache-2.0 */
#include "base/field_mask.h"

/* A new first child. Without room the parent is kept whole, which has all that was asked for. */
static struct field_mask *add_child(struct field_pool *pool, struct field_mask *parent,
                                    struct str key, enum field_shape shape)
{
    struct field_mask *node;

    if (pool->count == pool->size) {
        parent->shape = FIELD_SHAPE_WHOLE;
        return NULL;
    }
    node = &pool->nodes[pool->count++];
    *node = (struct field_mask){
        .key = key, .head = str_head(key), .shape = shape, .next = parent->fields};
    parent->fields = node;
    return node;
}

struct field_mask *field_mask_add(struct field_pool *pool, struct field_mask *parent,
                                  struct str key, enum field_shape shape)
{
    struct field_mask *known;

    if (!parent || parent->shape != FIELD_SHAPE_OBJECT)
        return NULL;
    known = parent->fields;
    while (known && !str_equal(known->key, key))
        known = known->next;
    if (!known)
        return add_child(pool, parent, key, shape);
    if (known->shape != shape)
        known->shape = FIELD_SHAPE_WHOLE;
    return known;
}

struct field_mask *field_mask_add_path(struct field_pool *pool, struct field_mask *parent,
                                       const char *path, enum field_shape shape)
{
    struct str rest = str_from(path);

    for (;;) {
        size_t len = str_find(rest, '.');
        struct str key = str_slice(rest, 0, len);

        if (len == rest.len)
            return field_mask_add(pool, parent, key, shape);
        parent = field_mask_add(pool, parent, key, FIELD_SHAPE_OBJECT);
        rest = str_slice(rest, len + 1, rest.len);
    }
}

struct field_mask *field_mask_items(struct field_pool *pool, struct field_mask *list)
{
    if (!list || list->shape != FIELD_SHAPE_LIST)
        return NULL;
    return list->fields ? list->fields
                        : add_child(pool, list, (struct str){NULL, 0}, FIELD_SHAPE_OBJECT);
}
