/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_pass.h"

#include "server/documents/json_string.h"

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of so many digits without an exponent no number is beyond a double (1.8e308). */
#define SURELY_FINITE 300

/* --- strings ---------------------------------------------------------------------------------- */

/* \uXXXX, or a pair of them. */
static const char *pass_unicode(const char *at, const char *end)
{
    struct json_character character;
    size_t taken = json_escape_decode((struct str){at, (size_t)(end - at)}, &character);

    return taken > 0 && character.bytes[0] != '\0' ? at + taken : NULL;
}

/* What may follow a backslash, beside u. */
static const bool is_escape[256] = {
    ['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
    ['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true,
};

/* The escape at the backslash `at`. */
static inline const char *pass_escape(const char *at, const char *end)
{
    const char letter = json_next(at + 1, end);

    if (is_escape[(unsigned char)letter])
        return at + 2;
    return letter == 'u' ? pass_unicode(at, end) : NULL;
}

static const char *pass_character(const char *at, const char *end)
{
    const struct str rest = {at, (size_t)(end - at)};
    unsigned rune;
    size_t size;

    if ((unsigned char)*at < 0x80)
        return NULL; /* a control character */
    size = utf8_decode(rest, 0, &rune);
    return size > 1 ? at + size : NULL;
}

const char *json_pass_string(const char *at, const char *end, bool *ret_escaped)
{
    bool escaped = false;

    at++;
    for (;;) {
        at = json_plain_end(at, end);
        if (at == end)
            return NULL;
        if (*at == '"')
            break;
        if (*at == '\\') {
            escaped = true;
            at = pass_escape(at, end);
        } else {
            at = pass_character(at, end);
        }
        if (!at)
            return NULL;
    }
    *ret_escaped = escaped;
    return at + 1;
}

static inline const char *pass_string(const char *at, const char *end)
{
    const char *const behind = json_pass_short_string(at, end);
    bool escaped;

    return behind ? behind : json_pass_string(at, end, &escaped);
}

/* --- numbers and words ------------------------------------------------------------------------ */

static const char *pass_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static const char *pass_number(const char *at, const char *end)
{
    const char *const start = at;
    const char *digits = *at == '-' ? at + 1 : at;

    at = pass_digits(digits, end);
    if (at == digits || (at - digits > 1 && *digits == '0'))
        return NULL;
    if (json_next(at, end) == '.') {
        digits = at + 1;
        at = pass_digits(digits, end);
        if (at == digits)
            return NULL;
    }
    /* What is left of an exponent is no end of a value, so it is noticed later. */
    return at - start <= SURELY_FINITE ? at : NULL;
}

static const char *pass_word(const char *at, const char *end, const char *word, size_t len)
{
    return (size_t)(end - at) >= len && memcmp(at, word, len) == 0 ? at + len : NULL;
}

static const char *pass_scalar(const char *at, const char *end)
{
    switch (json_next(at, end)) {
    case '"':
        return pass_string(at, end);
    case 't':
        return pass_word(at, end, "true", 4);
    case 'f':
        return pass_word(at, end, "false", 5);
    case 'n':
        return pass_word(at, end, "null", 4);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return pass_number(at, end);
    default:
        return NULL;
    }
}

/* --- collections ------------------------------------------------------------------------------ */

/* Which of the collections that are open are objects: a bit each. */
struct open {
    unsigned depth;
    bool object; /* the innermost */
    uint64_t objects[JSON_PASS_DEPTH / 64];
};

static inline bool push(struct open *open, bool object)
{
    const unsigned i = open->depth;
    const uint64_t bit = UINT64_C(1) << (i % 64);

    if (i == JSON_PASS_DEPTH)
        return false;
    if (object)
        open->objects[i / 64] |= bit;
    else
        open->objects[i / 64] &= ~bit;
    open->object = object;
    open->depth = i + 1;
    return true;
}

static inline void pop(struct open *open)
{
    const unsigned i = --open->depth - 1;

    if (open->depth > 0)
        open->object = open->objects[i / 64] >> (i % 64) & 1;
}

/* The key at `at`, and what is between it and its value. */
static inline const char *pass_key(const char *at, const char *end)
{
    if (json_next(at, end) != '"')
        return NULL;
    at = pass_string(at, end);
    if (!at || json_token(&at, end) != ':')
        return NULL;
    at++;
    (void)json_token(&at, end);
    return at;
}

/* Into the collection at `at`, up to its first value, or past it when it is empty. */
static inline const char *enter(struct open *open, const char *at, const char *end, bool *ret_empty)
{
    const bool object = *at++ == '{';

    *ret_empty = json_token(&at, end) == (object ? '}' : ']');
    if (*ret_empty)
        return at + 1;
    if (!push(open, object))
        return NULL;
    return object ? pass_key(at, end) : at;
}

/* From the end of a value up to the next one, out of all collections that end here. */
static inline const char *leave(struct open *open, const char *at, const char *end)
{
    while (open->depth > 0) {
        const char c = json_token(&at, end);

        if (c == ',') {
            at++;
            (void)json_token(&at, end);
            return open->object ? pass_key(at, end) : at;
        }
        if (c != (open->object ? '}' : ']'))
            return NULL;
        at++;
        pop(open);
    }
    return at;
}

const char *json_pass(const char *at, const char *end)
{
    struct open open = {.depth = 0};

    for (;;) {
        const char c = json_next(at, end);
        bool done = true;

        if (c == '{' || c == '[')
            at = enter(&open, at, end, &done);
        else
            at = pass_scalar(at, end);
        if (at && done)
            at = leave(&open, at, end);
        if (!at || (done && open.depth == 0))
            return at;
    }
}
