/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside: what is read, what is refused with which words, and the bounds to the byte. */
#include "server/documents/json_reader.h"
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_what_is_refused_with_which_words(void **state)
{
    static const struct {
        struct str text;
        const char *message;
    } rows[] = {
        {STR_INIT(""), "line 1, column 1: the text ends too early"},
        {STR_INIT("{"), "line 1, column 2: the text ends too early"},
        {STR_INIT("[\"a"), "line 1, column 4: the text ends too early"},
        {STR_INIT("{\n \"a\": }"), "line 2, column 7: unexpected \"}\""},
        {STR_INIT("{} x"), "line 1, column 4: unexpected \"x\""},
        {STR_INIT("{}{}"), "line 1, column 3: unexpected \"{\""},
        {STR_INIT("[1,]"), "line 1, column 4: unexpected \"]\""},
        {STR_INIT("[01]"), "line 1, column 2: unexpected \"0\""},
        {STR_INIT("{a:1}"), "line 1, column 2: unexpected \"a\""},
        {STR_INIT("{\"a\":1,\"a\":2}"),
         "line 1, column 8: duplicate key \"a\", first on line 1; remove one of the two"},
        {STR_INIT("[\"\x1b\"]"), "line 1, column 3: unexpected \"\\u001b\""},
        {STR_INIT("[\"\xff\"]"),
         "line 1, column 3: the bytes here are not UTF-8; save the text as UTF-8"},
        {STR_INIT("[\"\xc0\x80\"]"),
         "line 1, column 3: the bytes here are not UTF-8; save the text as UTF-8"},
        {STR_INIT("\xef\xbb\xbf{}"), "begins with a byte order mark, which JSON does not allow"},
        {STR_INIT("{\xc2\x85:1}"), "line 1, column 2: unexpected \"\\u0085\""},
        {STR_INIT("\xff\xfe{\0}\0"), "the text is UTF-16, not UTF-8; save it as UTF-8"},
        {STR_INIT("[1\0]"), "line 1, column 3: there is a NUL byte, which no text holds"},
        {STR_INIT("[1\0002]"), "line 1, column 3: there is a NUL byte, which no text holds"},
        {STR_INIT("{}\0"), "line 1, column 3: there is a NUL byte, which no text holds"},
        {STR_INIT("\0"), "line 1, column 1: there is a NUL byte, which no text holds"},
        {STR_INIT("[1e400]"), "line 1, column 2: unexpected \"1\""},
        {STR_INIT("[NaN]"), "line 1, column 2: unexpected \"N\""},
        {STR_INIT("[nul]"), "line 1, column 2: unexpected \"n\""},
        {STR_INIT("[\"\\ud8\"]"), "line 1, column 3: unexpected \"\\\\\""},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error err = {.message = "(read)"};
        json_t *value = NULL;

        if (json_read(rows[i].text.data, rows[i].text.len, &value, &err) != JSON_READ_MALFORMED)
            wrong++;
        wrong += !text_check(rows[i].text.data, rows[i].message, err.message);
        json_decref(value);
    }
    assert_int_equal(wrong, 0);
}

static json_t *read_text(const char *text, size_t len)
{
    struct error err;
    json_t *value = NULL;

    if (json_read(text, len, &value, &err) != JSON_READ)
        fail_msg("%.100s: %s", text, err.message);
    return value;
}

static void test_legal_json_that_other_readers_refuse(void **state)
{
    const char text[] =
        "{\"nul\":\"a\\u0000b\",\"big\":123456789012345678901234567890,"
        "\"negative\":-9223372036854775809,\"one\":1,\"escape\":\"\\ud83d\\ude00\"}";
    json_t *root = read_text(text, sizeof text - 1);
    const json_t *nul = json_object_get(root, "nul");

    (void)state;
    assert_int_equal(json_string_length(nul), 3);
    assert_memory_equal(json_string_value(nul), "a\0b", 4);
    assert_true(json_is_real(json_object_get(root, "big")));
    assert_true(json_is_number(json_object_get(root, "one")));
    assert_true(json_number_value(json_object_get(root, "negative")) < -9e18);
    assert_string_equal(json_string_value(json_object_get(root, "escape")), "\U0001f600");
    json_decref(root);
}

