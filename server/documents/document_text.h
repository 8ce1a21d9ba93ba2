/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of a YAML or JSON text before a parser sees it, and places in it. They give messages that
 * people can act on, keep out what the parsers get wrong, and bound what costs libyaml more than
 * linear time. Pure functions, one pass each.
 */
#ifndef SERVER_DOCUMENTS_DOCUMENT_TEXT_H
#define SERVER_DOCUMENTS_DOCUMENT_TEXT_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct document_place {
    size_t line;   /* from 1 */
    size_t column; /* from 1, in characters */
};

/* The place of byte `offset` of `text`. Counts from the beginning: for messages, not for loops. */
struct document_place document_place_at(struct str text, size_t offset);

/* Moves the place of byte `from` on to that of byte `to`, which is not before it. */
void document_place_move(struct document_place *place, struct str text, size_t from, size_t to);

/* Puts "line L, column C: " in front of the message and returns false. */
bool document_place_wrap(struct document_place place, struct error *err);

/*
 * Takes apart what document_place_wrap() put together: the place, and what the message says of it.
 * A message that begins otherwise is left whole, and its place is line 0.
 */
const char *document_place_unwrap(const char *message, struct document_place *ret_place);

/* Moves a byte order mark out of `text`; fails when the rest is not UTF-8 or holds NUL. */
bool document_text_check(struct str *text, struct error *err);

/*
 * What holds for YAML only, from byte `from` on: no control characters, nothing but a comment
 * behind a document separator (as kubectl's reader demands), few %TAG lines.
 */
bool document_text_check_yaml(struct str text, size_t from, struct error *err);

#endif
