/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of bytes: comparing, cutting, classes of characters, UTF-8. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct str absent = {NULL, 0};

static void test_absent_is_not_empty(void **state)
{
    (void)state;
    assert_null(str_from(NULL).data);
    assert_int_equal(str_from(NULL).len, 0);
    assert_true(str_equal(absent, str_from(NULL)));
    assert_false(str_equal(absent, STR("")));
    assert_false(str_equal(STR(""), absent));
    assert_true(str_equal(STR(""), str_from("")));
    assert_true(str_equal_ignoring_case(absent, absent));
    assert_false(str_equal_ignoring_case(absent, STR("")));
    assert_false(str_equal_ignoring_case(STR(""), absent));
}

static void test_comparing_looks_at_every_byte(void **state)
{
    (void)state;
    assert_true(str_equal(STR("a\0b"), STR("a\0b")));
    assert_false(str_equal(STR("a\0b"), STR("a\0c")));
    assert_false(str_equal(STR("a"), STR("a\0")));
    assert_false(str_equal(STR("a"), STR("A")));
    assert_true(str_equal_ignoring_case(STR("aZ9@"), STR("Az9@")));
    assert_false(str_equal_ignoring_case(STR("a"), STR("ab")));
    assert_false(str_equal_ignoring_case(STR("a\0b"), STR("a\0c")));
    /* Only ASCII letters: '@' and '`', '[' and '{' differ in the same bit. */
    assert_false(str_equal_ignoring_case(STR("@["), STR("`{")));
    assert_false(str_equal_ignoring_case(STR("\xc3\x89"), STR("\xc3\xa9")));
}

static void test_beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("abc"), STR("ab")));
    assert_true(str_starts_with(STR("abc"), STR("abc")));
    assert_true(str_starts_with(STR("abc"), STR("")));
    assert_false(str_starts_with(STR("abc"), STR("abcd")));
    assert_false(str_starts_with(STR("abc"), STR("bc")));
    assert_false(str_starts_with(absent, STR("")));
    assert_true(str_ends_with(STR("abc"), STR("bc")));
    assert_true(str_ends_with(STR("abc"), STR("abc")));
    assert_true(str_ends_with(STR("abc"), STR("")));
    assert_false(str_ends_with(STR("abc"), STR("xabc")));
    assert_false(str_ends_with(STR("abc"), STR("ab")));
    assert_false(str_ends_with(absent, STR("")));
}

static void test_a_slice_is_clamped(void **state)
{
    static const struct {
        size_t from, len;
        const char *slice;
    } rows[] = {
        {0, 3, "abc"}, {0, 0, ""}, {1, 1, "b"},       {1, SIZE_MAX, "bc"},
        {3, 1, ""},    {4, 1, ""}, {SIZE_MAX, 5, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!str_equal(str_slice(STR("abc"), rows[i].from, rows[i].len), str_from(rows[i].slice)))
            fail_msg("row %zu", i);
    }
    assert_null(str_slice(absent, 3, 3).data);
    assert_int_equal(str_slice(absent, 3, 3).len, 0);
}

static void test_trimming(void **state)
{
    (void)state;
    assert_true(str_equal(str_trim(STR(" \t\r\n\v\f a b \n")), STR("a b")));
    assert_true(str_equal(str_trim(STR("ab")), STR("ab")));
    assert_true(str_equal(str_trim(STR("  ")), STR("")));
    assert_true(str_equal(str_trim(STR("\0a\0")), STR("\0a\0")));
    assert_null(str_trim(absent).data);
}

static void test_finding_a_byte(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("a/b/c"), '/'), 1);
    assert_int_equal(str_find(STR("abc"), '/'), 3);
    assert_int_equal(str_find(STR("ab\0c"), '\0'), 2);
    assert_int_equal(str_find(STR(""), '/'), 0);
    assert_int_equal(str_find(absent, '/'), 0);
}

static bool is_among(const char *set, char c)
{
    while (*set && *set != c)
        set++;
    return *set != '\0';
}

/* Each class against all bytes; none looks at the locale. */
static void test_classes(void **state)
{
    (void)state;
    for (int i = -128; i < 128; i++) {
        char c = (char)i;
        bool lower = is_among("abcdefghijklmnopqrstuvwxyz", c);
        bool upper = is_among("ABCDEFGHIJKLMNOPQRSTUVWXYZ", c);
        bool digit = is_among("0123456789", c);

        assert_int_equal(ascii_is_lower(c), lower);
        assert_int_equal(ascii_is_upper(c), upper);
        assert_int_equal(ascii_is_digit(c), digit);
        assert_int_equal(ascii_is_alnum(c), lower || upper || digit);
        assert_int_equal(ascii_is_hex(c), is_among("0123456789abcdefABCDEF", c));
        assert_int_equal(ascii_is_space(c), is_among(" \t\n\v\f\r", c));
        assert_int_equal(ascii_lower(c), upper ? c + 32 : c);
        assert_int_equal(ascii_upper(c), lower ? c - 32 : c);
    }
}

