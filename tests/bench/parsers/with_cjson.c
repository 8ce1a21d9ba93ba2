/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/candidate.h"

#if __has_include(<cjson/cJSON.h>)
#include <cjson/cJSON.h>
#include <string.h>

static void walk(const cJSON *value, const struct node *node, struct review *review);

static void walk_members(const cJSON *object, const struct node *node, struct review *review)
{
    for (const struct node *field = node->fields; field->key; field++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, field->key);

        if (value)
            walk(value, field, review);
    }
}

static void walk_items(const cJSON *array, const struct node *node, struct review *review)
{
    for (const cJSON *item = array->child; item; item = item->next) {
        if (!cJSON_IsObject(item))
            continue;
        review_item(review, node->which);
        walk_members(item, node, review);
    }
}

static void walk(const cJSON *value, const struct node *node, struct review *review)
{
    if (node->type == NODE_OBJECT && cJSON_IsObject(value))
        walk_members(value, node, review);
    else if (node->type == NODE_LIST && cJSON_IsArray(value))
        walk_items(value, node, review);
    else if (node->type == NODE_STRING && cJSON_IsString(value))
        review_string(review, node->which, value->valuestring, strlen(value->valuestring));
}

static bool is_white(const char *from, const char *to)
{
    while (from < to && strchr(" \t\r\n", *from) && *from)
        from++;
    return from == to;
}

static enum taken read_text(void *state, const char *text, size_t len, struct review *review)
{
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    const bool good = root && is_white(end, text + len);

    (void)state;
    if (good)
        walk(root, &review_root, review);
    cJSON_Delete(root);
    return good && !review->full ? TAKEN : REFUSED;
}

const struct candidate with_cjson = {
    .name = "cJSON", .read = read_text, .library = "cJSON", .version = cJSON_Version};
#else
const struct candidate with_cjson = {.name = "cJSON", .skipped = "libcjson-dev is missing"};
#endif
