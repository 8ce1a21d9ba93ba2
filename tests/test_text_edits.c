/* SPDX-License-Identifier: Apache-2.0 */
/* Small changes to a text, in whatever order they were found. */
#include "server/check/text_edits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct row {
    const char *what, *text;
    struct {
        size_t at, removed;
        const char *added; /* NULL: there is no such edit */
    } edits[4];
    const char *result; /* NULL: refused */
} rows[] = {
    {"nothing", "abc", {{0, 0, NULL}}, "abc"},
    {"in front and behind", "abc", {{3, 0, "d"}, {0, 0, "_"}}, "_abcd"},
    {"in an empty text", "", {{0, 0, "a"}}, "a"},
    {"in place of something", "abc", {{1, 1, "xyz"}}, "axyzc"},
    {"all goes", "abc", {{0, 3, ""}}, ""},
    {"in any order", "abcdef", {{4, 2, "F"}, {2, 0, "-"}, {0, 1, "A"}}, "Ab-cdF"},
    {"neighbours", "abc", {{1, 1, "B"}, {0, 1, "A"}, {2, 1, "C"}}, "ABC"},
    {"what is put in at one place keeps its order",
     "ab",
     {{1, 0, "1"}, {1, 0, "2"}, {0, 0, "0"}, {1, 0, "3"}},
     "0a123b"},
    {"and stands before what goes there", "ab", {{1, 1, "B"}, {1, 0, "1"}}, "a1B"},
    {"one in another", "abcd", {{0, 3, ""}, {1, 1, ""}}, NULL},
    {"put in where something goes", "abcd", {{0, 3, ""}, {1, 0, "x"}}, NULL},
    {"the same twice", "abcd", {{1, 1, "x"}, {1, 1, "x"}}, NULL},
    {"beyond the end", "ab", {{1, 2, ""}}, NULL},
    {"behind the end", "ab", {{3, 0, "x"}}, NULL},
    {"far beyond the end", "ab", {{1, SIZE_MAX, ""}}, NULL},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(100000);
        struct text_edits edits = TEXT_EDITS_INIT(&arena);
        struct text result CLEANUP_TEXT = TEXT_INIT(100);
        bool good;

        for (size_t j = 0; j < COUNT(rows[i].edits) && rows[i].edits[j].added; j++)
            text_edits_add(&edits, (struct text_edit){rows[i].edits[j].at, rows[i].edits[j].removed,
                                                      str_from(rows[i].edits[j].added)});
        good = text_edits_sort(&edits, strlen(rows[i].text));
        if (good != (rows[i].result != NULL))
            fail_msg("%s: %d", rows[i].what, good);
        if (!good)
            continue;
        text_edits_apply(&edits, str_from(rows[i].text), &result);
        if (strcmp(text_get(&result), rows[i].result) != 0)
            fail_msg("%s: %s", rows[i].what, text_get(&result));
    }
}

/* Each byte is exchanged for another, from the last to the first. */
static void test_many(void **state)
{
    enum { MANY = 5000 };
    struct arena arena CLEANUP_ARENA = ARENA_INIT(10 << 20);
    struct text_edits edits = TEXT_EDITS_INIT(&arena);
    struct text result CLEANUP_TEXT = TEXT_INIT(MANY);
    char text[MANY], expected[MANY];

    (void)state;
    memset(text, 'a', sizeof text);
    memset(expected, 'b', sizeof expected);
    for (size_t i = MANY; i-- > 0;)
        text_edits_add(&edits, (struct text_edit){i, 1, STR("b")});
    assert_true(text_edits_sort(&edits, MANY));
    text_edits_apply(&edits, (struct str){text, MANY}, &result);
    assert_int_equal(result.len, MANY);
    assert_memory_equal(text_get(&result), expected, MANY);
}

static void test_parts(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(10000);
    struct text_edits edits = TEXT_EDITS_INIT(&arena);
    struct text first CLEANUP_TEXT = TEXT_INIT(100), second CLEANUP_TEXT = TEXT_INIT(100);
    size_t next = 0;

    (void)state;
    text_edits_add(&edits, (struct text_edit){1, 1, STR("B")});
    text_edits_add(&edits, (struct text_edit){3, 0, STR("-")});
    text_edits_add(&edits, (struct text_edit){6, 0, STR("!")});
    assert_true(text_edits_sort(&edits, 6));
    text_edits_apply_part(&edits, STR("abcdef"), 0, 3, &next, &first);
    assert_string_equal(text_get(&first), "aBc");
    assert_int_equal(next, 1);
    text_edits_apply_part(&edits, STR("abcdef"), 3, 6, &next, &second);
    assert_string_equal(text_get(&second), "-def!");
    assert_int_equal(next, 3);
}

static void test_lack_of_memory(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(10);
    struct text_edits edits = TEXT_EDITS_INIT(&arena);

    (void)state;
    text_edits_add(&edits, (struct text_edit){0, 0, STR("a")});
    assert_int_equal(edits.count, 0);
    assert_false(text_edits_sort(&edits, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
