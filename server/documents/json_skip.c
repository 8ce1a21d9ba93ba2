/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_skip.h"

#include "server/documents/document_tree.h"
#include "server/documents/json_string.h"
#include "server/documents/yaml_number.h"

#include "base/text.h"

/* Of so many digits without an exponent no number is beyond a double (1.8e308). */
#define SURELY_FINITE ((size_t)300)

struct skipper {
    struct json_scan *scan;
    size_t levels; /* that may still be opened */
    struct arena *arena;
    struct error *err;
};

static enum json_skip_result skip_value(struct skipper *skipper);

/* The escape here, whose value is only of interest when it is NUL. */
static bool skip_escape(struct json_scan *scan, bool *holds_nul)
{
    struct json_character character;
    size_t taken = json_escape_decode(str_slice(scan->text, scan->at, scan->text.len), &character);

    if (taken == 0)
        return false;
    scan->at += taken;
    *holds_nul = *holds_nul || character.bytes[0] == '\0';
    return true;
}

static enum json_skip_result skip_string(struct skipper *skipper, bool *ret_holds_nul)
{
    struct json_scan *scan = skipper->scan;

    *ret_holds_nul = false;
    scan->at++;
    json_scan_run(scan);
    while (json_scan_peek(scan, 0) == '\\') {
        if (!skip_escape(scan, ret_holds_nul))
            return JSON_SKIP_NOT_JSON;
        json_scan_run(scan);
    }
    if (json_scan_peek(scan, 0) != '"')
        return JSON_SKIP_NOT_JSON;
    scan->at++;
    return JSON_SKIPPED;
}

static bool may_overflow(struct str number)
{
    return number.len > SURELY_FINITE || str_find(number, 'e') < number.len ||
           str_find(number, 'E') < number.len;
}

static enum json_skip_result skip_number(struct skipper *skipper)
{
    struct json_scan *scan = skipper->scan;
    struct str number = str_slice(scan->text, scan->at, json_scan_number(scan));
    struct yaml_scalar scalar = {.kind = number.len > 0 ? SCALAR_REAL : SCALAR_STRING};

    if (number.len > 0 && may_overflow(number)) {
        scalar.kind = SCALAR_STRING;
        if (!yaml_number_read(number, skipper->arena, &scalar)) {
            error_set_no_memory(skipper->err);
            return JSON_SKIP_REFUSED;
        }
    }
    if (scalar.kind == SCALAR_STRING)
        return JSON_SKIP_NOT_JSON;
    scan->at += number.len;
    return JSON_SKIPPED;
}

static enum json_skip_result skip_member(struct skipper *skipper)
{
    struct json_scan *scan = skipper->scan;
    enum json_skip_result result;
    size_t start;
    bool holds_nul;

    json_scan_space(scan);
    start = scan->at;
    if (json_scan_peek(scan, 0) != '"')
        return JSON_SKIP_NOT_JSON;
    result = skip_string(skipper, &holds_nul);
    if (result != JSON_SKIPPED)
        return result;
    if (holds_nul) {
        scan->at = start;
        error_set(skipper->err, "a key holds a NUL character");
        return JSON_SKIP_REFUSED;
    }
    return json_scan_take(scan, ':') ? skip_value(skipper) : JSON_SKIP_NOT_JSON;
}

static enum json_skip_result skip_items(struct skipper *skipper, char end,
                                        enum json_skip_result (*skip_item)(struct skipper *))
{
    struct json_scan *scan = skipper->scan;
    enum json_skip_result result;

    if (skipper->levels == 0) {
        document_tree_too_deep(skipper->err);
        return JSON_SKIP_REFUSED;
    }
    scan->at++;
    if (json_scan_take(scan, end))
        return JSON_SKIPPED;
    skipper->levels--;
    do {
        result = skip_item(skipper);
        if (result != JSON_SKIPPED)
            return result;
    } while (json_scan_take(scan, ','));
    skipper->levels++;
    return json_scan_take(scan, end) ? JSON_SKIPPED : JSON_SKIP_NOT_JSON;
}

/* Recurses no deeper than `levels`. */
static enum json_skip_result skip_value(struct skipper *skipper)
{
    struct json_scan *scan = skipper->scan;
    bool holds_nul;

    json_scan_space(scan);
    switch (json_scan_peek(scan, 0)) {
    case '{':
        return skip_items(skipper, '}', skip_member);
    case '[':
        return skip_items(skipper, ']', skip_value);
    case '"':
        return skip_string(skipper, &holds_nul);
    case 't':
    case 'f':
    case 'n':
        return json_scan_word(scan, STR("true")) || json_scan_word(scan, STR("false")) ||
                       json_scan_word(scan, STR("null"))
                   ? JSON_SKIPPED
                   : JSON_SKIP_NOT_JSON;
    default:
        return skip_number(skipper);
    }
}

enum json_skip_result json_skip_value(struct json_scan *scan, size_t levels, struct arena *arena,
                                      struct error *err)
{
    struct skipper skipper = {scan, levels, arena, err};

    return skip_value(&skipper);
}
