/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A borrowed run of bytes. JSON strings may hold NUL, so nothing here relies on a terminator and
 * comparisons always look at the length. `data == NULL` says "there is none" (an absent field),
 * which is different from an empty string.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
    const char *data; /* borrowed; not NUL-terminated; NULL: absent */
    size_t len;       /* bytes */
};

/* A string literal as a str, for initialisers and for expressions. */
/* clang-format off */
#define STR_INIT(literal) {(literal), sizeof(literal) - 1}
/* clang-format on */
#define STR(literal) ((struct str)STR_INIT(literal))

/* A NUL-terminated string as a str; NULL gives the absent str. */
struct str str_from(const char *text);

/* True when both are absent, or both present with the same bytes. */
bool str_equal(struct str a, struct str b);

/* As str_equal, with ASCII letters of either case equal. */
bool str_equal_ignoring_case(struct str a, struct str b);

/* True when `text` begins (ends) with `part`. */
bool str_starts_with(struct str text, struct str part);
bool str_ends_with(struct str text, struct str part);

/* The part of `text` from byte `from` (clamped), `len` bytes at most. */
struct str str_slice(struct str text, size_t from, size_t len);

/* Without ASCII white space at both ends. */
struct str str_trim(struct str text);

/* Index of the first `byte`, or text.len when there is none. */
size_t str_find(struct str text, char byte);

/* ASCII classes that no locale changes. */
bool ascii_is_lower(char c);
bool ascii_is_upper(char c);
bool ascii_is_digit(char c);
bool ascii_is_alnum(char c);
bool ascii_is_hex(char c);
bool ascii_is_space(char c);
char ascii_lower(char c);
char ascii_upper(char c);

/*
 * Decodes one UTF-8 character at `text[at]` into `*ret_rune` and returns its length in bytes;
 * an ill-formed sequence gives the byte's value with the length 1 and `*ret_rune` = 0xFFFD.
 * `at` must be below text.len.
 */
size_t utf8_decode(struct str text, size_t at, unsigned *ret_rune);

#endif
