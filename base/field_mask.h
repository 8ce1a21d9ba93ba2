/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which fields of a JSON value somebody reads, so that a reader need not keep the rest. A mask is a
 * tree of these nodes, built once and never changed afterwards.
 *
 * What does not have the shape that a node expects is kept whole: its content then tells one wrong
 * value from another.
 */
#ifndef BASE_FIELD_MASK_H
#define BASE_FIELD_MASK_H

#include "base/str_head.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_shape {
    FIELD_SHAPE_WHOLE,  /* kept with all that is below it */
    FIELD_SHAPE_OBJECT, /* of an object only the members in `fields` are kept */
    FIELD_SHAPE_LIST,   /* of an array every item is kept, by the mask that `fields` points to */
};

struct field_mask {
    struct str key; /* of the member; the absent str for an item of a list and for a root */
    uint64_t head;  /* of the key, see str_head.h */
    enum field_shape shape;
    struct field_mask *fields; /* the first; of a list: the mask of its items */
    struct field_mask *next;   /* its sibling */
};

/* Where the nodes of a mask live: an array that is theirs for good. */
struct field_pool {
    struct field_mask *nodes;
    size_t size;
    size_t count;
};

/*
 * The field `key` (which must outlive the mask) of an object's mask, added when it is not there.
 * Where two ask for one field in two shapes, and where the pool is full, more than was asked for is
 * kept whole, and the result is NULL when that is so already for `parent`. A NULL parent gives
 * NULL.
 */
struct field_mask *field_mask_add(struct field_pool *pool, struct field_mask *parent,
                                  struct str key, enum field_shape shape);

/* The same at a dotted path of objects below `parent`. */
struct field_mask *field_mask_add_path(struct field_pool *pool, struct field_mask *parent,
                                       const char *path, enum field_shape shape);

/* The mask of the items of a list's mask: objects. NULL for NULL. */
struct field_mask *field_mask_items(struct field_pool *pool, struct field_mask *list);

/* The member `key`, whose str_head() is `head`, of an object's mask; NULL when it is not kept. */
static inline const struct field_mask *field_mask_find(const struct field_mask *object,
                                                       struct str key, uint64_t head)
{
    const struct field_mask *field = object->fields;

    while (field && !str_equal_heads(field->key, field->head, key, head))
        field = field->next;
    return field;
}

#endif
