/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
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

/* How one character is written: itself, or its escape in `buffer`. `special` get a backslash. */
static struct str escaped(struct str part, size_t at, size_t size, unsigned rune,
                          const char *special, char buffer[16])
{
    bool broken = rune == 0xFFFD && size == 1;

    if (broken)
        snprintf(buffer, 16, "\\x%02x", (unsigned)(unsigned char)part.data[at]);
    else if (rune != 0 && rune < 0x80 && strchr(special, (int)rune))
        snprintf(buffer, 16, "\\%c", (int)rune);
    else if (!is_unsafe(rune))
        return str_slice(part, at, size);
    else if (rune == '\n' || rune == '\t' || rune == '\r')
        snprintf(buffer, 16, "\\%c", rune == '\n' ? 'n' : rune == '\t' ? 't' : 'r');
    else
        snprintf(buffer, 16, rune > 0xFFFF ? "\\U%08x" : "\\u%04x", rune);
    return str_from(buffer);
}

/* Adds at most `max_bytes`, counted as they are written. False: something was left out. */
static bool add_escaped(struct text *text, struct str part, const char *special, size_t max_bytes)
{
    char buffer[16];
    size_t at = 0;

    while (at < part.len) {
        unsigned rune;
        size_t size = utf8_decode(part, at, &rune);
        struct str piece = escaped(part, at, size, rune, special, buffer);

        if (piece.len > max_bytes)
            return false;
        max_bytes -= piece.len;
        text_add_str(text, piece);
        at += size;
    }
    return true;
}

void text_add_escaped(struct text *text, struct str part)
{
    add_escaped(text, part, "\\", SIZE_MAX);
}

void text_add_visible(struct text *text, struct str part)
{
    add_escaped(text, part, "", SIZE_MAX);
}

void text_add_quoted(struct text *text, struct str part, size_t max_bytes)
{
    text_add(text, "\"");
    text_add(text, add_escaped(text, part, "\\\"", max_bytes) ? "\"" : "…\"");
}

size_t utf8_count(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}
