/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing text with a limit given at birth. What does not fit is cut at a character boundary and
 * noted in `truncated`; a failed allocation is noted in `failed`. Both are sticky, so a writer may
 * add a whole message and look once at the end. The text is NUL-terminated at all times.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data;      /* owned; NULL until something is added: use text_get() */
    size_t len;      /* bytes, without the terminator */
    size_t capacity; /* bytes allocated */
    size_t limit;    /* the most bytes that `len` may reach */
    bool truncated;
    bool failed;
};

/* clang-format off */
#define TEXT_INIT(max_bytes) {.limit = (max_bytes)}
/* clang-format on */

void text_free(struct text *text);
#define CLEANUP_TEXT __attribute__((cleanup(text_free)))

/* The text, never NULL; borrowed until the next change. */
const char *text_get(const struct text *text);

/* Cuts the text back to `len` bytes (no effect when it is shorter). */
void text_cut(struct text *text, size_t len);

/*
 * Room for exactly `bytes` more, for who knows how long it gets, or writes to `data + len` and
 * then adds to `len`. False: it has failed, or the limit does not allow so much, which counts as
 * truncated.
 */
bool text_reserve(struct text *text, size_t bytes);

/* Gives back the room that is not used, when that is worth the while. */
void text_shrink(struct text *text);

void text_add(struct text *text, const char *part);
void text_add_str(struct text *text, struct str part);
void text_add_number(struct text *text, size_t number);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds `part` as a part of a URI (RFC 3986): but for the unreserved and `also`, bytes as %XX. */
void text_add_percent(struct text *text, struct str part, char also);

/*
 * Adds `part` with everything a terminal or a log reader could act on written as \n, \t, \u0085 …:
 * C0 and C1 controls, DEL, line and paragraph separators, bidirectional and zero-width marks, and
 * bytes that are not UTF-8. A backslash is doubled, so the result reads back without doubt.
 */
void text_add_escaped(struct text *text, struct str part);

/* The same without doubling backslashes: for text in which other parts are escaped already. */
void text_add_visible(struct text *text, struct str part);

/*
 * Adds `part` between double quotes, escaped as above and with inner quotes escaped. At most
 * `max_bytes` are written between the quotes; "…" stands for what is left out.
 */
void text_add_quoted(struct text *text, struct str part, size_t max_bytes);

/* Characters (not bytes) in a UTF-8 text. */
size_t utf8_count(struct str text);

#endif