static void test_utf8_sequences(void **state)
{
    static const struct {
        struct str text;
        unsigned rune;
        size_t size;
    } rows[] = {
        {STR_INIT("\0"), 0, 1},
        {STR_INIT("a"), 'a', 1},
        {STR_INIT("\x7f"), 0x7F, 1},
        {STR_INIT("\xc2\x80"), 0x80, 2},
        {STR_INIT("\xdf\xbf"), 0x7FF, 2},
        {STR_INIT("\xe0\xa0\x80"), 0x800, 3},
        {STR_INIT("\xed\x9f\xbf"), 0xD7FF, 3},
        {STR_INIT("\xee\x80\x80"), 0xE000, 3},
        {STR_INIT("\xef\xbf\xbd"), 0xFFFD, 3},
        {STR_INIT("\xef\xbf\xbf"), 0xFFFF, 3},
        {STR_INIT("\xf0\x90\x80\x80"), 0x10000, 4},
        {STR_INIT("\xf4\x8f\xbf\xbf"), 0x10FFFF, 4},
        /* ill-formed: one byte each */
        {STR_INIT("\x80"), 0xFFFD, 1},
        {STR_INIT("\xbf\x80"), 0xFFFD, 1},
        {STR_INIT("\xc0\x80"), 0xFFFD, 1},
        {STR_INIT("\xc1\xbf"), 0xFFFD, 1},
        {STR_INIT("\xc2"), 0xFFFD, 1},
        {STR_INIT("\xc2"
                  "a"),
         0xFFFD, 1},
        {STR_INIT("\xe0\x80\x80"), 0xFFFD, 1},
        {STR_INIT("\xe0\x9f\xbf"), 0xFFFD, 1},
        {STR_INIT("\xe2\x82"), 0xFFFD, 1},
        {STR_INIT("\xe2\x82\xc2"), 0xFFFD, 1},
        {STR_INIT("\xed\xa0\x80"), 0xFFFD, 1},
        {STR_INIT("\xed\xbf\xbf"), 0xFFFD, 1},
        {STR_INIT("\xf0\x8f\xbf\xbf"), 0xFFFD, 1},
        {STR_INIT("\xf4\x90\x80\x80"), 0xFFFD, 1},
        {STR_INIT("\xf5\x80\x80\x80"), 0xFFFD, 1},
        {STR_INIT("\xff"), 0xFFFD, 1},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned rune = 0;
        size_t size = utf8_decode(rows[i].text, 0, &rune);

        if (rune != rows[i].rune || size != rows[i].size) {
            fprintf(stderr, "row %zu: U+%04X, %zu bytes\n", i, rune, size);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Every character there is, encoded by the book. */
static void test_every_character_is_decoded(void **state)
{
    (void)state;
    for (unsigned rune = 0; rune < 0x110000; rune++) {
        char text[4];
        size_t size = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
        static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
        bool surrogate = rune >= 0xD800 && rune < 0xE000;
        unsigned got, rest = rune;

        for (size_t i = size; i-- > 1; rest >>= 6)
            text[i] = (char)(0x80 | (rest & 0x3F));
        text[0] = (char)(first[size] | rest);
        if (utf8_decode((struct str){text, size}, 0, &got) != (surrogate ? 1 : size) ||
            got != (surrogate ? 0xFFFD : rune))
            fail_msg("U+%04X", rune);
    }
}

static void test_decoding_from_the_middle(void **state)
{
    unsigned rune;

    (void)state;
    assert_int_equal(utf8_decode(STR("a\xc3\xa9z"), 1, &rune), 2);
    assert_int_equal(rune, 0xE9);
    assert_int_equal(utf8_decode(STR("a\xc3\xa9z"), 2, &rune), 1);
    assert_int_equal(rune, 0xFFFD);
}

static void test_compare(void **state)
{
    (void)state;
    assert_true(str_compare(STR("a"), STR("b")) < 0);
    assert_true(str_compare(STR("b"), STR("a")) > 0);
    assert_true(str_compare(STR("a"), STR("aa")) < 0);
    assert_true(str_compare(STR("ab"), STR("aa")) > 0);
    assert_true(str_compare(STR("a\0b"), STR("a\0a")) > 0);
    assert_true(str_compare(STR("\xff"), STR("a")) > 0);
    assert_int_equal(str_compare(STR("aa"), STR("aa")), 0);
    assert_int_equal(str_compare(STR(""), (struct str){NULL, 0}), 0);
}

static void test_hex_value(void **state)
{
    static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(ascii_hex_value(digits[i]), i);
        assert_int_equal(ascii_hex_value(upper[i]), i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_hex_value),
        cmocka_unit_test(test_absent_is_not_empty),
        cmocka_unit_test(test_comparing_looks_at_every_byte),
        cmocka_unit_test(test_beginnings_and_ends),
        cmocka_unit_test(test_a_slice_is_clamped),
        cmocka_unit_test(test_trimming),
        cmocka_unit_test(test_finding_a_byte),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_utf8_sequences),
        cmocka_unit_test(test_every_character_is_decoded),
        cmocka_unit_test(test_decoding_from_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
