/* SPDX-License-Identifier: Apache-2.0 */
/* Its calls for each key and value, and a stack of the objects that are on the way to a field. */
#include "tests/bench/parsers/candidate.h"

#if __has_include(<yajl/yajl_parse.h>)
#include <yajl/yajl_parse.h>
#include <yajl/yajl_version.h>

#include <stdio.h>

#define MAX_LEVELS 12 /* the tree of fields has 8, and a list is two */

struct level {
    const struct node *node;
    bool array;
};

struct reading {
    struct review *review;
    struct level levels[MAX_LEVELS];
    unsigned depth;
    unsigned skipped;         /* collections that are open below the levels */
    const struct node *field; /* of the key that came last; NULL: nobody reads it */
};

/* What the value that begins is in the tree: NULL when nobody reads it. */
static const struct node *expected(const struct reading *reading)
{
    const struct level *level;

    if (reading->depth == 0)
        return &review_root;
    level = &reading->levels[reading->depth - 1];
    return level->array ? level->node : reading->field;
}

static bool is_item(const struct reading *reading)
{
    return reading->depth > 0 && reading->levels[reading->depth - 1].array;
}

static int open_level(struct reading *reading, const struct node *node, bool array)
{
    if (reading->depth == MAX_LEVELS)
        return 0;
    reading->levels[reading->depth++] = (struct level){node, array};
    return 1;
}

static int start_map(void *context)
{
    struct reading *reading = context;
    const struct node *node = reading->skipped > 0 ? NULL : expected(reading);

    if (!node || (!is_item(reading) && node->type != NODE_OBJECT)) {
        reading->skipped++;
        return 1;
    }
    if (is_item(reading))
        review_item(reading->review, node->which);
    return open_level(reading, node, false);
}

static int start_array(void *context)
{
    struct reading *reading = context;
    const struct node *node = reading->skipped > 0 ? NULL : expected(reading);

    if (!node || is_item(reading) || node->type != NODE_LIST) {
        reading->skipped++;
        return 1;
    }
    return open_level(reading, node, true);
}

static int end_collection(void *context)
{
    struct reading *reading = context;

    if (reading->skipped > 0)
        reading->skipped--;
    else
        reading->depth--;
    return 1;
}

static int map_key(void *context, const unsigned char *key, size_t len)
{
    struct reading *reading = context;

    if (reading->skipped == 0)
        reading->field =
            node_find(reading->levels[reading->depth - 1].node, (const char *)key, len);
    return 1;
}

static int string(void *context, const unsigned char *text, size_t len)
{
    struct reading *reading = context;

    if (reading->skipped == 0 && reading->depth > 0 && !is_item(reading) && reading->field &&
        reading->field->type == NODE_STRING)
        review_string(reading->review, reading->field->which, (const char *)text, len);
    return 1;
}

static enum taken read_text(void *state, const char *text, size_t len, struct review *review)
{
    static const yajl_callbacks callbacks = {.yajl_string = string,
                                             .yajl_start_map = start_map,
                                             .yajl_map_key = map_key,
                                             .yajl_end_map = end_collection,
                                             .yajl_start_array = start_array,
                                             .yajl_end_array = end_collection};
    struct reading reading = {.review = review};
    yajl_handle handle = yajl_alloc(&callbacks, NULL, &reading);
    bool good;

    (void)state;
    if (!handle)
        return REFUSED;
    good = yajl_parse(handle, (const unsigned char *)text, len) == yajl_status_ok &&
           yajl_complete_parse(handle) == yajl_status_ok;
    yajl_free(handle);
    return good && !review->full ? TAKEN : REFUSED;
}

static const char *version(void)
{
    static char text[32];

    (void)snprintf(text, sizeof text, "%d.%d.%d", YAJL_MAJOR, YAJL_MINOR, YAJL_MICRO);
    return text;
}

const struct candidate with_yajl = {
    .name = "yajl (SAX)", .read = read_text, .library = "yajl", .version = version};
#else
const struct candidate with_yajl = {.name = "yajl (SAX)", .skipped = "libyajl-dev is missing"};
#endif
