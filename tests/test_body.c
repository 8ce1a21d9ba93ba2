/* SPDX-License-Identifier: Apache-2.0 */
/* A body grows with what arrives, within its limit, and takes its memory from an account. */
#include "server/http/body.h"
#include "server/http/spare_buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void test_pieces_are_put_together(void **state)
{
    struct account account = {0};
    struct body body = {.account = &account, .most = 100000};
    char piece[1000];

    (void)state;
    assert_string_equal(body_get(&body).data, "");
    for (int i = 0; i < 100; i++) {
        memset(piece, 'a' + i % 26, sizeof piece);
        assert_true(body_add(&body, piece, sizeof piece));
        assert_in_range(account.taken, body.len, 100000);
    }
    assert_int_equal(body_get(&body).len, 100000);
    for (int i = 0; i < 100; i++)
        assert_int_equal(body_get(&body).data[i * 1000 + 999], 'a' + i % 26);
    assert_int_equal(body.capacity, 100000);
    body_free(&body);
    assert_int_equal(account.taken, 0);
    assert_int_equal(body_get(&body).len, 0);
    body_free(&body);
    assert_int_equal(account.taken, 0);
}

static void test_no_more_than_was_announced_is_taken(void **state)
{
    struct account account = {0};
    struct body body = {.account = &account, .most = 10};

    (void)state;
    assert_true(body_add(&body, "0123456789", 10));
    assert_int_equal(account.taken, 10);
    assert_true(body_add(&body, "", 0));
    body_free(&body);
}

static void test_an_account_that_gives_nothing(void **state)
{
    struct budget budget = {.limit = 8192};
    struct account account = ACCOUNT_INIT(&budget);
    struct body body = {.account = &account, .most = 100000};
    char piece[4000] = {0};

    (void)state;
    assert_true(body_add(&body, piece, sizeof piece));
    assert_int_equal(body.len, 4000);
    assert_true(body_add(&body, piece, sizeof piece));
    assert_false(body_add(&body, piece, sizeof piece));
    assert_true(account.refused);
    assert_int_equal(body.len, 8000);
    body_free(&body);
    assert_int_equal(budget_used(&budget), 0);
}

static char *new_spare(size_t capacity)
{
    char *data = malloc(capacity);

    assert_non_null(data);
    spare_buffer_give(data, capacity);
    return data;
}

static void test_a_spare_buffer_is_used(void **state)
{
    struct account account = {0};
    struct body body = {.account = &account, .most = 150000};
    char *spare = new_spare(200000);
    char piece[1000];

    (void)state;
    for (size_t i = 0; i < 150; i++) {
        memset(piece, (int)('a' + i % 26), sizeof piece);
        assert_true(body_add(&body, piece, sizeof piece));
        assert_int_equal(account.taken, body.capacity);
    }
    assert_ptr_equal(body.data, spare);
    assert_int_equal(body.capacity, 200000);
    for (size_t i = 0; i < 150; i++)
        assert_int_equal(body_get(&body).data[i * 1000], 'a' + i % 26);
    body_free(&body);
    assert_int_equal(account.taken, 0);
}

static void test_a_spare_buffer_that_is_too_much(void **state)
{
    struct budget budget = {.limit = 180000};
    struct account account = ACCOUNT_INIT(&budget);
    struct body body = {.account = &account, .most = 70000};
    char piece[1000] = {0};
    char *spare = new_spare(200000);
    size_t capacity;

    (void)state;
    for (int i = 0; i < 70; i++)
        assert_true(body_add(&body, piece, sizeof piece));
    assert_int_equal(body.capacity, 70000);
    assert_false(account.refused);
    body_free(&body);
    assert_int_equal(budget_used(&budget), 0);
    assert_ptr_equal(spare_buffer_take(200000, &capacity), spare);
    free(spare);
    while ((spare = spare_buffer_take(1, &capacity)))
        free(spare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_put_together),
        cmocka_unit_test(test_no_more_than_was_announced_is_taken),
        cmocka_unit_test(test_an_account_that_gives_nothing),
        cmocka_unit_test(test_a_spare_buffer_is_used),
        cmocka_unit_test(test_a_spare_buffer_that_is_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
