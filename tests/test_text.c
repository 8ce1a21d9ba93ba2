/* SPDX-License-Identifier: Apache-2.0 */
/* Growing texts: their limits, and that nothing unsafe passes the escaping. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_an_empty_text(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(10);

    (void)state;
    assert_string_equal(text_get(&text), "");
    text_cut(&text, 0);
    text_add(&text, "");
    text_add_str(&text, (struct str){NULL, 0});
    text_add_escaped(&text, (struct str){NULL, 0});
    assert_int_equal(text.len, 0);
    assert_false(text.truncated || text.failed);
    text_free(&text);
    text_free(&text);
}

static void test_adding(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(10000);

    (void)state;
    text_add(&text, "a");
    text_add_str(&text, STR("b\0c"));
    text_addf(&text, "%d-%s", 7, "x");
    assert_int_equal(text.len, 7);
    assert_memory_equal(text_get(&text), "ab\0c7-x", 8);
}

static void test_cutting_back(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(100);

    (void)state;
    text_add(&text, "abcdef");
    text_cut(&text, 9);
    assert_string_equal(text_get(&text), "abcdef");
    text_cut(&text, 3);
    assert_string_equal(text_get(&text), "abc");
    text_add(&text, "x");
    assert_string_equal(text_get(&text), "abcx");
}

static void test_formatting_texts_of_any_length(void **state)
{
    static const int lengths[] = {0, 1, 254, 255, 256, 257, 5000};

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(10000);

        text_addf(&text, "%0*d", lengths[i], 0);
        assert_int_equal(text.len, lengths[i] > 0 ? lengths[i] : 1);
        assert_int_equal(strspn(text_get(&text), "0"), text.len);
    }
}

static void test_a_text_is_cut_at_a_character(void **state)
{
    static const struct {
        size_t limit;
        const char *part, *text;
        bool truncated;
    } rows[] = {
        {3, "abc", "abc", false},
        {3, "abcd", "abc", true},
        {0, "a", "", true},
        {3, "a\u00e9", "a\u00e9", false},
        {2, "a\u00e9", "a", true},
        {3, "a\u20ac", "a", true},
        {4, "a\u20ac", "a\u20ac", false},
        {4, "a\U0001f600", "a", true},
        {5, "a\U0001f600x", "a\U0001f600", true},
        {1, "\u00e9", "", true},
        {2, "\x80\x80\x80", "", true},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(rows[i].limit);

        text_add(&text, rows[i].part);
        if (strcmp(text_get(&text), rows[i].text) != 0 || text.truncated != rows[i].truncated) {
            fprintf(stderr, "row %zu: \"%s\"\n", i, text_get(&text));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Nothing comes behind what was cut, though it would fit. */
static void test_truncation_is_sticky(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(4);

    (void)state;
    text_add(&text, "abc");
    text_add(&text, "\u20ac");
    assert_true(text.truncated);
    text_add(&text, "d");
    text_addf(&text, "%d", 1);
    text_add_quoted(&text, STR("x"), 10);
    assert_string_equal(text_get(&text), "abc");
}

static void test_failure_is_sticky(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(100);

    (void)state;
    text_add(&text, "abc");
    text.failed = true;
    text_add(&text, "d");
    text_addf(&text, "%d", 1);
    assert_string_equal(text_get(&text), "abc");
}

