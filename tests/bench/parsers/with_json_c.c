/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/candidate.h"

#if __has_include(<json-c/json.h>)
#include <json-c/json.h>

#define MAX_DEPTH 500

static void walk(struct json_object *value, const struct node *node, struct review *review);

static void walk_members(struct json_object *object, const struct node *node, struct review *review)
{
    for (const struct node *field = node->fields; field->key; field++) {
        struct json_object *value = NULL;

        if (json_object_object_get_ex(object, field->key, &value))
            walk(value, field, review);
    }
}

static void walk_items(struct json_object *array, const struct node *node, struct review *review)
{
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct json_object *item = json_object_array_get_idx(array, i);

        if (!json_object_is_type(item, json_type_object))
            continue;
        review_item(review, node->which);
        walk_members(item, node, review);
    }
}

static void walk(struct json_object *value, const struct node *node, struct review *review)
{
    if (node->type == NODE_OBJECT)
        walk_members(value, node, review);
    else if (node->type == NODE_LIST && json_object_is_type(value, json_type_array))
        walk_items(value, node, review);
    else if (node->type == NODE_STRING && json_object_is_type(value, json_type_string))
        review_string(review, node->which, json_object_get_string(value),
                      (size_t)json_object_get_string_len(value));
}

static enum taken read_text(void *state, const char *text, size_t len, struct review *review)
{
    struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
    struct json_object *root;
    bool good;

    (void)state;
    if (!tokener)
        return REFUSED;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    root = json_tokener_parse_ex(tokener, text, (int)len);
    good = root && json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    if (good)
        walk(root, &review_root, review);
    (void)json_object_put(root);
    return good && !review->full ? TAKEN : REFUSED;
}

const struct candidate with_json_c = {
    .name = "json-c, strict", .read = read_text, .library = "json-c", .version = json_c_version};
#else
const struct candidate with_json_c = {.name = "json-c, strict",
                                      .skipped = "libjson-c-dev is missing"};
#endif
