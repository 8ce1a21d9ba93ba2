/* SPDX-License-Identifier: Apache-2.0 */
/* How many lines pass, and that each that does not is told once. */
#include "server/log_limiter.h"
#include "server/metrics/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* One line comes in for so long. */
#define LINE_MS (1000 / LOG_LIMITER_PER_SECOND)

/* Tries `count` lines at one moment. Returns how many passed; adds to what was told. */
static unsigned try(struct log_limiter *limiter, unsigned count, long long now_ms,
                    unsigned long *told)
{
    unsigned passed = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned long left_out;

        passed += log_limiter_pass(limiter, now_ms, &left_out);
        *told += left_out;
    }
    return passed;
}

static void test_a_burst_passes(void **state)
{
    struct log_limiter limiter = LOG_LIMITER_INIT;
    unsigned long told = 0;

    (void)state;
    assert_int_equal(try(&limiter, 1000, 50, &told), LOG_LIMITER_BURST);
    assert_int_equal(told, 0);
    assert_int_equal(log_limiter_take(&limiter), 1000 - LOG_LIMITER_BURST);
    assert_int_equal(log_limiter_take(&limiter), 0);
}

static void test_then_so_many_a_second(void **state)
{
    struct log_limiter limiter = LOG_LIMITER_INIT;
    unsigned long told = 0;

    (void)state;
    try(&limiter, 1000, 7, &told);
    assert_int_equal(try(&limiter, 10, 7 + LINE_MS - 1, &told), 0);
    assert_int_equal(try(&limiter, 10, 7 + LINE_MS, &told), 1);
    assert_int_equal(try(&limiter, 100, 7 + 1000 + LINE_MS, &told), LOG_LIMITER_PER_SECOND);
}

/* Whoever was quiet for long saves up no more than one burst. */
static void test_a_pause_fills_it_up(void **state)
{
    struct log_limiter limiter = LOG_LIMITER_INIT;
    unsigned long told = 0;

    (void)state;
    try(&limiter, 1000, 0, &told);
    assert_int_equal(try(&limiter, 1000, 3600000, &told), LOG_LIMITER_BURST);
}

static void test_an_attack_is_told_now_and_then(void **state)
{
    struct log_limiter limiter = LOG_LIMITER_INIT;
    int64_t before = metrics_get(METRIC_LOG_LINES_DROPPED, METRIC_LABELS(LOG_DROP_RATE));
    unsigned long told = 0;
    unsigned passed = 0, reports = 0;

    (void)state;
    for (long long now_ms = 0; now_ms < 60000; now_ms += 10) {
        unsigned long left_out = 0;

        passed += try(&limiter, 5, now_ms, &left_out);
        reports += left_out > 0;
        told += left_out;
    }
    told += log_limiter_take(&limiter);
    assert_in_range(passed, 60 * LOG_LIMITER_PER_SECOND,
                    60 * LOG_LIMITER_PER_SECOND + LOG_LIMITER_BURST);
    assert_int_equal(passed + told, 30000);
    assert_in_range(reports, 60000 / LOG_LIMITER_REPORT_MS - 2, 60000 / LOG_LIMITER_REPORT_MS);
    assert_int_equal(metrics_get(METRIC_LOG_LINES_DROPPED, METRIC_LABELS(LOG_DROP_RATE)) - before,
                     told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_passes),
        cmocka_unit_test(test_then_so_many_a_second),
        cmocka_unit_test(test_a_pause_fills_it_up),
        cmocka_unit_test(test_an_attack_is_told_now_and_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
