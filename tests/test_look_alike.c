/* SPDX-License-Identifier: Apache-2.0 */
/* Which characters are taken for which. */
#include "validators/look_alike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_what_is_folded(void **state)
{
    static const struct {
        const char *what;
        struct str text, folded;
    } rows[] = {
        {"colons", STR_INIT("\u02d0\u0589\u2236\ua789\ufe13\ufe55\uff1a"), STR_INIT(":::::::")},
        {"dashes", STR_INIT("\u2010\u2013\u2014\u2015\u2212"), STR_INIT("-----")},
        {"spaces", STR_INIT("\u00a0\u2000\u200a\u202f\u3000"), STR_INIT("     ")},
        {"quotes", STR_INIT("\u2018\u2019\u201c\u201d"), STR_INIT("''\"\"")},
        {"invisible",
         STR_INIT("a\u00ad\u200b\u200d\u2060\u2064\ufeff"
                  "b"),
         STR_INIT("ab")},
        {"Greek", STR_INIT("\u0391\u0392\u0395\u039f\u03bf"), STR_INIT("ABE00")},
        {"Cyrillic", STR_INIT("\u0410\u0412\u0415\u041e\u0421\u0430\u0435\u043e\u0441\u0501"),
         STR_INIT("ABE0Cae0cd")},
        {"Arabic digits", STR_INIT("\u0660\u0669\u06f0\u06f9"), STR_INIT("0909")},
        {"full width", STR_INIT("\uff10\uff19\uff21\uff26\uff41\uff5a\uff01\uff5e"),
         STR_INIT("09AFaz!~")},
        {"mathematical digits", STR_INIT("\U0001d7ce\U0001d7d7\U0001d7f6\U0001d7ff"),
         STR_INIT("0909")},
        {"letters for digits", STR_INIT("lOdI:oeb8"), STR_INIT("10d1:0eb8")},
        {"what turns the direction of reading", STR_INIT("a\xe2\x80\xae\xe2\x80\xac\xe2\x81\xa6"),
         STR_INIT("a~~~")},
        {"unknown",
         STR_INIT("a\u00e9\U0001f600"
                  "b"),
         STR_INIT("a~~b")},
        {"just outside the ranges", STR_INIT("\u065f\u066a\u200a\u2016\uff5f"), STR_INIT("~~ ~~")},
        {"not UTF-8", STR_INIT("a\xff\xc3"), STR_INIT("a~~")},
        {"NUL is kept", STR_INIT("a\0\uff11"), STR_INIT("a\0001")},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[64];
        struct str folded = look_alike_fold(rows[i].text, buffer, sizeof buffer);

        if (!str_equal(folded, rows[i].folded)) {
            fprintf(stderr, "row \"%s\": \"%.*s\"\n", rows[i].what, (int)folded.len, folded.data);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_what_needs_no_folding_is_returned_itself(void **state)
{
    static const struct str rows[] = {
        STR_INIT(""),           STR_INIT("10de:1eb8"), STR_INIT("Oil"),  STR_INIT("lO:oI"),
        STR_INIT("lode:1eb80"), STR_INIT("lode-1eb8"), STR_INIT("a\0b"), STR_INIT(" []*?~"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[64];

        if (look_alike_fold(rows[i], buffer, sizeof buffer).data != rows[i].data)
            fail_msg("row %zu: \"%s\"", i, rows[i].data);
    }
}

static void test_what_does_not_fit_is_returned_itself(void **state)
{
    const struct str text = STR("\uff11\uff12");
    char buffer[8];

    (void)state;
    assert_ptr_equal(look_alike_fold(text, buffer, 5).data, text.data);
    assert_true(str_equal(look_alike_fold(text, buffer, 6), STR("12")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_folded),
        cmocka_unit_test(test_what_needs_no_folding_is_returned_itself),
        cmocka_unit_test(test_what_does_not_fit_is_returned_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