/* An array of `count` numbers; the caller frees it. */
static char *numbers(size_t count, size_t *ret_len)
{
    char *text = malloc(2 * count + 2);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        text[2 * i + 1] = '1';
        text[2 * i + 2] = ',';
    }
    text[0] = '[';
    text[2 * count] = ']';
    *ret_len = 2 * count + 1;
    return text;
}

static void test_the_count_of_values_is_bounded(void **state)
{
    size_t len;
    char *most = numbers(JSON_READER_MAX_VALUES - 1, &len); /* the array is a value too */
    json_t *value = read_text(most, len);
    struct error err;
    char *too_many;

    (void)state;
    assert_int_equal(json_array_size(value), JSON_READER_MAX_VALUES - 1);
    json_decref(value);
    free(most);
    too_many = numbers(JSON_READER_MAX_VALUES, &len);
    assert_int_equal(json_read(too_many, len, &value, &err), JSON_READ_TOO_LARGE);
    assert_string_equal(err.message, "holds more than 300000 JSON values");
    free(too_many);
}

/* `len` bytes: `part` again and again; the caller frees them. */
static char *repeated(const char *part, size_t len)
{
    size_t part_len = strlen(part);
    char *text = malloc(len);

    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = part[i % part_len];
    return text;
}

/* 6.6 MiB of these would become more than 500 MiB of tree. */
static void test_empty_objects_are_counted(void **state)
{
    static const char *const rows[] = {"{},", "[],", "0,"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t len = 6900000;
        char *text = repeated(rows[i], len);
        json_t *value = NULL;
        struct error err;

        memcpy(text, "[  ", 3); /* in place of what comes first */
        text[3] = i == 2 ? ' ' : text[3];
        assert_int_equal(json_read(text, len, &value, &err), JSON_READ_TOO_LARGE);
        free(text);
    }
}

/* Commas and brackets in strings, behind escaped quotes too, are no values. */
static void test_strings_are_not_counted(void **state)
{
    static const char head[] = "[\"{[,\\\"\\\\\\\",";
    const size_t len = 3 * JSON_READER_MAX_VALUES;
    char *text = repeated(",", len);
    json_t *value;

    (void)state;
    for (size_t i = 0; head[i]; i++)
        text[i] = head[i];
    text[len - 2] = '"';
    text[len - 1] = ']';
    value = read_text(text, len);
    assert_int_equal(json_array_size(value), 1);
    json_decref(value);
    free(text);
}

static void test_a_string_without_an_end(void **state)
{
    static const char *const rows[] = {"[\"", "[\"\\", "[\"\\\"", "[\"abc\\"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        /* A copy of the exact size: reading beyond it is noticed. */
        size_t len = strlen(rows[i]);
        char *text = repeated(rows[i], len);
        json_t *value = NULL;
        struct error err;

        assert_int_equal(json_read(text, len, &value, &err), JSON_READ_MALFORMED);
        free(text);
    }
}

static void test_nesting_is_bounded(void **state)
{
    static char text[2 * 501];
    struct error err;
    json_t *value;

    (void)state;
    memset(text, '[', 500);
    memset(text + 500, ']', 500);
    value = read_text(text, 2 * (size_t)500);
    json_decref(value);
    memset(text, '[', 501);
    memset(text + 501, ']', 501);
    assert_int_equal(json_read(text, 2 * (size_t)501, &value, &err), JSON_READ_MALFORMED);
    assert_string_equal(err.message, "line 1, column 501: nested deeper than 500 levels");
}

static void test_nothing_is_touched_on_the_wrong_side(void **state)
{
    json_t *value = NULL;
    struct error err = {.message = "untouched"};

    (void)state;
    assert_int_equal(json_read("{}", 2, &value, &err), JSON_READ);
    assert_string_equal(err.message, "untouched");
    json_decref(value);
    value = NULL;
    assert_int_equal(json_read("{", 1, &value, &err), JSON_READ_MALFORMED);
    assert_null(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused_with_which_words),
        cmocka_unit_test(test_legal_json_that_other_readers_refuse),
        cmocka_unit_test(test_the_count_of_values_is_bounded),
        cmocka_unit_test(test_empty_objects_are_counted),
        cmocka_unit_test(test_strings_are_not_counted),
        cmocka_unit_test(test_a_string_without_an_end),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_nothing_is_touched_on_the_wrong_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
