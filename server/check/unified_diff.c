/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/unified_diff.h"

/* Lines around a change. */
#define CONTEXT ((size_t)3)

struct differ {
    struct text *diff;
    struct str text;
    const struct text_edits *edits;
    size_t next;     /* the first edit that is not told yet */
    size_t at;       /* the first byte of a line, and */
    size_t old_line; /* its number, from 1, */
    size_t new_line; /* and in the new text */
};

/* Lines of a hunk, while it is put together. */
struct hunk {
    struct text lines;
    size_t old_count, new_count;
    size_t left_out; /* bytes of a line at its beginning that is one too many */
};

/* --- names ----------------------------------------------------------------------------------- */

static bool must_be_quoted(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];

        if (c < ' ' || c == 0x7F || c == '"' || c == '\\')
            return true;
    }
    return false;
}

/* As git has it; a name with a blank has a tab behind it, so that it is seen where it ends. */
static void add_name(struct text *diff, const char *mark, const char *side, struct str name)
{
    bool quoted = must_be_quoted(name);

    text_addf(diff, "%s %s%s", mark, quoted ? "\"" : "", side);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];

        if (c == '"' || c == '\\')
            text_add(diff, "\\");
        if (c < ' ' || c == 0x7F)
            text_addf(diff, "\\%03o", c);
        else
            text_add_str(diff, str_slice(name, i, 1));
    }
    text_add(diff, quoted ? "\"\n" : str_find(name, ' ') < name.len ? "\t\n" : "\n");
}

static void add_names(struct text *diff, const char *name)
{
    struct str rest = str_from(name);

    while (str_starts_with(rest, STR("/")) || str_starts_with(rest, STR("./")))
        rest = str_slice(rest, rest.data[0] == '/' ? 1 : 2, rest.len);
    add_name(diff, "---", "a/", rest);
    add_name(diff, "+++", "b/", rest);
}

/* --- lines ----------------------------------------------------------------------------------- */

static size_t line_end(struct str text, size_t at)
{
    size_t end = at + str_find(str_slice(text, at, text.len), '\n');

    return end < text.len ? end + 1 : end;
}

static void add_line(struct hunk *hunk, const char *mark, struct str line)
{
    text_add(&hunk->lines, mark);
    text_add_str(&hunk->lines, line);
    if (!str_ends_with(line, STR("\n")))
        text_add(&hunk->lines, "\n\\ No newline at end of file\n");
    hunk->old_count += mark[0] != '+';
    hunk->new_count += mark[0] != '-';
}

/* True when an edit is in the line from `at` up to `end`. */
static bool is_changed(const struct differ *differ, size_t end)
{
    size_t at;

    if (differ->next == differ->edits->count)
        return false;
    at = differ->edits->items[differ->next].at;
    return at < end || end == differ->text.len;
}

/* A line, and what becomes of it. True: it stays, and new lines are added behind it. */
static bool add_change(struct differ *differ, struct hunk *hunk, struct str line)
{
    struct text result CLEANUP_TEXT = TEXT_INIT(hunk->lines.limit);
    struct str rest;
    bool stays;

    text_edits_apply_part(differ->edits, differ->text, differ->at, differ->at + line.len,
                          &differ->next, &result);
    hunk->lines.failed |= result.failed;
    rest = (struct str){text_get(&result), result.len};
    stays = str_ends_with(line, STR("\n")) && str_starts_with(rest, line);
    add_line(hunk, stays ? " " : "-", line);
    if (stays)
        rest = str_slice(rest, line.len, rest.len);
    while (rest.len > 0) {
        struct str new_line = str_slice(rest, 0, line_end(rest, 0));

        add_line(hunk, "+", new_line);
        rest = str_slice(rest, new_line.len, rest.len);
    }
    return stays;
}

/* --- hunks ----------------------------------------------------------------------------------- */

/* True when the next change is in one of the lines from `at` on whose contexts touch. */
static bool goes_on(const struct differ *differ)
{
    size_t end = differ->at;

    for (size_t i = 0; i <= CONTEXT && end < differ->text.len; i++) {
        end = line_end(differ->text, end);
        if (is_changed(differ, end))
            return true;
    }
    return false;
}

/* Moves to the context of the next change; the lines up to there are the same. */
static void go_to_change(struct differ *differ)
{
    size_t starts[CONTEXT + 1];
    size_t lines = 0;

    for (;;) {
        size_t end = line_end(differ->text, differ->at);

        starts[lines % (CONTEXT + 1)] = differ->at;
        if (is_changed(differ, end))
            break;
        differ->at = end;
        lines++;
    }
    differ->old_line += lines - (lines < CONTEXT ? lines : CONTEXT);
    differ->new_line += lines - (lines < CONTEXT ? lines : CONTEXT);
    differ->at = starts[(lines < CONTEXT ? 0 : lines - CONTEXT) % (CONTEXT + 1)];
}

/*
 * The line of the first change stays, and is context then: with one line more of that than behind
 * the change, `patch` would take the hunk for one at the end of the file.
 */
static void leave_out_first(struct differ *differ, struct hunk *hunk)
{
    struct str lines = {text_get(&hunk->lines), hunk->lines.len};

    hunk->left_out = line_end(lines, 0);
    hunk->old_count--;
    hunk->new_count--;
    differ->old_line++;
    differ->new_line++;
}

static void add_lines(struct differ *differ, struct hunk *hunk)
{
    bool changed = false; /* something was; before it, there is nothing but its context */
    size_t same = 0;

    while (differ->at < differ->text.len) {
        size_t end = line_end(differ->text, differ->at);
        struct str line = str_slice(differ->text, differ->at, end - differ->at);

        if (is_changed(differ, end)) {
            bool stays = add_change(differ, hunk, line);

            if (!changed && stays && same == CONTEXT)
                leave_out_first(differ, hunk);
            changed = true;
            same = 0;
        } else if (changed && same == CONTEXT && !goes_on(differ)) {
            break;
        } else {
            add_line(hunk, " ", line);
            same++;
        }
        differ->at = end;
    }
}

static void add_hunk(struct differ *differ)
{
    struct hunk hunk = {.lines = TEXT_INIT(differ->diff->limit)};

    go_to_change(differ);
    add_lines(differ, &hunk);
    text_addf(differ->diff, "@@ -%zu,%zu +%zu,%zu @@\n", differ->old_line, hunk.old_count,
              differ->new_line, hunk.new_count);
    text_add_str(differ->diff, str_slice((struct str){text_get(&hunk.lines), hunk.lines.len},
                                         hunk.left_out, hunk.lines.len));
    differ->diff->failed |= hunk.lines.failed;
    differ->diff->truncated |= hunk.lines.truncated;
    differ->old_line += hunk.old_count;
    differ->new_line += hunk.new_count;
    text_free(&hunk.lines);
}

void unified_diff_add(struct text *diff, const char *name, struct str text,
                      const struct text_edits *edits)
{
    struct differ differ = {
        .diff = diff, .text = text, .edits = edits, .old_line = 1, .new_line = 1};

    add_names(diff, name);
    while (differ.next < edits->count && differ.at < text.len && !diff->failed && !diff->truncated)
        add_hunk(&differ);
}
