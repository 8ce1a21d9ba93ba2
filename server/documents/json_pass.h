/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes over JSON as fast as it can be checked, without words for what is wrong and without
 * deciding what is odd: where these are not sure that a text is JSON within the limits of
 * json_reader.h they return NULL, and a reader with words has to look. So they never take what that
 * one refuses. Nothing is allocated, and nothing is read from `end` on.
 */
#ifndef SERVER_DOCUMENTS_JSON_PASS_H
#define SERVER_DOCUMENTS_JSON_PASS_H

#include "server/documents/json_plain.h"

#include <stdbool.h>
#include <stddef.h>

/* Deeper values are left to the other reader, which has more patience. */
#define JSON_PASS_DEPTH 256

/* The next byte, NUL at the end of the text. */
static inline char json_next(const char *at, const char *end)
{
    return at < end ? *at : '\0';
}

static inline const char *json_pass_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* The next byte behind white space, to which `*at` moves; most texts have none. */
static inline char json_token(const char **at, const char *end)
{
    const char c = json_next(*at, end);

    /* Where char is signed, bytes that are not ASCII take the longer way, too. */
    if (__builtin_expect(c > ' ', true))
        return c;
    *at = json_pass_space(*at, end);
    return json_next(*at, end);
}

/*
 * Past the string whose opening quote is at `at`. `*ret_escaped` says whether it has escapes; not
 * sure of one that stands for NUL.
 */
const char *json_pass_string(const char *at, const char *end, bool *ret_escaped);

/* The same for the strings that there are most of, short and plain; NULL for all others. */
static inline const char *json_pass_short_string(const char *at, const char *end)
{
    const char *quote;

    if (end - at <= JSON_PLAIN_WIDTH)
        return NULL;
    quote = at + 1 + json_plain_count(at + 1);
    return quote < end && *quote == '"' ? quote + 1 : NULL;
}

/* Past the value at `at`, which has no white space before it. Duplicate keys pass. */
const char *json_pass(const char *at, const char *end);

#endif
