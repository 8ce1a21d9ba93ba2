/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `more` bytes and a terminator. False: out of memory. */
static bool reserve(struct text *text, size_t more)
{
    size_t needed = text->len + more + 1;
    size_t capacity = text->capacity ? text->capacity : 128;
    char *data;

    if (needed <= text->capacity)
        return true;
    while (capacity < needed)
        capacity *= 2;
    data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_free(struct text *text)
{
    free(text->data);
    text->data = NULL;
    text->len = text->capacity = 0;
}

const char *text_get(const struct text *text)
{
    return text->data ? text->data : "";
}

void text_cut(struct text *text, size_t len)
{
    if (len < text->len) {
        text->len = len;
        text->data[len] = '\0';
    }
}

void text_add(struct text *text, const char *part)
{
    text_add_str(text, str_from(part));
}

void text_add_str(struct text *text, struct str part)
{
    if (text->truncated || text->failed || part.len == 0)
        return;
    if (part.len > text->limit - text->len) {
        part.len = text->limit - text->len;
        while (part.len > 0 && ((unsigned char)part.data[part.len] & 0xC0) == 0x80)
            part.len--;
        text->truncated = true;
    }
    if (!reserve(text, part.len))
        return;
    memcpy(text->data + text->len, part.data, part.len);
    text->len += part.len;
    text->data[text->len] = '\0';
}

void text_addf(struct text *text, const char *format, ...)
{
    char small[256];
    char *large = NULL;
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (size < 0 || text->failed)
        return;
    if ((size_t)size < sizeof small) {
        text_add(text, small);
        return;
    }
    va_start(args, format);
    if (vasprintf(&large, format, args) < 0) {
        text->failed = true;
    } else {
        text_add(text, large);
        free(large);
    }
    va_end(args);
}

/* Characters that must never reach a reader raw: they move the cursor or reorder what is shown. */
static bool is_unsafe(unsigned rune)
{
    return rune < 0x20 || (rune >= 0x7F && rune < 0xA0) || rune == 0xAD || rune == 0x61C ||
           rune == 0x180E || (rune >= 0x200B && rune <= 0x200F) ||
           (rune >= 0x2028 && rune <= 0x202E) || (rune >= 0x2060 && rune <= 0x206F) ||
           rune == 0xFEFF || (rune >= 0xFFF9 && rune <= 0xFFFB) || (rune & 0xFFFE) == 0xFFFE ||
           (rune >= 0xE0000 && rune <= 0xE0FFF);
}

static void add_escaped_rune(struct text *text, unsigned rune)
{
    if (rune == '\n')
        text_add(text, "\\n");
    else if (rune == '\t')
        text_add(text, "\\t");
    else if (rune == '\r')
        text_add(text, "\\r");
    else if (rune > 0xFFFF)
        text_addf(text, "\\U%08x", rune);
    else
        text_addf(text, "\\u%04x", rune);
}

static void add_escaped(struct text *text, struct str part, bool quotes)
{
    size_t plain = 0; /* start of the run that needs no escape */
    size_t at = 0;

    while (at < part.len) {
        unsigned rune;
        size_t size = utf8_decode(part, at, &rune);
        bool broken = rune == 0xFFFD && size == 1;
        bool special = rune == '\\' || (quotes && rune == '"');

        if (broken || special || is_unsafe(rune)) {
            text_add_str(text, str_slice(part, plain, at - plain));
            if (broken)
                text_addf(text, "\\x%02x", (unsigned)(unsigned char)part.data[at]);
            else if (special)
                text_addf(text, "\\%c", (int)rune);
            else
                add_escaped_rune(text, rune);
            plain = at + size;
        }
        at += size;
    }
    text_add_str(text, str_slice(part, plain, at - plain));
}

void text_add_escaped(struct text *text, struct str part)
{
    add_escaped(text, part, false);
}

void text_add_quoted(struct text *text, struct str part, size_t max_bytes)
{
    struct str shown = part;

    if (shown.len > max_bytes) {
        shown.len = max_bytes;
        while (shown.len > 0 && ((unsigned char)part.data[shown.len] & 0xC0) == 0x80)
            shown.len--;
    }
    text_add(text, "\"");
    add_escaped(text, shown, true);
    text_add(text, shown.len < part.len ? "…\"" : "\"");
}

size_t utf8_count(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}
