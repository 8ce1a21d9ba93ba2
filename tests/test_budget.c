/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that many share: what is taken, refused and given back. */
#include "base/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

#include <pthread.h>
#include <stdlib.h>

static void test_all_of_it_can_be_taken_and_no_more(void **state)
{
    struct budget budget = {.limit = 100};
    struct account one = ACCOUNT_INIT(&budget), other = ACCOUNT_INIT(&budget);

    (void)state;
    assert_true(account_take(&one, 60));
    assert_false(account_take(&other, 41));
    assert_true(other.refused && !one.refused);
    assert_int_equal(other.taken, 0);
    assert_true(account_take(&other, 40));
    assert_int_equal(budget_used(&budget), 100);
    assert_true(account_take(&other, 0));
    assert_false(account_take(&one, 1));
    assert_false(account_take(&one, SIZE_MAX));
    account_give(&one, 10);
    assert_int_equal(budget_used(&budget), 90);
    assert_true(account_take(&other, 10));
    account_close(&one);
    account_close(&other);
    assert_int_equal(budget_used(&budget), 0);
}

static void test_more_is_never_given_back_than_was_taken(void **state)
{
    struct budget budget = {.limit = 100};
    struct account one = ACCOUNT_INIT(&budget), other = ACCOUNT_INIT(&budget);

    (void)state;
    assert_true(account_take(&one, 30) && account_take(&other, 30));
    account_give(&one, 50);
    assert_int_equal(one.taken, 0);
    assert_int_equal(budget_used(&budget), 30);
    account_keep(&other, 40);
    assert_int_equal(other.taken, 30);
    account_keep(&other, 10);
    assert_int_equal(budget_used(&budget), 10);
    account_close(&other);
    account_close(&other);
    assert_int_equal(budget_used(&budget), 0);
}

static void test_without_a_budget_it_is_counted_only(void **state)
{
    struct account alone = ACCOUNT_INIT(NULL);

    (void)state;
    assert_true(account_take(&alone, SIZE_MAX - 1));
    assert_false(account_take(&alone, 2));
    account_close(&alone);
    assert_int_equal(alone.taken, 0);
    assert_true(account_take(NULL, SIZE_MAX));
    account_give(NULL, 1);
    account_close(NULL);
}

static void test_an_arena_takes_its_blocks_from_an_account(void **state)
{
    struct budget budget = {.limit = 100000};
    struct account account = ACCOUNT_INIT(&budget);
    struct arena arena = {.limit = SIZE_MAX, .account = &account};

    (void)state;
    assert_non_null(arena_alloc(&arena, 50000, 1));
    assert_in_range(budget_used(&budget), 50000, 60000);
    assert_null(arena_alloc(&arena, 50000, 1));
    assert_true(arena.failed && !arena.limited && account.refused);
    assert_in_range(budget_used(&budget), 50000, 60000);
    arena_free(&arena);
    assert_int_equal(budget_used(&budget), 0);
}

/* --- threads --------------------------------------------------------------------------------- */

#define THREADS 8
#define ROUNDS 20000

struct crowd {
    struct budget budget;
    atomic_size_t held; /* what the threads know that they hold */
    atomic_bool broken;
};

static void *take_and_give(void *data)
{
    struct crowd *crowd = data;

    for (size_t i = 0; i < ROUNDS; i++) {
        struct account account = ACCOUNT_INIT(&crowd->budget);

        for (size_t j = 1; j < 8; j++) {
            if (!account_take(&account, j * 10))
                continue;
            if (atomic_fetch_add(&crowd->held, j * 10) + j * 10 > crowd->budget.limit ||
                budget_used(&crowd->budget) > crowd->budget.limit)
                atomic_store(&crowd->broken, true);
        }
        atomic_fetch_sub(&crowd->held, account.taken);
        account_close(&account);
    }
    return NULL;
}

/* 280 each: never all of them at once. */
static void test_threads_never_hold_more_than_the_limit(void **state)
{
    struct crowd crowd = {.budget = {.limit = 700}};
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &crowd), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(atomic_load(&crowd.broken));
    assert_int_equal(budget_used(&crowd.budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it_can_be_taken_and_no_more),
        cmocka_unit_test(test_more_is_never_given_back_than_was_taken),
        cmocka_unit_test(test_without_a_budget_it_is_counted_only),
        cmocka_unit_test(test_an_arena_takes_its_blocks_from_an_account),
        cmocka_unit_test(test_threads_never_hold_more_than_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
