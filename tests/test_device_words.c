/* SPDX-License-Identifier: Apache-2.0 */
/* Words of names of devices. */
#include "server/check/device_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_words(const char *name, const char *expected, const char *expected_camel)
{
    struct text words CLEANUP_TEXT = TEXT_INIT(256), camel CLEANUP_TEXT = TEXT_INIT(256);

    device_words_add(str_from(name), &words);
    device_words_add_camel(str_from(name), &camel);
    assert_string_equal(text_get(&words), expected);
    assert_string_equal(text_get(&camel), expected_camel);
}

static void test_words(void **state)
{
    (void)state;
    expect_words("", " ", " ");
    expect_words("[]", " ", " ");
    expect_words("TU104GL [Tesla T4]", " tu104gl tesla t4 ", " tu104gl tesla t4 ");
    expect_words("GV100GL_Tesla-V100.x", " gv100gl tesla v100 x ", " gv100gl tesla v100 x ");
    expect_words("TeslaT4", " teslat4 ", " tesla t4 ");
    expect_words("aB", " ab ", " a b ");
    expect_words("caf\xC3\xA9s", " caf s ", " caf s ");
}

static void test_next(void **state)
{
    struct str word;
    size_t at = 0;

    (void)state;
    assert_true(device_words_next(STR(" a bc "), &at, &word) && str_equal(word, STR("a")));
    assert_true(device_words_next(STR(" a bc "), &at, &word) && str_equal(word, STR("bc")));
    assert_false(device_words_next(STR(" a bc "), &at, &word));
    assert_false(device_words_next(STR(" a bc "), &at, &word));
    at = 0;
    assert_false(device_words_next(STR(" "), &at, &word));
    assert_false(device_words_next(STR(""), &at, &word));
}

static void test_have(void **state)
{
    const struct str words = STR(" mt2892 family connectx 6 dx ");

    (void)state;
    assert_true(device_words_have(words, STR("6")));
    assert_true(device_words_have(words, STR("dx")));
    assert_false(device_words_have(words, STR("connect")));
    assert_false(device_words_have(words, STR("x6")));
    assert_true(device_words_contain(words, STR("x6")));
    assert_true(device_words_contain(words, STR("6dx")));
    assert_true(device_words_contain(words, STR("mt2892")));
    assert_false(device_words_contain(words, STR("x7")));
    assert_false(device_words_contain(words, STR("dxx")));
}

static void test_tells(void **state)
{
    static const char *const models[] = {"t4", "v100", "gv100gl", "4090", "x710", "a100"};
    static const char *const others[] = {"tesla", "gpu", "16gb", "100", "4", "2x", "qat"};

    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        assert_true(device_word_tells(str_from(models[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(device_word_tells(str_from(others[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_have),
        cmocka_unit_test(test_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