static void test_escaping(void **state)
{
    static const struct {
        struct str part;
        const char *escaped;
    } rows[] = {
        {STR_INIT("plain text \u00e9\u20ac\U0001f600 'x' \"y\""),
         "plain text \u00e9\u20ac\U0001f600 'x' \"y\""},
        {STR_INIT("\n\t\r"), "\\n\\t\\r"},
        {STR_INIT("a\0b"), "a\\u0000b"},
        {STR_INIT("\x1b[31m"), "\\u001b[31m"},
        {STR_INIT("\x7f"), "\\u007f"},
        {STR_INIT("\xc2\x80\xc2\x85\xc2\x9b\xc2\x9f\xc2\xa0"),
         "\\u0080\\u0085\\u009b\\u009f\xc2\xa0"},
        {STR_INIT("\\n"), "\\\\n"},
        {STR_INIT("\xff\xc3"), "\\xff\\xc3"},
        {STR_INIT("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
        {STR_INIT("\ufffd"), "\ufffd"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(1000);

        text_add_escaped(&text, rows[i].part);
        if (strcmp(text_get(&text), rows[i].escaped) != 0) {
            fprintf(stderr, "row %zu: \"%s\"\n", i, text_get(&text));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Characters that control, reorder or hide: ranges of them, and neighbours that may stay. */
static void test_unsafe_characters(void **state)
{
    static const struct {
        unsigned first, last;
        bool safe;
    } rows[] = {
        {0x00, 0x1F, false},       {0x20, 0x5B, true},        {0x5D, 0x7E, true},
        {0x7F, 0x9F, false},       {0xA0, 0xAC, true},        {0xAD, 0xAD, false},
        {0xAE, 0xAE, true},        {0x61B, 0x61B, true},      {0x61C, 0x61C, false},
        {0x180E, 0x180E, false},   {0x200A, 0x200A, true},    {0x200B, 0x200F, false},
        {0x2010, 0x2027, true},    {0x2028, 0x202E, false},   {0x202F, 0x205F, true},
        {0x2060, 0x206F, false},   {0x2070, 0x2070, true},    {0xD7FF, 0xD7FF, true},
        {0xE000, 0xE000, true},    {0xFEFE, 0xFEFE, true},    {0xFEFF, 0xFEFF, false},
        {0xFFF9, 0xFFFB, false},   {0xFFFC, 0xFFFD, true},    {0xFFFE, 0xFFFF, false},
        {0x1FFFD, 0x1FFFD, true},  {0x1FFFE, 0x1FFFF, false}, {0xDFFFD, 0xDFFFD, true},
        {0xE0000, 0xE0FFF, false}, {0xE1000, 0xE1000, true},  {0x10FFFE, 0x10FFFF, false},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (unsigned rune = rows[i].first; rune <= rows[i].last; rune++) {
            struct text text CLEANUP_TEXT = TEXT_INIT(100);
            char raw[8];
            struct str part = {raw, 0};

            if (rune >= 0x10000)
                raw[part.len++] = (char)(0xF0 | rune >> 18);
            if (rune >= 0x800)
                raw[part.len++] =
                    (char)(rune >= 0x10000 ? 0x80 | (rune >> 12 & 0x3F) : 0xE0 | rune >> 12);
            if (rune >= 0x80)
                raw[part.len++] =
                    (char)(rune >= 0x800 ? 0x80 | (rune >> 6 & 0x3F) : 0xC0 | rune >> 6);
            raw[part.len++] = (char)(rune >= 0x80 ? 0x80 | (rune & 0x3F) : rune);
            text_add_escaped(&text, part);
            if (str_equal((struct str){text_get(&text), text.len}, part) != rows[i].safe) {
                fprintf(stderr, "U+%04X: \"%s\"\n", rune, text_get(&text));
                wrong++;
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_characters_beyond_four_digits(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(100);

    (void)state;
    text_add_escaped(&text, STR("\U000e0041\ufeff"));
    assert_string_equal(text_get(&text), "\\U000e0041\\ufeff");
}

static void test_quoting(void **state)
{
    static const struct {
        struct str part;
        size_t max;
        const char *quoted;
    } rows[] = {
        {STR_INIT(""), 10, "\"\""},
        {STR_INIT("abc"), 3, "\"abc\""},
        {STR_INIT("abc"), 2, "\"ab…\""},
        {STR_INIT("abc"), 0, "\"…\""},
        {STR_INIT("a\u20acb"), 4, "\"a\u20ac…\""},
        {STR_INIT("a\u20acb"), 3, "\"a…\""},
        {STR_INIT("a\u20acb"), 2, "\"a…\""},
        {STR_INIT("say \"x\"\\"), 20, "\"say \\\"x\\\"\\\\\""},
        {STR_INIT("\0"), 20, "\"\\u0000\""},
        {STR_INIT("\x80\x80\x80"), 2, "\"…\""},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(1000);

        text_add_quoted(&text, rows[i].part, rows[i].max);
        if (strcmp(text_get(&text), rows[i].quoted) != 0) {
            fprintf(stderr, "row %zu: %s\n", i, text_get(&text));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* No random bytes get a control or a broken sequence through; adding in one go or two is the same.
 */
static void test_random_bytes_come_out_safe(void **state)
{
    unsigned random = 11;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(1000);
        char bytes[24];
        struct str shown;

        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 1103515245 + 12345;
            bytes[i] = (char)(random >> 16 & 0xFF);
        }
        text_add_quoted(&text, (struct str){bytes, sizeof bytes}, (random >> 24) % 30);
        shown = (struct str){text_get(&text), text.len};
        for (size_t at = 0; at < shown.len;) {
            unsigned rune;
            size_t size = utf8_decode(shown, at, &rune);

            if ((rune == 0xFFFD && size == 1) || rune < 0x20 || (rune >= 0x7F && rune < 0xA0))
                fail_msg("round %d: %s", round, shown.data);
            at += size;
        }
    }
}

static void test_counting_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(STR("")), 0);
    assert_int_equal(utf8_count(STR("a\u00e9\u20ac\U0001f600\0")), 5);
    assert_int_equal(utf8_count((struct str){NULL, 0}), 0);
}

static void test_a_text_grows_to_its_limit(void **state)
{
    const size_t limit = 1000000;
    struct text text CLEANUP_TEXT = TEXT_INIT(limit);

    (void)state;
    for (int i = 0; i < 300000; i++)
        text_add(&text, "four");
    assert_int_equal(text.len, limit);
    assert_true(text.truncated);
    assert_int_equal(strlen(text_get(&text)), limit);
}

static void test_room_is_made_and_given_back(void **state)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(20000);

    (void)state;
    assert_true(text_reserve(&text, 10000));
    assert_string_equal(text_get(&text), "");
    assert_int_equal(text.capacity, 10001);
    text_add(&text, "abc");
    assert_true(text_reserve(&text, 9997));
    assert_int_equal(text.capacity, 10001);
    text_shrink(&text);
    assert_int_equal(text.capacity, 4);
    assert_string_equal(text_get(&text), "abc");
    text_shrink(&text);
    assert_int_equal(text.capacity, 4);
    assert_false(text_reserve(&text, 19998));
    assert_true(text.truncated);
}

static void test_numbers(void **state)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(100);

    (void)state;
    text_add_number(&text, 0);
    text_add(&text, " ");
    text_add_number(&text, 10);
    text_add(&text, " ");
    text_add_number(&text, SIZE_MAX);
    assert_string_equal(text_get(&text),
                        sizeof(size_t) == 8 ? "0 10 18446744073709551615" : "0 10 4294967295");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_text),
        cmocka_unit_test(test_adding),
        cmocka_unit_test(test_cutting_back),
        cmocka_unit_test(test_formatting_texts_of_any_length),
        cmocka_unit_test(test_a_text_is_cut_at_a_character),
        cmocka_unit_test(test_truncation_is_sticky),
        cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_unsafe_characters),
        cmocka_unit_test(test_characters_beyond_four_digits),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_random_bytes_come_out_safe),
        cmocka_unit_test(test_counting_characters),
        cmocka_unit_test(test_a_text_grows_to_its_limit),
        cmocka_unit_test(test_room_is_made_and_given_back),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
