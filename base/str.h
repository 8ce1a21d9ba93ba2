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

/* The order of their bytes, as strcmp has it: below, at or above 0. An absent one is as an empty
 * one. */
int str_compare(struct str a, struct str b);

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
static inline bool ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alnum(char c)
{
    return ascii_is_lower(c) || ascii_is_upper(c) || ascii_is_digit(c);
}

static inline bool ascii_is_hex(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The value of a digit for which ascii_is_hex() holds. */
static inline unsigned ascii_hex_value(char c)
{
    return (unsigned)(ascii_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

static inline bool ascii_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char ascii_lower(char c)
{
    return ascii_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static inline char ascii_upper(char c)
{
    return ascii_is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

/*
 * Decodes one UTF-8 character at `text[at]` into `*ret_rune` and returns its length in bytes;
 * an ill-formed sequence gives the byte's value with the length 1 and `*ret_rune` = 0xFFFD.
 * `at` must be below text.len.
 */
size_t utf8_decode(struct str text, size_t at, unsigned *ret_rune);

#endif
