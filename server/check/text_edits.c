/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/text_edits.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct text_edits *edits)
{
    size_t capacity = edits->capacity ? 2 * edits->capacity : 16;
    struct text_edit *items = arena_alloc(edits->arena, capacity, sizeof *items);

    if (!items)
        return false;
    if (edits->count > 0)
        memcpy(items, edits->items, edits->count * sizeof *items);
    edits->items = items;
    edits->capacity = capacity;
    return true;
}

void text_edits_add(struct text_edits *edits, struct text_edit edit)
{
    if (edits->count < edits->capacity || grow(edits))
        edits->items[edits->count++] = edit;
}

/* What only puts something in stands before what removes from the same byte on. */
static int compare(const void *a, const void *b)
{
    const struct text_edit *x = a;
    const struct text_edit *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (!x->removed != !y->removed)
        return x->removed ? 1 : -1;
    return 0;
}

/* qsort() may exchange what compares equal; a list that was added in order is left alone. */
static bool is_sorted(const struct text_edits *edits)
{
    for (size_t i = 1; i < edits->count; i++) {
        if (compare(&edits->items[i - 1], &edits->items[i]) > 0)
            return false;
    }
    return true;
}

/* A merge sort from below, which keeps the order of equals. */
static void sort(struct text_edits *edits)
{
    size_t count = edits->count;
    struct text_edit *from = edits->items;
    struct text_edit *to = arena_alloc(edits->arena, count, sizeof *to);

    for (size_t width = 1; to && width < count; width *= 2) {
        struct text_edit *swap = from;

        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = middle + width < count ? middle + width : count;
            size_t left = start, right = middle;

            for (size_t i = start; i < end; i++) {
                bool take_left =
                    left < middle && (right == end || compare(&from[left], &from[right]) <= 0);

                to[i] = take_left ? from[left++] : from[right++];
            }
        }
        from = to;
        to = swap;
    }
    edits->items = from;
}

bool text_edits_sort(struct text_edits *edits, size_t len)
{
    size_t end = 0;

    if (!is_sorted(edits))
        sort(edits);
    for (size_t i = 0; i < edits->count; i++) {
        const struct text_edit *edit = &edits->items[i];

        if (edit->at < end || edit->at > len || edit->removed > len - edit->at)
            return false;
        end = edit->at + edit->removed;
    }
    return !edits->arena->failed;
}

void text_edits_apply_part(const struct text_edits *edits, struct str text, size_t from, size_t to,
                           size_t *next, struct text *result)
{
    size_t at = from;

    for (; *next < edits->count && edits->items[*next].at <= to; (*next)++) {
        const struct text_edit *edit = &edits->items[*next];

        if (edit->at == to && to < text.len)
            break;
        text_add_str(result, str_slice(text, at, edit->at - at));
        text_add_str(result, edit->added);
        at = edit->at + edit->removed;
    }
    text_add_str(result, str_slice(text, at, to - at));
}

void text_edits_apply(const struct text_edits *edits, struct str text, struct text *result)
{
    size_t next = 0;

    text_edits_apply_part(edits, text, 0, text.len, &next, result);
}
