/* SPDX-License-Identifier: Apache-2.0 */
/* The one error shape: set, wrapped, cut. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void test_setting_is_false(void **state)
{
    struct error err;

    (void)state;
    assert_false(error_set(&err, "line %d: %s", 7, "bad"));
    assert_string_equal(err.message, "line 7: bad");
    assert_false(error_no_memory(&err));
    assert_string_equal(err.message, "out of memory");
}

static void test_wrapping_puts_context_in_front(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, "no such file");
    assert_false(error_wrap(&err, "can't open \"%s\"", "x"));
    assert_false(error_wrap(&err, "the list"));
    assert_string_equal(err.message, "the list: can't open \"x\": no such file");
}

static void test_a_message_may_be_part_of_the_next(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, "100%% of %s", "it");
    error_wrap(&err, "%s", "a %s b");
    assert_string_equal(err.message, "a %s b: 100% of it");
}

static void test_what_is_too_long_is_cut(void **state)
{
    char filler[2000];
    struct error err;

    (void)state;
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    error_set(&err, "%s", filler);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    error_wrap(&err, "context");
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_memory_equal(err.message, "context: xxx", 12);
    error_wrap(&err, "%s", filler);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(err.message[sizeof err.message - 2], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setting_is_false),
        cmocka_unit_test(test_wrapping_puts_context_in_front),
        cmocka_unit_test(test_a_message_may_be_part_of_the_next),
        cmocka_unit_test(test_what_is_too_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
