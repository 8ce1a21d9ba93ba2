/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/candidate.h"

#include "server/admission/admission_mask.h"
#include "server/documents/json_pick.h"

#include <stdalign.h>

/* As admission_review() calls it. */
#define FIRST_MEMORY ((size_t)8 * 1024)
#define MEMORY_LIMIT ((size_t)256 << 20)

static void walk(const struct value *value, const struct node *node, struct review *review);

static void walk_members(const struct value *object, const struct node *node, struct review *review)
{
    for (const struct node *field = node->fields; field->key; field++) {
        const struct value *value = value_get(object, (struct str){field->key, field->key_len});

        if (value)
            walk(value, field, review);
    }
}

static void walk_items(const struct value *array, const struct node *node, struct review *review)
{
    for (const struct value *item = array->first; item; item = item->next) {
        if (item->type != VALUE_OBJECT)
            continue;
        review_item(review, node->which);
        walk_members(item, node, review);
    }
}

static void walk(const struct value *value, const struct node *node, struct review *review)
{
    if (node->type == NODE_OBJECT)
        walk_members(value, node, review);
    else if (node->type == NODE_LIST && value->type == VALUE_ARRAY)
        walk_items(value, node, review);
    else if (node->type == NODE_STRING && value->type == VALUE_STRING)
        review_string(review, node->which, value->text.data, value->text.len);
}

static enum taken read_by(const struct field_mask *mask, const char *text, size_t len,
                          struct review *review)
{
    alignas(max_align_t) unsigned char first[FIRST_MEMORY];
    struct arena arena CLEANUP_ARENA = {
        .first = first, .first_left = sizeof first, .limit = MEMORY_LIMIT};
    const struct value *root = json_pick((struct str){text, len}, mask, &arena);

    if (!root)
        return LEFT_TO_READER;
    walk(root, &review_root, review);
    return review->full ? REFUSED : TAKEN;
}

static enum taken read_all(void *state, const char *text, size_t len, struct review *review)
{
    (void)state;
    return read_by(admission_mask(), text, len, review);
}

/* --- by a mask that has the fields that are picked here and no others ------------------------- */

static struct field_mask *mask_of(struct field_pool *pool, struct field_mask *parent,
                                  const struct node *node)
{
    static const enum field_shape shapes[] = {[NODE_OBJECT] = FIELD_SHAPE_OBJECT,
                                              [NODE_LIST] = FIELD_SHAPE_LIST,
                                              [NODE_STRING] = FIELD_SHAPE_WHOLE};

    return field_mask_add(pool, parent, (struct str){node->key, node->key_len}, shapes[node->type]);
}

static void add_fields(struct field_pool *pool, struct field_mask *parent, const struct node *node)
{
    for (const struct node *field = node->fields; field->key; field++) {
        struct field_mask *mask = mask_of(pool, parent, field);

        if (field->type == NODE_OBJECT)
            add_fields(pool, mask, field);
        else if (field->type == NODE_LIST)
            add_fields(pool, field_mask_items(pool, mask), field);
    }
}

static void *open_mask(void)
{
    static struct field_mask nodes[64];
    static struct field_mask root;
    struct field_pool pool = {.nodes = nodes, .size = sizeof nodes / sizeof nodes[0]};

    root = (struct field_mask){.shape = FIELD_SHAPE_OBJECT};
    add_fields(&pool, &root, &review_root);
    return &root;
}

static enum taken read_few(void *state, const char *text, size_t len, struct review *review)
{
    return read_by(state, text, len, review);
}

const struct candidate with_json_pick = {.name = "json_pick (ours, one pass, by the mask)",
                                         .read = read_all};
const struct candidate with_json_pick_few = {
    .name = "json_pick, by a mask of these fields", .open = open_mask, .read = read_few};
