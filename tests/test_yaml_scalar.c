/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/yaml_scalar.h"

#include "server/documents/yaml_number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TAG "tag:yaml.org,2002:"

static int setup(void **state)
{
    static struct arena arena;

    arena = (struct arena)ARENA_INIT((size_t)1024 * 1024);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct yaml_scalar read_scalar(void **state, struct str text, const char *tag)
{
    struct error err = {.message = "untouched"};
    struct yaml_scalar scalar;

    if (!yaml_scalar_read(text, tag, *state, &scalar, &err))
        fail_msg("%s: %s", text.data, err.message);
    assert_string_equal(err.message, "untouched");
    return scalar;
}

static void expect_integer(void **state, const char *text, int64_t value)
{
    struct yaml_scalar scalar = read_scalar(state, str_from(text), NULL);

    if (scalar.kind != SCALAR_INTEGER || scalar.integer != value)
        fail_msg("%s: kind %d, %lld", text, (int)scalar.kind, (long long)scalar.integer);
}

static void expect_real(void **state, const char *text, double value)
{
    struct yaml_scalar scalar = read_scalar(state, str_from(text), NULL);

    if (scalar.kind != SCALAR_REAL || scalar.real != value)
        fail_msg("%s: kind %d, %g", text, (int)scalar.kind, scalar.real);
}

static void expect_text(void **state, const char *text)
{
    struct yaml_scalar scalar = read_scalar(state, str_from(text), NULL);

    if (scalar.kind != SCALAR_STRING || !str_equal(scalar.text, str_from(text)))
        fail_msg("%s: kind %d", text, (int)scalar.kind);
}

static void test_integers_in_every_base(void **state)
{
    expect_integer(state, "0", 0);
    expect_integer(state, "-0", 0);
    expect_integer(state, "017", 15);
    expect_integer(state, "0o17", 15);
    expect_integer(state, "0x1F", 31);
    expect_integer(state, "-0b11", -3);
    expect_integer(state, "0b-11", -3);
    expect_integer(state, "1_000_", 1000);
    expect_integer(state, "0_x1f", 31);
}

static void test_integers_at_the_limits(void **state)
{
    struct yaml_scalar scalar;

    expect_integer(state, "9223372036854775807", INT64_MAX);
    expect_integer(state, "-9223372036854775808", INT64_MIN);
    expect_integer(state, "-0x8000000000000000", INT64_MIN);
    scalar = read_scalar(state, STR("9223372036854775808"), NULL);
    assert_int_equal(scalar.kind, SCALAR_UNSIGNED);
    assert_true(scalar.real == 9223372036854775808.0);
    scalar = read_scalar(state, STR("0xFFFFFFFFFFFFFFFF"), NULL);
    assert_int_equal(scalar.kind, SCALAR_UNSIGNED);
    expect_real(state, "18446744073709551616", 18446744073709551616.0);
    expect_real(state, "-9223372036854775809", -9223372036854775808.0);
    expect_real(state, "+9223372036854775808", 9223372036854775808.0);
    expect_text(state, "0x10000000000000000");
}

static void test_reals(void **state)
{
    expect_real(state, "1.", 1.0);
    expect_real(state, ".5_0", 0.5);
    expect_real(state, "1e3", 1000.0);
    expect_real(state, "-1.5E-3", -0.0015);
    expect_real(state, "09.5", 9.5);
    expect_real(state, "08", 8.0);
    expect_real(state, "1e-400", 0.0);
    expect_real(state, "+.INF", (double)INFINITY);
    expect_real(state, "-.inf", -(double)INFINITY);
    assert_true(isnan(read_scalar(state, STR(".NaN"), NULL).real));
}

/* Of the texts that look like numbers, these are the ones that people meet in manifests. */
static void test_what_is_no_number(void **state)
{
    static const char *const texts[] = {
        "10:20", "1002:6800", "0x10DE:0x1EB8", "1e5:1", "2020-01-01", "1e309", "._5",
        ".5_",   "1.2.3",     "0x1p4",         "0o8",   "0x",         "-",     "+_",
        ".",     "1e",        "-0b-1",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_text(state, texts[i]);
}

/* Longer than the buffer on the stack. */
static void test_long_numbers(void **state)
{
    char text[400];

    memset(text, '0', sizeof text);
    text[sizeof text - 1] = '\0';
    expect_integer(state, text, 0);
    memset(text, '_', sizeof text - 1);
    text[0] = '7';
    expect_integer(state, text, 7);
    memset(text, '1', sizeof text - 1);
    expect_text(state, text);
    text[200] = '\0';
    assert_int_equal(read_scalar(state, str_from(text), NULL).kind, SCALAR_REAL);
}

static void test_words(void **state)
{
    assert_int_equal(read_scalar(state, STR(""), NULL).kind, SCALAR_NULL);
    assert_int_equal(read_scalar(state, STR("~"), NULL).kind, SCALAR_NULL);
    assert_true(read_scalar(state, STR("y"), NULL).truth);
    assert_int_equal(read_scalar(state, STR("Off"), NULL).kind, SCALAR_BOOL);
    assert_false(read_scalar(state, STR("Off"), NULL).truth);
    expect_text(state, "oFF");
    expect_text(state, "<<");
}

static void test_a_nul_is_part_of_the_text(void **state)
{
    struct yaml_scalar scalar = read_scalar(state, STR("1\0"), NULL);

    assert_int_equal(scalar.kind, SCALAR_STRING);
    assert_int_equal(scalar.text.len, 2);
    assert_int_equal(read_scalar(state, STR("yes\0"), NULL).kind, SCALAR_STRING);
}

static void test_tags(void **state)
{
    assert_int_equal(read_scalar(state, STR("1"), TAG "str").kind, SCALAR_STRING);
    assert_int_equal(read_scalar(state, STR("1"), TAG "int").integer, 1);
    assert_int_equal(read_scalar(state, STR("9223372036854775808"), TAG "int").kind,
                     SCALAR_UNSIGNED);
    assert_true(read_scalar(state, STR("3"), TAG "float").real == 3.0);
    assert_true(read_scalar(state, STR("on"), TAG "bool").truth);
    assert_int_equal(read_scalar(state, STR(""), TAG "null").kind, SCALAR_NULL);
    assert_int_equal(read_scalar(state, STR("1"), "!own").kind, SCALAR_STRING);
    assert_int_equal(read_scalar(state, STR("1"), TAG "own").kind, SCALAR_STRING);
    assert_int_equal(read_scalar(state, STR("never"), TAG "timestamp").kind, SCALAR_STRING);
}

static void test_a_text_that_is_not_what_its_tag_says(void **state)
{
    static const struct {
        const char *text;
        const char *tag;
        const char *message;
    } rows[] = {
        {"x", TAG "int", "\"x\" is not a !!int; correct it or remove the tag"},
        {"1.5", TAG "int", "\"1.5\" is not a !!int; correct it or remove the tag"},
        {"", TAG "bool", "\"\" is not a !!bool; correct it or remove the tag"},
        {"no\n", TAG "bool", "\"no\\n\" is not a !!bool; correct it or remove the tag"},
        {"0", TAG "null", "\"0\" is not a !!null; correct it or remove the tag"},
        {"y", TAG "float", "\"y\" is not a !!float; correct it or remove the tag"},
        {"YQ", TAG "binary", "this !!binary is not base64"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct yaml_scalar scalar;
        struct error err;

        assert_false(yaml_scalar_read(str_from(rows[i].text), rows[i].tag, *state, &scalar, &err));
        assert_string_equal(err.message, rows[i].message);
    }
}

static void test_binary(void **state)
{
    static const struct {
        const char *text;
        struct str bytes;
    } rows[] = {
        {"", STR_INIT("")},           {"aGVs\nbG8=", STR_INIT("hello")},
        {"YQ==", STR_INIT("a")},      {"AGE=", STR_INIT("\0a")},
        {"4pi6", STR_INIT("\u263a")}, {"/8M=", STR_INIT("\uFFFD\uFFFD")},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct yaml_scalar scalar = read_scalar(state, str_from(rows[i].text), TAG "binary");

        assert_int_equal(scalar.kind, SCALAR_STRING);
        assert_true(str_equal(scalar.text, rows[i].bytes));
    }
}

static void test_a_full_arena_is_out_of_memory(void **state)
{
    struct arena none = ARENA_INIT(0);
    struct yaml_scalar scalar;
    struct error err;
    char digits[100];

    (void)state;
    memset(digits, '1', sizeof digits);
    assert_false(yaml_scalar_read((struct str){digits, sizeof digits}, NULL, &none, &scalar, &err));
    assert_string_equal(err.message, "out of memory");
    assert_false(yaml_scalar_read(STR("YQ=="), TAG "binary", &none, &scalar, &err));
    assert_string_equal(err.message, "out of memory");
}

static void test_json(void **state)
{
    struct yaml_scalar scalar = read_scalar(state, STR("-5"), NULL);
    struct error err = {.message = ""};
    json_t *value = yaml_scalar_json(&scalar, &err);

    assert_true(json_is_integer(value));
    assert_int_equal(json_integer_value(value), -5);
    json_decref(value);
    scalar = read_scalar(state, STR("18446744073709551615"), NULL);
    value = yaml_scalar_json(&scalar, &err);
    assert_true(json_real_value(value) == 18446744073709551615.0);
    json_decref(value);
    scalar = read_scalar(state, STR(".inf"), NULL);
    assert_null(yaml_scalar_json(&scalar, &err));
    assert_string_equal(err.message, "JSON has no infinity and no not-a-number; put it in quotes "
                                     "if text is meant");
}

static void test_keys(void **state)
{
    static const struct {
        const char *text;
        const char *key;
    } rows[] = {
        {"yes", "true"},
        {"Off", "false"},
        {"0x10", "16"},
        {"1_000", "1000"},
        {"1.0", "1"},
        {"1e5", "100000"},
        {"1e6", "1e+06"},
        {"999999.5", "999999.5"},
        {"0.0001", "0.0001"},
        {"0.00001", "1e-05"},
        {"1.5e10", "1.5e+10"},
        {"-0.0", "-0"},
        {"1e39", ".inf"},
        {"-.inf", "-.inf"},
        {".nan", ".nan"},
        {"16777217.0", "1.6777216e+07"},
        {"3.4028235e38", "3.4028235e+38"},
        {"a b", "a b"},
        {"1e-46", "0"},
        {"-9223372036854775808", "-9223372036854775808"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct yaml_scalar scalar = read_scalar(state, str_from(rows[i].text), NULL);
        char buffer[YAML_SCALAR_KEY_SIZE];
        struct error err = {.message = ""};
        struct str key;

        assert_true(yaml_scalar_key(&scalar, buffer, &key, &err));
        if (!str_equal(key, str_from(rows[i].key)))
            fail_msg("%s: %.*s", rows[i].text, (int)key.len, key.data);
    }
}

static void test_what_is_no_key(void **state)
{
    static const struct {
        struct str text;
        const char *message;
    } rows[] = {
        {STR_INIT("~"), "a key is null or missing; put it in quotes if text is meant"},
        {STR_INIT("18446744073709551615"), "a key is an integer above 64 bits; put it in quotes"},
        {STR_INIT("a\0b"), "a key holds a NUL character"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct yaml_scalar scalar = read_scalar(state, rows[i].text, NULL);
        char buffer[YAML_SCALAR_KEY_SIZE];
        struct error err = {.message = ""};
        struct str key;

        assert_false(yaml_scalar_key(&scalar, buffer, &key, &err));
        assert_string_equal(err.message, rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_in_every_base),
        cmocka_unit_test(test_integers_at_the_limits),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_a_nul_is_part_of_the_text),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_a_text_that_is_not_what_its_tag_says),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_a_full_arena_is_out_of_memory),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_what_is_no_key),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
