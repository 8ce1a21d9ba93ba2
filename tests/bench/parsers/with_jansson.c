/* SPDX-License-Identifier: Apache-2.0 */
/* jansson's parser, and the project's two that build jansson's trees. */
#include "tests/bench/parsers/candidate.h"

#include "server/admission/admission_mask.h"
#include "server/documents/json_reader.h"

#include <jansson.h>

static void walk(const json_t *value, const struct node *node, struct review *review);

static void walk_members(const json_t *object, const struct node *node, struct review *review)
{
    for (const struct node *field = node->fields; field->key; field++) {
        const json_t *value = json_object_get(object, field->key);

        if (value)
            walk(value, field, review);
    }
}

static void walk_items(const json_t *array, const struct node *node, struct review *review)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);

        if (!json_is_object(item))
            continue;
        review_item(review, node->which);
        walk_members(item, node, review);
    }
}

static void walk(const json_t *value, const struct node *node, struct review *review)
{
    if (node->type == NODE_OBJECT)
        walk_members(value, node, review);
    else if (node->type == NODE_LIST)
        walk_items(value, node, review);
    else if (json_is_string(value))
        review_string(review, node->which, json_string_value(value), json_string_length(value));
}

static enum taken take(json_t *root, struct review *review)
{
    if (!root)
        return REFUSED;
    walk(root, &review_root, review);
    json_decref(root);
    return review->full ? REFUSED : TAKEN;
}

static enum taken read_with_jansson(void *state, const char *text, size_t len,
                                    struct review *review)
{
    (void)state;
    return take(json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL), review);
}

static enum taken read_whole(void *state, const char *text, size_t len, struct review *review)
{
    json_t *root = NULL;
    struct error err;

    (void)state;
    return json_read(text, len, &root, &err) == JSON_READ ? take(root, review) : REFUSED;
}

static enum taken read_fields(void *state, const char *text, size_t len, struct review *review)
{
    json_t *root = NULL;
    struct error err;

    (void)state;
    return json_read_fields(text, len, admission_mask(), NULL, &root, &err) == JSON_READ
               ? take(root, review)
               : REFUSED;
}

const struct candidate with_jansson = {.name = "jansson json_loadb, duplicates refused",
                                       .read = read_with_jansson,
                                       .library = "jansson",
                                       .version = jansson_version_str};
const struct candidate with_json_read = {.name = "json_read (ours, whole tree)",
                                         .read = read_whole};
const struct candidate with_json_read_fields = {.name = "json_read_fields (ours, tree of the mask)",
                                                .read = read_fields};
