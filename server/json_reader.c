/* SPDX-License-Identifier: Apache-2.0 */
#include "server/json_reader.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* The byte after the string that begins at text[at] (a quote). */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++) {
        if (text[at] == '\\')
            at++;
    }
    return at + 1;
}

/*
 * Whether there are too many values, without parsing: outside strings, every comma and every
 * bracket stands for one (an empty pair of brackets counts as two).
 */
static bool has_too_many_values(const char *text, size_t len)
{
    size_t values = 1;
    size_t at = 0;

    while (at < len && values <= JSON_READER_MAX_VALUES) {
        char c = text[at];

        if (c == '"') {
            at = skip_string(text, len, at);
        } else {
            values += c == ',' || c == '[' || c == '{';
            at++;
        }
    }
    return values > JSON_READER_MAX_VALUES;
}

/* jansson quotes the text near the fault: input, so it is escaped. */
static void describe(const json_error_t *fault, struct error *err)
{
    struct text words CLEANUP_TEXT = TEXT_INIT(JSON_ERROR_TEXT_LENGTH * 6);

    text_add_escaped(&words, str_from(fault->text));
    error_set(err, "line %d, column %d: %s", fault->line, fault->column, text_get(&words));
}

enum json_reader_result json_read(const char *text, size_t len, json_t **ret_value,
                                  struct error *err)
{
    const char *nul = len > 0 ? memchr(text, '\0', len) : NULL;
    json_error_t fault;
    json_t *value;

    if (nul) {
        error_set(err, "byte %zu is NUL, which JSON does not allow", (size_t)(nul - text) + 1);
        return JSON_READ_MALFORMED;
    }
    if (has_too_many_values(text, len)) {
        error_set(err, "holds more than %zu JSON values", JSON_READER_MAX_VALUES);
        return JSON_READ_TOO_LARGE;
    }
    value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
                       &fault);
    if (!value) {
        describe(&fault, err);
        return JSON_READ_MALFORMED;
    }
    *ret_value = value;
    return JSON_READ;
}
