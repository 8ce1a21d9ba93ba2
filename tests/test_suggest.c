/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const char *const words[] = {"tls-cert-file", "tls-private-key-file", "mode", "log-level",
                                    "log-format"};

static const char *word(size_t i, const void *context)
{
    return ((const char *const *)context)[i];
}

static const char *nearest(const char *typed)
{
    return suggest(typed, sizeof words / sizeof words[0], word, words);
}

static void test_near(void **state)
{
    (void)state;
    assert_string_equal(nearest("mode"), "mode");
    assert_string_equal(nearest("mdoe"), "mode");  /* two letters swapped */
    assert_string_equal(nearest("modes"), "mode"); /* one too many */
    assert_string_equal(nearest("mod"), "mode");   /* one missing */
    assert_string_equal(nearest("tls-crt-file"), "tls-cert-file");
    assert_string_equal(nearest("tls-certfle"), "tls-cert-file");
    assert_string_equal(nearest("log-levle"), "log-level");
}

static void test_not_near(void **state)
{
    char longest[200];

    (void)state;
    assert_null(nearest(""));
    assert_null(nearest("m"));
    assert_null(nearest("node-name"));
    assert_null(nearest("tls-key"));
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(nearest(longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_not_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
