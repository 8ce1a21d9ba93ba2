/* SPDX-License-Identifier: Apache-2.0 */
/* A string is written as jansson writes it. */
#include "server/documents/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void assert_written_alike(struct str string)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(4096);
    json_t *value = json_stringn(string.data, string.len);
    char *expected = json_write(value);

    assert_non_null(expected);
    json_write_string(&text, string);
    assert_string_equal(text_get(&text), expected);
    assert_true(text.len <= JSON_STRING_MAX(string.len));
    free(expected);
    json_decref(value);
}

static void test_each_character(void **state)
{
    (void)state;
    for (int c = 0; c < 0x80; c++) {
        char text[] = "before \x01 and behind it, so far that it is long";

        text[7] = (char)c;
        assert_written_alike((struct str){text, sizeof text - 1});
        assert_written_alike((struct str){text + 7, 1});
        assert_written_alike((struct str){text, 8});
    }
}

static void test_strings(void **state)
{
    (void)state;
    assert_written_alike(STR(""));
    assert_written_alike(STR("plain"));
    assert_written_alike(STR("h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \x7F"));
    assert_written_alike(STR("\"\"\\\\\n\n/"));
    assert_written_alike(STR("a\0b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_character),
        cmocka_unit_test(test_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
