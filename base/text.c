/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Less than that is not worth moving a text for. */
#define SLACK ((size_t)4 * 1024)

/* False: out of memory. */
static bool resize(struct text *text, size_t capacity)
{
    char *data = realloc(text->data, capacity);

    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

/* Makes room for `more` bytes and a terminator. */
static bool grow(struct text *text, size_t more)
{
    size_t needed = text->len + more + 1;
    size_t capacity = text->capacity ? text->capacity : 128;

    if (needed <= text->capacity)
        return true;
    while (capacity < needed)
        capacity *= 2;
    return resize(text, capacity);
}

bool text_reserve(struct text *text, size_t bytes)
{
    if (bytes > text->limit - text->len)
        text->truncated = true;
    if (text->failed || text->truncated)
        return false;
    if (text->len + bytes + 1 > text->capacity && !resize(text, text->len + bytes + 1))
        return false;
    text->data[text->len] = '\0';
    return true;
}

void text_shrink(struct text *text)
{
    char *data;

    if (text->capacity - text->len < SLACK)
        return;
    data = realloc(text->data, text->len + 1);
    if (!data)
        return; /* it stays as it is */
    text->data = data;
    text->capacity = text->len + 1;
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
    if (!grow(text, part.len))
        return;
    memcpy(text->data + text->len, part.data, part.len);
    text->len += part.len;
    text->data[text->len] = '\0';
}

void text_add_number(struct text *text, size_t number)
{
    char digits[20]; /* 64 bits have no more */
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_add_str(text, (struct str){digits + at, sizeof digits - at});
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

void text_add_percent(struct text *text, struct str part, char also)
{
    for (size_t i = 0; i < part.len; i++) {
        const char c = part.data[i];

        if (ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == also)
            text_add_str(text, str_slice(part, i, 1));
        else
            text_addf(text, "%%%02X", (unsigned)(unsigned char)c);
    }
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

/* `special` has two characters at most. */
static bool is_special(char c, const char *special)
{
    return special[0] != '\0' && (c == special[0] || c == special[1]);
}

/* How many bytes, of `most` from `at` on, are written as they are: ASCII but for `special`. */
static size_t plain_run(struct str part, size_t at, size_t most, const char *special)
{
    const size_t start = at;

    if (most < part.len - at)
        part.len = at + most;
    while (at < part.len && part.data[at] >= ' ' && part.data[at] < 0x7F &&
           !is_special(part.data[at], special))
        at++;
    return at - start;
}

/* Adds at most `max_bytes`, counted as they are written. False: something was left out. */
static bool add_escaped(struct text *text, struct str part, const char *special, size_t max_bytes)
{
    char buffer[16];
    size_t at = 0;

    while (at < part.len) {
        /* One more than may be written shows that something is left out. */
        size_t size = plain_run(part, at, max_bytes < SIZE_MAX ? max_bytes + 1 : SIZE_MAX, special);
        struct str piece = {part.data + at, size};
        unsigned rune;

        if (size > max_bytes) {
            text_add_str(text, (struct str){piece.data, max_bytes});
            return false;
        }
        if (size == 0) {
            size = utf8_decode(part, at, &rune);
            piece = escaped(part, at, size, rune, special, buffer);
        }
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
