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

/* Puts "line L, column C: " in front of the message and returns false. */
bool document_place_wrap(struct document_place place, struct error *err);

/* Moves a byte order mark out of `text`; fails when the rest is not UTF-8 or holds NUL. */
bool document_text_check(struct str *text, struct error *err);

/*
 * What holds for YAML only, from byte `from` on: no control characters, nothing but a comment
 * behind a document separator (as kubectl's reader demands), few %TAG lines.
 */
bool document_text_check_yaml(struct str text, size_t from, struct error *err);

#endif
