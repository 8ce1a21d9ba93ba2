/* SPDX-License-Identifier: Apache-2.0 */
/* The distance of two names: against hand-made pairs, and against the full table of the textbook.
 */
#include "base/nearest_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_distances(void **state)
{
    static const struct {
        const char *a, *b;
        size_t limit, distance;
    } rows[] = {
        {"", "", 2, 0},
        {"", "a", 2, 1},
        {"abc", "", 2, 3},
        {"abc", "", 4, 3},
        {"abc", "abc", 0, 0},
        {"abc", "abd", 0, 1},
        {"ABC", "abc", 2, 0},
        {"abc", "acb", 2, 1},
        {"ab", "ba", 1, 1},
        {"abcd", "badc", 2, 2},
        {"ca", "abc", 4, 3}, /* optimal string alignment; unrestricted it would be 2 */
        {"kitten", "sitting", 4, 3},
        {"kitten", "sitting", 2, 3},
        {"kitten", "sitting", 1, 2},
        {"abcdefgh", "hgfedcba", 4, 5},
        {"abc", "xyz", 8, 3},
        {"abc", "abc", 9, 10}, /* a limit beyond what is supported */
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t there =
            nearest_name_distance(str_from(rows[i].a), str_from(rows[i].b), rows[i].limit);
        size_t back =
            nearest_name_distance(str_from(rows[i].b), str_from(rows[i].a), rows[i].limit);

        if (there != rows[i].distance || back != there) {
            fprintf(stderr, "\"%s\", \"%s\", limit %zu: %zu and %zu\n", rows[i].a, rows[i].b,
                    rows[i].limit, there, back);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Every cell of the table, without a band. */
static size_t full_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t table[16][16];

    for (size_t i = 0; i <= a_len; i++) {
        for (size_t j = 0; j <= b_len; j++) {
            size_t best = i + j;

            if (i > 0 && j > 0) {
                best = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                best = table[i - 1][j] + 1 < best ? table[i - 1][j] + 1 : best;
                best = table[i][j - 1] + 1 < best ? table[i][j - 1] + 1 : best;
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                    table[i - 2][j - 2] + 1 < best)
                    best = table[i - 2][j - 2] + 1;
            }
            table[i][j] = best;
        }
    }
    return table[a_len][b_len];
}

/* Also: a pair within the limit is never passed over for its letters. */
static void test_the_band_gives_what_the_full_table_gives(void **state)
{
    unsigned random = 7;

    (void)state;
    for (int round = 0; round < 50000; round++) {
        char text[2][16];
        size_t len[2], limit, expected, got, letters;
        struct str a, b;

        for (size_t i = 0; i < 2; i++) {
            random = random * 1103515245 + 12345;
            len[i] = (random >> 16) % 13;
            for (size_t j = 0; j < len[i]; j++) {
                random = random * 1103515245 + 12345;
                text[i][j] = (char)('a' + (random >> 16) % 3);
            }
        }
        random = random * 1103515245 + 12345;
        limit = (random >> 16) % 9;
        a = (struct str){text[0], len[0]};
        b = (struct str){text[1], len[1]};
        expected = full_distance(text[0], len[0], text[1], len[1]);
        letters = (size_t)__builtin_popcountll(nearest_name_letters(a) ^ nearest_name_letters(b));
        got = nearest_name_distance(a, b, limit);
        if (got != (expected > limit ? limit + 1 : expected) || letters > 2 * expected)
            fail_msg("\"%.*s\" and \"%.*s\", limit %zu: %zu instead of %zu, %zu letters differ",
                     (int)len[0], text[0], (int)len[1], text[1], limit, got, expected, letters);
    }
}

static void test_long_names(void **state)
{
    char a[NEAREST_NAME_LIMIT + 1], b[NEAREST_NAME_LIMIT + 1];

    (void)state;
    memset(a, 'a', sizeof a);
    memset(b, 'a', sizeof b);
    a[3] = b[300] = 'b';
    assert_int_equal(nearest_name_distance((struct str){a, NEAREST_NAME_LIMIT},
                                           (struct str){b, NEAREST_NAME_LIMIT}, 8),
                     2);
    assert_int_equal(nearest_name_distance((struct str){a, NEAREST_NAME_LIMIT},
                                           (struct str){b, NEAREST_NAME_LIMIT - 8}, 8),
                     9);
    assert_int_equal(nearest_name_distance((struct str){a, NEAREST_NAME_LIMIT + 1},
                                           (struct str){a, NEAREST_NAME_LIMIT + 1}, 8),
                     9);
}

static void test_longer_names_tolerate_more(void **state)
{
    static const size_t rows[][2] = {{0, 1},  {4, 1},  {5, 2},  {9, 2},
                                     {10, 3}, {19, 3}, {20, 4}, {308, 4}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(nearest_name_tolerance(rows[i][0]), rows[i][1]);
}

static void test_letters_ignore_case_and_order(void **state)
{
    (void)state;
    assert_true(nearest_name_letters(STR("Tesla/T4")) == nearest_name_letters(STR("4tESLA/a")));
    assert_true(nearest_name_letters(STR("a")) != nearest_name_letters(STR("b")));
    assert_true(nearest_name_letters(STR("")) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_the_band_gives_what_the_full_table_gives),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_longer_names_tolerate_more),
        cmocka_unit_test(test_letters_ignore_case_and_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
