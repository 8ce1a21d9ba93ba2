/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/modprobe.h"

#include <string.h>

/* --- modprobe.d ------------------------------------------------------------------------------ */

/* The end of the line that begins at `start`: of its last continuation. */
static size_t find_end(struct str text, size_t start, bool *ret_has_backslash)
{
    size_t end = start;

    *ret_has_backslash = false;
    while (end < text.len && text.data[end] != '\n') {
        if (text.data[end] == '\\') {
            *ret_has_backslash = true;
            end++;
        }
        end += end < text.len;
    }
    return end;
}

/* Moves over one byte of the result: over a backslash, and over a line feed behind it. */
static void skip_folds(struct str raw, struct text_place *place)
{
    while (place->at + 1 < raw.len && raw.data[place->at] == '\\' &&
           raw.data[place->at + 1] == '\n') {
        place->at += 2;
        place->line++;
    }
    if (place->at < raw.len && raw.data[place->at] == '\\')
        place->at++;
}

static struct str unfold(struct str raw, struct arena *arena)
{
    char *out = arena_alloc(arena, raw.len + 1, 1);
    struct text_place place = {0, 0};
    size_t len = 0;

    if (!out)
        return STR("");
    for (;;) {
        skip_folds(raw, &place);
        if (place.at >= raw.len)
            return (struct str){out, len};
        out[len++] = raw.data[place.at++];
    }
}

/* As libkmod has it: a hash is a comment only where a line begins. */
static bool says_something(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t' && text.data[i] != '\r')
            return text.data[0] != '#';
    }
    return false;
}

static size_t count_line_feeds(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

bool modprobe_lines_next(struct modprobe_lines *lines, struct modprobe_line *ret_line)
{
    while (lines->next.at < lines->text.len) {
        bool has_backslash;
        size_t start = lines->next.at;
        size_t end = find_end(lines->text, start, &has_backslash);
        struct str raw = str_slice(lines->text, start, end - start);

        *ret_line = (struct modprobe_line){
            .text = has_backslash ? unfold(raw, lines->arena) : raw,
            .number = lines->next.line,
            .raw = raw,
            .known = {0, lines->next.line},
            .is_cut = str_ends_with(raw, STR("\\\r")),
            .behind_cut = str_ends_with(str_slice(lines->text, 0, start), STR("\\\r\n")),
        };
        lines->next.at = end + 1;
        lines->next.line += 1 + (has_backslash ? count_line_feeds(raw) : 0);
        if (says_something(ret_line->text))
            return true;
    }
    return false;
}

size_t modprobe_line_number(struct modprobe_line *line, size_t at)
{
    if (at < line->known_at) {
        line->known = (struct text_place){0, line->number};
        line->known_at = 0;
    }
    for (;;) {
        struct text_place here = line->known;

        skip_folds(line->raw, &here);
        if (line->known_at >= at || here.at >= line->raw.len)
            return here.line;
        here.at++;
        line->known = here;
        line->known_at++;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str modprobe_word(struct str *rest)
{
    size_t start = 0;
    size_t end;
    struct str word;

    while (start < rest->len && is_blank(rest->data[start]))
        start++;
    for (end = start; end < rest->len && !is_blank(rest->data[end]);)
        end++;
    word = str_slice(*rest, start, end - start);
    *rest = str_slice(*rest, end, rest->len);
    return word;
}

/* --- modules-load.d -------------------------------------------------------------------------- */

bool modules_load_next(struct str text, struct text_place *next, struct str *ret_module,
                       size_t *ret_line)
{
    while (next->at < text.len) {
        struct str rest = str_slice(text, next->at, text.len);
        struct str line = str_slice(rest, 0, str_find(rest, '\n'));

        *ret_line = next->line++;
        next->at += line.len + 1;
        *ret_module = str_trim(line);
        if (ret_module->len > 0 && !strchr("#;", ret_module->data[0]))
            return true;
    }
    return false;
}
