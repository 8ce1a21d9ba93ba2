/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a value of a mapping is written in a text of YAML or JSON, and how another one is written in
 * the same way. It looks at one line around the value and knows no more of the language than that:
 * what it can't tell for sure it refuses, with the reason, and who uses it reads the result again.
 * Pure.
 */
#ifndef SERVER_CHECK_SCALAR_TEXT_H
#define SERVER_CHECK_SCALAR_TEXT_H

#include "server/check/text_edits.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* A value that stands on one line. */
struct scalar_text {
    size_t at, end; /* bytes, quotes included */
    char quote;     /* '"', '\'', or 0: it is plain */
};

/*
 * Finds the scalar that begins at byte `at`; anchor and tag may stand before it. `value` is what it
 * means; absent: null. NULL: `*ret_scalar` is filled in. Else why not, as words behind "its value".
 */
const char *scalar_text_find(struct str text, size_t at, struct str value,
                             struct scalar_text *ret_scalar);

/*
 * Adds the edit that makes `value` (letters, digits and -_./: alone) of the scalar of a mapping's
 * member. NULL: done, else why not.
 */
const char *scalar_text_replace(struct str text, size_t at, struct str old, struct str value,
                                struct text_edits *edits);

/* A new member of a mapping. */
struct member_text {
    struct str key, value; /* of characters as above */
    size_t mapping;        /* byte where the mapping begins */
    struct str before_key; /* the member that it is put behind: its key, */
    size_t before_at;      /* the byte where its value begins, */
    struct str before;     /* and its value, a string */
};

/* Adds the edits that put it in, in the style of the member before it. NULL: done, else why not. */
const char *scalar_text_insert(struct str text, const struct member_text *member,
                               struct text_edits *edits);

#endif
