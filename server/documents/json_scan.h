/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of JSON in a text, looked at without building anything: what the reader and the one who
 * passes over values have in common. The text is UTF-8 without NUL, see document_text_check().
 */
#ifndef SERVER_DOCUMENTS_JSON_SCAN_H
#define SERVER_DOCUMENTS_JSON_SCAN_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct json_scan {
    struct str text;
    size_t at; /* the byte that is looked at next */
};

/* The byte at `ahead` from here; NUL, which no text holds, behind the end. */
static inline char json_scan_peek(const struct json_scan *scan, size_t ahead)
{
    return ahead < scan->text.len - scan->at ? scan->text.data[scan->at + ahead] : '\0';
}

/* Inline, these two, as most texts have no white space: they are called for every token. */
static inline void json_scan_space(struct json_scan *scan)
{
    for (char c = json_scan_peek(scan, 0); c == ' ' || c == '\t' || c == '\n' || c == '\r';
         c = json_scan_peek(scan, 0))
        scan->at++;
}

/* Takes `c` and white space before it. False: something else comes. */
static inline bool json_scan_take(struct json_scan *scan, char c)
{
    json_scan_space(scan);
    if (json_scan_peek(scan, 0) != c)
        return false;
    scan->at++;
    return true;
}

/* Takes the bytes of a string up to the next quote, backslash or control character. */
struct str json_scan_run(struct json_scan *scan);

/* The length of the number here, -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?, or 0. */
size_t json_scan_number(const struct json_scan *scan);

/* Takes `word` when it comes next. */
bool json_scan_word(struct json_scan *scan, struct str word);

#endif
