/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/document_text.h"

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* libyaml compares each %TAG directive with all before it. Nobody writes more than a few. */
#define MAX_TAG_DIRECTIVES 100

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/*
 * The number of bytes from `at` on, eight at a time, that are ASCII characters from a space on:
 * each is one column, and most texts are nothing else.
 */
static size_t plain_run(struct str text, size_t at, size_t to)
{
    size_t start = at;
    uint64_t bytes;

    for (; to - at >= sizeof bytes; at += sizeof bytes) {
        memcpy(&bytes, text.data + at, sizeof bytes);
        if ((bytes | (bytes - EACH_BYTE * ' ')) & HIGH_BITS)
            break;
    }
    return at - start;
}

void document_place_move(struct document_place *place, struct str text, size_t from, size_t to)
{
    size_t i = from;

    while (i < to) {
        size_t plain = plain_run(text, i, to);
        char c, next;

        place->column += plain;
        i += plain;
        if (i == to)
            break;
        c = text.data[i];
        next = i + 1 < text.len ? text.data[i + 1] : '\0';
        if (c == '\n' || (c == '\r' && next != '\n'))
            *place = (struct document_place){place->line + 1, 1};
        else if (((unsigned char)c & 0xC0) != 0x80)
            place->column++;
        i++;
    }
}

struct document_place document_place_at(struct str text, size_t offset)
{
    struct document_place place = {1, 1};

    document_place_move(&place, text, 0, offset < text.len ? offset : text.len);
    return place;
}

bool document_place_wrap(struct document_place place, struct error *err)
{
    return error_wrap(err, "line %zu, column %zu", place.line, place.column);
}

const char *document_place_unwrap(const char *message, struct document_place *ret_place)
{
    struct document_place place;
    int used = 0;

    *ret_place = (struct document_place){0};
    /* NOLINTNEXTLINE(cert-err34-c): the numbers are our own */
    if (sscanf(message, "line %zu, column %zu: %n", &place.line, &place.column, &used) != 2 ||
        used == 0)
        return message;
    *ret_place = place;
    return message + used;
}

/* Fails with `message` at a place. */
static bool fail_at(struct str text, size_t offset, const char *message, struct error *err)
{
    error_set(err, "%s", message);
    return document_place_wrap(document_place_at(text, offset), err);
}

bool document_text_check(struct str *text, struct error *err)
{
    struct str rest = *text;

    if (str_starts_with(rest, STR("\xFF\xFE")) || str_starts_with(rest, STR("\xFE\xFF")))
        return error_set(err, "the text is UTF-16, not UTF-8; save it as UTF-8");
    if (str_starts_with(rest, STR("\xEF\xBB\xBF")))
        rest = str_slice(rest, 3, rest.len);
    for (size_t at = plain_run(rest, 0, rest.len); rest.data && at < rest.len;) {
        unsigned rune = (unsigned char)rest.data[at];
        size_t size = rune < 0x80 ? 1 : utf8_decode(rest, at, &rune);

        if (rune == 0)
            return fail_at(rest, at, "there is a NUL byte, which no text holds", err);
        if (rune == 0xFFFD && size == 1)
            return fail_at(rest, at, "the bytes here are not UTF-8; save the text as UTF-8", err);
        at += size;
        at += plain_run(rest, at, rest.len);
    }
    *text = rest;
    return true;
}

/* The characters that YAML 1.1 allows in a text (section 5.1). */
static bool is_printable(unsigned rune)
{
    return rune == '\t' || rune == '\n' || rune == '\r' || (rune >= 0x20 && rune < 0x7F) ||
           rune == 0x85 || (rune >= 0xA0 && rune != 0xFFFE && rune != 0xFFFF);
}

static bool check_characters(struct str text, size_t from, struct error *err)
{
    for (size_t at = from; at < text.len;) {
        unsigned rune = (unsigned char)text.data[at];
        size_t size = rune < 0x80 ? 1 : utf8_decode(text, at, &rune);

        if (!is_printable(rune)) {
            error_set(err,
                      "the control character U+%04X is not allowed in YAML; remove it, or write it "
                      "as an escape in double quotes",
                      rune);
            return document_place_wrap(document_place_at(text, at), err);
        }
        at += size;
    }
    return true;
}

/* What follows the three hyphens up to the end of the line. */
static bool check_separator(struct str text, size_t at, struct error *err)
{
    struct str rest = str_slice(text, at + 3, text.len);
    struct str line = str_slice(rest, 0, str_find(rest, '\n'));

    if (str_starts_with(line, STR("#")))
        return fail_at(text, at, "write a space between --- and the comment", err);
    line = str_trim(line);
    if (line.len > 0 && line.data[0] != '#')
        return fail_at(text, at,
                       "a line that begins with --- divides documents and may only hold a comment, "
                       "as kubectl has it; put the rest on a line of its own",
                       err);
    return true;
}

static bool check_lines(struct str text, size_t from, struct error *err)
{
    unsigned tags = 0;
    size_t at = from;

    while (at < text.len) {
        struct str rest = str_slice(text, at, text.len);

        if (str_starts_with(rest, STR("---")) && !check_separator(text, at, err))
            return false;
        if (str_starts_with(rest, STR("%TAG")) && ++tags > MAX_TAG_DIRECTIVES)
            return fail_at(text, at, "too many %TAG directives; write the tags in full", err);
        at += str_find(rest, '\n') + 1;
    }
    return true;
}

bool document_text_check_yaml(struct str text, size_t from, struct error *err)
{
    return check_characters(text, from, err) && check_lines(text, from, err);
}
