/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/text_lines.h"

/* What an excerpt that does not begin with its line has before the place. */
#define BEFORE (TEXT_EXCERPT_WIDTH / 2)
/* In a line up to here the excerpt begins with the line. */
#define NEAR (TEXT_EXCERPT_WIDTH - 20)

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* Where the next line begins: a line ends with \n, \r\n or \r, as document_place counts. */
static size_t next_start(struct str text, size_t at)
{
    while (at < text.len && !is_line_end(text.data[at]))
        at++;
    if (at + 1 < text.len && text.data[at] == '\r' && text.data[at + 1] == '\n')
        at++;
    return at < text.len ? at + 1 : at;
}

static void find_starts(struct text_lines *lines)
{
    size_t count = 1;

    for (size_t at = 0; at < lines->text.len; at = next_start(lines->text, at))
        count++;
    lines->starts = arena_alloc(lines->arena, count, sizeof *lines->starts);
    if (!lines->starts)
        return;
    for (size_t at = 0; at < lines->text.len; at = next_start(lines->text, at))
        lines->starts[lines->count++] = at;
    if (str_starts_with(lines->text, STR("\xEF\xBB\xBF")))
        lines->starts[0] = 3;
}

static size_t end_of(const struct text_lines *lines, size_t line)
{
    size_t end = line < lines->count ? lines->starts[line] : lines->text.len;

    while (end > lines->starts[line - 1] && is_line_end(lines->text.data[end - 1]))
        end--;
    return end;
}

static size_t step(struct str text, size_t at)
{
    unsigned rune;

    return at + utf8_decode(text, at, &rune);
}

static size_t step_back(struct str text, size_t at)
{
    do
        at--;
    while (at > 0 && ((unsigned char)text.data[at] & 0xC0) == 0x80);
    return at;
}

/*
 * Moves to the place, or to the end of its line. From the last place on that line it goes back as
 * well as on; from the line's beginning where that is nearer.
 */
static void move_to(struct text_lines *lines, struct document_place place, size_t end)
{
    if (lines->place.line != place.line || lines->place.column > 2 * place.column) {
        lines->place = (struct document_place){place.line, 1};
        lines->at = lines->starts[place.line - 1];
    }
    for (; lines->place.column > place.column; lines->place.column--)
        lines->at = step_back(lines->text, lines->at);
    while (lines->place.column < place.column && lines->at < end) {
        lines->at = step(lines->text, lines->at);
        lines->place.column++;
    }
}

bool text_lines_offset(struct text_lines *lines, struct document_place place, size_t *ret_offset)
{
    if (!lines->starts && place.line > 0)
        find_starts(lines);
    if (place.line == 0 || place.line > lines->count || place.column == 0)
        return false;
    move_to(lines, place, end_of(lines, place.line));
    *ret_offset = lines->at;
    return lines->place.column == place.column;
}

struct text_excerpt text_lines_excerpt(struct text_lines *lines, struct document_place place)
{
    struct text_excerpt excerpt = {.column = place.column};
    size_t start, from, to, end;

    if (!lines->starts && place.line > 0)
        find_starts(lines);
    if (place.line == 0 || place.line > lines->count)
        return excerpt;
    start = lines->starts[place.line - 1];
    end = end_of(lines, place.line);
    move_to(lines, place, end);
    from = start;
    excerpt.column = lines->place.column;
    if (excerpt.column > NEAR) {
        from = lines->at;
        for (excerpt.column = 1; excerpt.column <= BEFORE && from > start; excerpt.column++)
            from = step_back(lines->text, from);
    }
    to = lines->at;
    for (size_t i = excerpt.column; i <= TEXT_EXCERPT_WIDTH && to < end; i++)
        to = step(lines->text, to);
    excerpt.text = str_slice(lines->text, from, to - from);
    excerpt.cut_before = from > start;
    excerpt.cut_behind = to < end;
    return excerpt;
}
