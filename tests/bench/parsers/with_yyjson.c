/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/candidate.h"

#if __has_include(<yyjson.h>)
#include <yyjson.h>

static void walk(yyjson_val *value, const struct node *node, struct review *review);

static void walk_members(yyjson_val *object, const struct node *node, struct review *review)
{
    for (const struct node *field = node->fields; field->key; field++) {
        yyjson_val *value = yyjson_obj_getn(object, field->key, field->key_len);

        if (value)
            walk(value, field, review);
    }
}

static void walk_items(yyjson_val *array, const struct node *node, struct review *review)
{
    yyjson_arr_iter items = {0};
    yyjson_val *item;

    (void)yyjson_arr_iter_init(array, &items);
    while ((item = yyjson_arr_iter_next(&items))) {
        if (!yyjson_is_obj(item))
            continue;
        review_item(review, node->which);
        walk_members(item, node, review);
    }
}

static void walk(yyjson_val *value, const struct node *node, struct review *review)
{
    if (node->type == NODE_OBJECT)
        walk_members(value, node, review);
    else if (node->type == NODE_LIST)
        walk_items(value, node, review);
    else if (yyjson_is_str(value))
        review_string(review, node->which, yyjson_get_str(value), yyjson_get_len(value));
}

static enum taken read_text(void *state, const char *text, size_t len, struct review *review)
{
    yyjson_doc *document = yyjson_read(text, len, YYJSON_READ_NOFLAG);

    (void)state;
    if (!document)
        return REFUSED;
    walk(yyjson_doc_get_root(document), &review_root, review);
    yyjson_doc_free(document);
    return review->full ? REFUSED : TAKEN;
}

static const char *version(void)
{
    return YYJSON_VERSION_STRING;
}

const struct candidate with_yyjson = {
    .name = "yyjson", .read = read_text, .library = "yyjson", .version = version};
#else
const struct candidate with_yyjson = {.name = "yyjson",
                                      .skipped = "libyyjson-dev is missing (Debian 12 has none)"};
#endif
