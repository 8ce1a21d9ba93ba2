/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_scan.h"

#include "server/documents/json_plain.h"

/* --- strings ---------------------------------------------------------------------------------- */

/* What is not ASCII was found to be UTF-8 before. */
struct str json_scan_run(struct json_scan *scan)
{
    const char *const start = scan->text.data + scan->at;
    const char *const end = scan->text.data + scan->text.len;
    const char *at = json_plain_end(start, end);

    while (at < end && (unsigned char)*at >= 0x80)
        at = json_plain_end(at + 1, end);
    scan->at += (size_t)(at - start);
    return (struct str){start, (size_t)(at - start)};
}

/* --- numbers and words ------------------------------------------------------------------------ */

static size_t count_digits(const struct json_scan *scan, size_t ahead)
{
    size_t count = 0;

    while (ascii_is_digit(json_scan_peek(scan, ahead + count)))
        count++;
    return count;
}

size_t json_scan_number(const struct json_scan *scan)
{
    size_t len = json_scan_peek(scan, 0) == '-' ? 1 : 0;
    size_t digits = count_digits(scan, len);

    if (digits == 0 || (digits > 1 && json_scan_peek(scan, len) == '0'))
        return 0;
    len += digits;
    if (json_scan_peek(scan, len) == '.') {
        digits = count_digits(scan, len + 1);
        if (digits == 0)
            return 0;
        len += 1 + digits;
    }
    if (ascii_lower(json_scan_peek(scan, len)) == 'e') {
        len += json_scan_peek(scan, len + 1) == '-' || json_scan_peek(scan, len + 1) == '+' ? 2 : 1;
        digits = count_digits(scan, len);
        if (digits == 0)
            return 0;
        len += digits;
    }
    return len;
}

bool json_scan_word(struct json_scan *scan, struct str word)
{
    if (!str_starts_with(str_slice(scan->text, scan->at, word.len), word))
        return false;
    scan->at += word.len;
    return true;
}
