/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands around places of a text, for people to see. Cheap for places in rising order, even
 * where a text of many megabytes is one line.
 */
#ifndef SERVER_CHECK_TEXT_LINES_H
#define SERVER_CHECK_TEXT_LINES_H

#include "server/documents/document_text.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Of a longer line an excerpt has as many characters, around the place. */
#define TEXT_EXCERPT_WIDTH 100

struct text_excerpt {
    struct str text; /* without the line's end; absent: there is no such line */
    size_t column;   /* of the place in it, from 1, in characters */
    bool cut_before; /* the line begins before it, or goes on behind it */
    bool cut_behind;
};

struct text_lines {
    struct str text;
    struct arena *arena;
    size_t *starts; /* of each line; NULL until somebody asks: most texts have no fault */
    size_t count;
    struct document_place place; /* the last one that was asked for */
    size_t at;                   /* its byte */
};

/* clang-format off */
#define TEXT_LINES_INIT(the_text, the_arena) {.text = (the_text), .arena = (the_arena)}
/* clang-format on */

/* The line at a place, or the part of it around the place; borrowed from the text. */
struct text_excerpt text_lines_excerpt(struct text_lines *lines, struct document_place place);

/* The byte at a place, or of its line's end. False: there is no such place. */
bool text_lines_offset(struct text_lines *lines, struct document_place place, size_t *ret_offset);

#endif
