/* SPDX-License-Identifier: Apache-2.0 */
/* The waits after errors, on a clock and with random numbers of the test's own. */
#include "server/cluster/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct cluster_timing timing = CLUSTER_TIMING_DEFAULT;

/* The random number that makes `ms` neither longer nor shorter. */
static unsigned long long middle(unsigned ms)
{
    return ms / 5;
}

static unsigned wait_exactly(struct backoff *backoff, long long now_ms, unsigned expected)
{
    unsigned wait_ms = backoff_wait_ms(backoff, &timing, now_ms, middle(expected));

    assert_int_equal(wait_ms, expected);
    return wait_ms;
}

/* Errors one after the other, each as soon as the wait is over. */
static long long wait_all(struct backoff *backoff, long long now_ms)
{
    static const unsigned waits[] = {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000, 30000};

    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        now_ms += wait_exactly(backoff, now_ms, waits[i]);
    return now_ms;
}

static void test_doubles_up_to_the_largest(void **state)
{
    struct backoff backoff = {.next_ms = 0};

    (void)state;
    wait_all(&backoff, 0);
    backoff = (struct backoff){.next_ms = 0};
    wait_all(&backoff, 1LL << 40); /* a machine that has run for long */
}

static void test_starts_over_after_two_minutes(void **state)
{
    struct backoff backoff = {.next_ms = 0};
    long long now_ms;

    (void)state;
    now_ms = wait_all(&backoff, 1000);
    now_ms += 120000;
    now_ms += wait_exactly(&backoff, now_ms, 30000);
    now_ms += 120001;
    wait_all(&backoff, now_ms);
}

/* The two minutes count from the end of a wait, not from the error before it. */
static void test_a_wait_is_no_quiet_time(void **state)
{
    const struct cluster_timing long_waits = {
        .backoff_first_ms = 1000, .backoff_max_ms = 9000, .backoff_reset_ms = 500};
    struct backoff backoff = {.next_ms = 0};

    (void)state;
    assert_int_equal(backoff_wait_ms(&backoff, &long_waits, 0, middle(1000)), 1000);
    assert_int_equal(backoff_wait_ms(&backoff, &long_waits, 1500, middle(2000)), 2000);
    assert_int_equal(backoff_wait_ms(&backoff, &long_waits, 4001, middle(1000)), 1000);
}

/* Every number of a fifth more or less comes up, and no other. */
static void test_jitter(void **state)
{
    static const struct {
        unsigned first_ms, shortest_ms, longest_ms;
    } rows[] = {{800, 640, 960}, {30000, 24000, 36000}, {5, 4, 6}, {4, 4, 4}, {1, 1, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cluster_timing one = {.backoff_first_ms = rows[i].first_ms,
                                           .backoff_max_ms = rows[i].first_ms};
        unsigned span = rows[i].longest_ms - rows[i].shortest_ms + 1;

        for (unsigned random = 0; random < 2 * span; random++) {
            struct backoff backoff = {.next_ms = 0};

            assert_int_equal(backoff_wait_ms(&backoff, &one, 0, random),
                             rows[i].shortest_ms + random % span);
        }
    }
}

static void test_jitter_of_any_number(void **state)
{
    static const unsigned long long numbers[] = {0, 1, 320, 321, UINT32_MAX, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct backoff backoff = {.next_ms = 0};
        long long now_ms = 0;

        for (int error = 0; error < 20; error++) {
            unsigned wait_ms = backoff_wait_ms(&backoff, &timing, now_ms, numbers[i]);

            assert_in_range(wait_ms, 640, 36000);
            now_ms += wait_ms;
        }
    }
}

/* Hope ends a wait and what it has grown to, but not more often than the largest wait. */
static void test_hope(void **state)
{
    struct backoff backoff = {.next_ms = 0};
    long long now_ms;

    (void)state;
    now_ms = wait_all(&backoff, 0);
    assert_true(backoff_start_over(&backoff, &timing, now_ms));
    assert_int_equal(wait_exactly(&backoff, now_ms, 800), 800);
    assert_false(backoff_start_over(&backoff, &timing, now_ms));
    assert_false(backoff_start_over(&backoff, &timing, now_ms + 29999));
    assert_int_equal(wait_exactly(&backoff, now_ms + 29999, 1600), 1600);
    assert_true(backoff_start_over(&backoff, &timing, now_ms + 30000));
    assert_false(backoff_start_over(&backoff, &timing, now_ms + 30001));
    wait_all(&backoff, now_ms + 40000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_up_to_the_largest),
        cmocka_unit_test(test_starts_over_after_two_minutes),
        cmocka_unit_test(test_a_wait_is_no_quiet_time),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_jitter_of_any_number),
        cmocka_unit_test(test_hope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
