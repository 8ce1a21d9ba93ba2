/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

struct str str_from(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}

bool str_equal(struct str a, struct str b)
{
    if (!a.data || !b.data)
        return a.data == b.data;
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

bool str_equal_ignoring_case(struct str a, struct str b)
{
    if (!a.data || !b.data)
        return a.data == b.data;
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    }
    return true;
}

int str_compare(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_starts_with(struct str text, struct str part)
{
    return text.data && text.len >= part.len && memcmp(text.data, part.data, part.len) == 0;
}

bool str_ends_with(struct str text, struct str part)
{
    return text.data && text.len >= part.len &&
           memcmp(text.data + text.len - part.len, part.data, part.len) == 0;
}

struct str str_slice(struct str text, size_t from, size_t len)
{
    if (from > text.len)
        from = text.len;
    if (len > text.len - from)
        len = text.len - from;
    return (struct str){text.data ? text.data + from : NULL, len};
}

struct str str_trim(struct str text)
{
    while (text.len > 0 && ascii_is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && ascii_is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

size_t str_find(struct str text, char byte)
{
    const char *hit = text.len > 0 ? memchr(text.data, byte, text.len) : NULL;

    return hit ? (size_t)(hit - text.data) : text.len;
}

size_t utf8_decode(struct str text, size_t at, unsigned *ret_rune)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text.data + at;
    size_t left = text.len - at;
    size_t size = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
    unsigned rune;

    *ret_rune = 0xFFFD;
    if (size == 0 || size > left || p[0] > 0xF4)
        return 1;
    rune = size == 1 ? p[0] : p[0] & (0x7FU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 1;
        rune = rune << 6 | (p[i] & 0x3F);
    }
    if (size > 1 && (rune < smallest[size] || rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000)))
        return 1;
    *ret_rune = rune;
    return size;
}
