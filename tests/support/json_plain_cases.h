/* SPDX-License-Identifier: Apache-2.0 */
/* json_plain.h against one byte at a time; for each of its ways a program, see test_json_plain*.c.
 */
#ifndef TESTS_SUPPORT_JSON_PLAIN_CASES_H
#define TESTS_SUPPORT_JSON_PLAIN_CASES_H

#include "server/documents/json_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static const char *plain_end_slowly(const char *at, const char *end)
{
    while (at < end && json_is_plain(*at))
        at++;
    return at;
}

/* Each byte at each place of a text of each length; the memory ends where the text does. */
static void test_each_byte_at_each_place(void **state)
{
    (void)state;
    for (size_t len = 1; len < 40; len++) {
        char *text = malloc(len);

        assert_non_null(text);
        for (size_t at = 0; at < len; at++) {
            memset(text, 'x', len);
            for (int byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                assert_ptr_equal(json_plain_end(text, text + len),
                                 plain_end_slowly(text, text + len));
            }
        }
        free(text);
    }
}

/* Two bytes beside each other: a mark of one must not hide or move the other's. */
static void test_each_pair(void **state)
{
    char text[JSON_PLAIN_WIDTH];

    (void)state;
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            memset(text, 'x', sizeof text);
            text[2] = (char)a;
            text[3] = (char)b;
            assert_int_equal(json_plain_count(text),
                             plain_end_slowly(text, text + sizeof text) - text);
        }
    }
}

static int run_json_plain_cases(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_byte_at_each_place),
        cmocka_unit_test(test_each_pair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
