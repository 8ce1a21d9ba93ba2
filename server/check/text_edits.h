/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small changes to a text: bytes that go, and bytes that come in their place. Everything else stays
 * as it is. Pure.
 */
#ifndef SERVER_CHECK_TEXT_EDITS_H
#define SERVER_CHECK_TEXT_EDITS_H

#include "base/arena.h"
#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct text_edit {
    size_t at;      /* byte */
    size_t removed; /* bytes, none of them a line feed; 0: something is put in before byte `at` */
    struct str added;
};

struct text_edits {
    struct text_edit *items; /* in the arena */
    size_t count;
    size_t capacity;
    struct arena *arena; /* of the list; it remembers when memory ran out */
};

/* clang-format off */
#define TEXT_EDITS_INIT(the_arena) {.arena = (the_arena)}
/* clang-format on */

/* `edit.added` is borrowed. */
void text_edits_add(struct text_edits *edits, struct text_edit edit);

/*
 * Puts them into the order of their places; what is put in at one place keeps its order. False: one
 * reaches into the next, or beyond the `len` bytes of the text, or memory ran out.
 */
bool text_edits_sort(struct text_edits *edits, size_t len);

/*
 * Adds what becomes of the bytes from `from` up to `to`, by the edits from `*next` on, and passes
 * over these. What is put in at `to` belongs to what follows, if anything does.
 */
void text_edits_apply_part(const struct text_edits *edits, struct str text, size_t from, size_t to,
                           size_t *next, struct text *result);

/* Adds what becomes of the text. The edits must be sorted. */
void text_edits_apply(const struct text_edits *edits, struct str text, struct text *result);

#endif
