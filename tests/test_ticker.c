/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ticker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct counter {
    atomic_int ticks;
    pthread_t thread;
};

static void count(void *argument)
{
    struct counter *counter = argument;

    counter->thread = pthread_self();
    atomic_fetch_add(&counter->ticks, 1);
}

static void test_ticks_until_it_is_stopped(void **state)
{
    struct counter counter = {.ticks = 0};
    struct error err;
    struct ticker *ticker = ticker_start(count, &counter, 1, &err);
    int ticks;

    (void)state;
    assert_non_null(ticker);
    while (atomic_load(&counter.ticks) < 3)
        usleep(1000);
    ticker_stop(ticker);
    ticks = atomic_load(&counter.ticks);
    usleep(20000);
    assert_int_equal(atomic_load(&counter.ticks), ticks);
    assert_false(pthread_equal(counter.thread, pthread_self()));
}

static void test_stops_within_an_interval(void **state)
{
    struct counter counter = {.ticks = 0};
    struct error err;
    struct ticker *ticker = ticker_start(count, &counter, 3600 * 1000, &err);

    (void)state;
    assert_non_null(ticker);
    ticker_stop(ticker); /* or else the test takes an hour */
    assert_int_equal(atomic_load(&counter.ticks), 0);
    ticker_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks_until_it_is_stopped),
        cmocka_unit_test(test_stops_within_an_interval),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
