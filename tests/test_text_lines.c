/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of a text around a place. */
#include "server/check/text_lines.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Looked up in this order by one reader of the text. */
static const struct {
    size_t line, column;
    const char *text; /* NULL: there is no such line */
    size_t shown_column;
} rows[] = {
    {1, 1, "first", 1},
    {1, 5, "first", 5},
    {1, 6, "first", 6},
    {1, 2, "first", 2},
    {2, 1, "", 1},
    {3, 4, "caf\u00e9 \u65e5x", 4},
    {3, 7, "caf\u00e9 \u65e5x", 7},
    {3, 1, "caf\u00e9 \u65e5x", 1},
    {4, 2, "\tfour", 2},
    {5, 1, "five", 1},
    {6, 1, "", 1},
    {7, 3, "end", 3},
    {7, 99, "end", 4},
    {8, 1, NULL, 1},
    {0, 0, NULL, 0},
    {1, 3, "first", 3},
};
static const char text[] = "\xEF\xBB\xBF"
                           "first\n\ncaf\u00e9 \u65e5x\r\n\tfour\rfive\r\n\r\nend";

static void test_lines(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(10000);
    struct text_lines lines = TEXT_LINES_INIT(STR(text), &arena);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct document_place place = {rows[i].line, rows[i].column};
        struct text_excerpt excerpt = text_lines_excerpt(&lines, place);

        if (!str_equal(excerpt.text, str_from(rows[i].text)) ||
            excerpt.column != rows[i].shown_column || excerpt.cut_before || excerpt.cut_behind)
            fail_msg("%zu:%zu: \"%.*s\" at %zu", place.line, place.column, (int)excerpt.text.len,
                     excerpt.text.data ? excerpt.text.data : "", excerpt.column);
    }
}

static void test_no_text(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(10000);
    struct text_lines lines = TEXT_LINES_INIT(((struct str){NULL, 0}), &arena);

    (void)state;
    assert_null(text_lines_excerpt(&lines, (struct document_place){1, 1}).text.data);
}

/* Of a long line, of letters of two bytes, the part around the place, from wherever one comes. */
static void test_a_long_line(void **state)
{
    static const size_t columns[] = {1, 79, 80, 81, 500, 999, 1000, 1001, 2, 700, 81};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(10000);
    struct text line CLEANUP_TEXT = TEXT_INIT(10000);
    struct text_lines lines;

    (void)state;
    text_add(&line, "short\n");
    for (int i = 0; i < 1000; i++)
        text_add(&line, i % 2 ? "\u00fc" : "x");
    lines = (struct text_lines)TEXT_LINES_INIT(((struct str){text_get(&line), line.len}), &arena);
    for (size_t i = 0; i < COUNT(columns); i++) {
        size_t column = columns[i];
        struct text_excerpt excerpt =
            text_lines_excerpt(&lines, (struct document_place){2, column});

        assert_int_equal(excerpt.cut_before, column > 80);
        assert_int_equal(excerpt.column, column > 80 ? 51 : column);
        assert_int_equal(excerpt.cut_behind, column < 951);
        assert_in_range(utf8_count(excerpt.text), 50, TEXT_EXCERPT_WIDTH);
        /* The excerpt's first letter has the parity of its column in the line. */
        assert_int_equal(excerpt.text.data[0] == 'x', (column - excerpt.column) % 2 == 0);
    }
}

/* In any order: bytes of places, and where there is none. */
static void test_offsets(void **state)
{
    static const struct {
        size_t line, column, offset; /* 0: there is no such place */
    } offsets[] = {{1, 1, 3},  {1, 5, 7},  {1, 6, 8},  {1, 3, 5},  {3, 5, 15}, {3, 4, 13},
                   {3, 7, 19}, {3, 6, 16}, {3, 1, 10}, {3, 8, 20}, {3, 9, 0},  {1, 7, 0},
                   {8, 1, 0},  {0, 1, 0},  {1, 0, 0},  {7, 4, 39}, {7, 1, 36}, {2, 1, 9}};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(10000);
    struct text_lines lines = TEXT_LINES_INIT(STR(text), &arena);

    (void)state;
    for (size_t i = 0; i < COUNT(offsets); i++) {
        struct document_place place = {offsets[i].line, offsets[i].column};
        size_t offset = 0;
        bool found = text_lines_offset(&lines, place, &offset);

        if (found != (offsets[i].offset > 0) || (found && offset != offsets[i].offset))
            fail_msg("%zu:%zu: %zu", place.line, place.column, offset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_a_long_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
