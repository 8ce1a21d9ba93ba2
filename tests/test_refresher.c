/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source whose readings begin and end when the test says so. Nothing is timed but the interval
 * between readings, and of that only that it is not shorter.
 */
#include "server/permitted/refresher.h"

#include "server/monotonic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#define GIVE_UP_MS 30000
#define MANY 2000

enum answer { NOT_YET, FRESH, TOLD_PROBLEM };

struct waiter {
    struct refresh_waiter waiter; /* first: the callback gets its address */
    struct fixture *fixture;
    enum answer answer;
    struct error problem;
    unsigned reads_ended; /* when it was told */
};

struct fixture {
    struct refresher *refresher;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool held;  /* readings don't end before it is false */
    bool fails; /* readings fail */
    unsigned begun, ended, looks, told;
    struct waiter waiters[MANY];
};

/* --- the source ------------------------------------------------------------------------------ */

static bool read_slowly(void *source, struct error *err)
{
    struct fixture *fixture = source;
    bool good;

    pthread_mutex_lock(&fixture->lock);
    fixture->begun++;
    pthread_cond_broadcast(&fixture->changed);
    while (fixture->held)
        pthread_cond_wait(&fixture->changed, &fixture->lock);
    fixture->ended++;
    good = !fixture->fails;
    pthread_mutex_unlock(&fixture->lock);
    return good || error_set(err, "no answer");
}

static void count_look(void *source)
{
    struct fixture *fixture = source;

    pthread_mutex_lock(&fixture->lock);
    fixture->looks++;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

static void note(struct refresh_waiter *waiter, const struct error *problem)
{
    struct waiter *mine = (struct waiter *)waiter;
    struct fixture *fixture = mine->fixture;

    pthread_mutex_lock(&fixture->lock);
    mine->answer = problem ? TOLD_PROBLEM : FRESH;
    if (problem)
        mine->problem = *problem;
    mine->reads_ended = fixture->ended;
    fixture->told++;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

/* --- the test's side ------------------------------------------------------------------------- */

static void start(struct fixture *fixture, unsigned look_interval_ms)
{
    const struct refresh_source source = {
        .read = read_slowly,
        .look = look_interval_ms > 0 ? count_look : NULL,
        .look_interval_ms = look_interval_ms,
        .source = fixture,
    };
    struct error err;

    fixture->refresher = refresher_start(&source, &err);
    assert_non_null(fixture->refresher);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    pthread_mutex_init(&fixture.lock, NULL);
    monotonic_cond_init(&fixture.changed);
    for (size_t i = 0; i < MANY; i++)
        fixture.waiters[i] = (struct waiter){.waiter = {.done = note}, .fixture = &fixture};
    *state = &fixture;
    return 0;
}

static void set_held(struct fixture *fixture, bool held)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->held = held;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

static void set_fails(struct fixture *fixture, bool fails)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->fails = fails;
    pthread_mutex_unlock(&fixture->lock);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    set_held(fixture, false);
    refresher_free(fixture->refresher);
    pthread_cond_destroy(&fixture->changed);
    pthread_mutex_destroy(&fixture->lock);
    return 0;
}

/* Returns what the counter has reached. */
static unsigned wait_for(struct fixture *fixture, const char *what, const unsigned *counter,
                         unsigned at_least)
{
    long long give_up = monotonic_ms() + GIVE_UP_MS;
    bool late = false;
    unsigned reached;

    pthread_mutex_lock(&fixture->lock);
    while (*counter < at_least && !late)
        late = monotonic_wait(&fixture->changed, &fixture->lock, give_up);
    reached = *counter;
    pthread_mutex_unlock(&fixture->lock);
    if (reached < at_least)
        fail_msg("%s: %u, where %u are waited for", what, reached, at_least);
    return reached;
}

static void ask(struct fixture *fixture, size_t who)
{
    refresher_wait(fixture->refresher, &fixture->waiters[who].waiter);
}

static void *stop(void *fixture)
{
    refresher_stop(((struct fixture *)fixture)->refresher);
    return NULL;
}

/* --- tests ----------------------------------------------------------------------------------- */

static void test_one(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, 0);
    ask(fixture, 0);
    wait_for(fixture, "told", &fixture->told, 1);
    assert_int_equal(fixture->waiters[0].answer, FRESH);
    assert_int_equal(fixture->begun, 1);
}

/* Nobody reads when nobody asks: the first reading is the one that was asked for. */
static void test_flood_shares_a_reading(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, 0);
    set_held(fixture, true);
    ask(fixture, 0);
    wait_for(fixture, "begun", &fixture->begun, 1);
    for (size_t i = 1; i < MANY; i++)
        ask(fixture, i);
    set_held(fixture, false);
    wait_for(fixture, "told", &fixture->told, MANY);
    assert_int_equal(fixture->begun, 2);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(fixture->waiters[i].answer, FRESH);
}

/* What was read may be older than the request: only a reading that begins later counts. */
static void test_late_waits_for_the_next(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, 0);
    set_held(fixture, true);
    ask(fixture, 0);
    wait_for(fixture, "begun", &fixture->begun, 1);
    ask(fixture, 1);
    set_held(fixture, false);
    wait_for(fixture, "told", &fixture->told, 2);
    assert_int_equal(fixture->waiters[0].reads_ended, 1);
    assert_int_equal(fixture->waiters[1].reads_ended, 2);
}

static void test_failure_is_told_to_all(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, 0);
    set_held(fixture, true);
    set_fails(fixture, true);
    ask(fixture, 0);
    wait_for(fixture, "begun", &fixture->begun, 1);
    ask(fixture, 1);
    ask(fixture, 2);
    set_held(fixture, false);
    wait_for(fixture, "told", &fixture->told, 3);
    assert_int_equal(fixture->begun, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fixture->waiters[i].answer, TOLD_PROBLEM);
        assert_string_equal(fixture->waiters[i].problem.message, "no answer");
    }
    /* Who comes later gets a reading of its own, and a good one says nothing of a problem. */
    set_fails(fixture, false);
    ask(fixture, 3);
    wait_for(fixture, "told", &fixture->told, 4);
    assert_int_equal(fixture->waiters[3].answer, FRESH);
    assert_int_equal(fixture->begun, 2);
}

/* Each asks when the one before was told: N readings take N - 1 intervals at least. */
static void test_interval(void **state)
{
    struct fixture *fixture = *state;
    long long before = monotonic_ms();

    start(fixture, 0);
    for (unsigned i = 0; i < 6; i++) {
        ask(fixture, i);
        wait_for(fixture, "told", &fixture->told, i + 1);
    }
    assert_int_equal(fixture->begun, 6);
    assert_true(monotonic_ms() - before >= 5LL * REFRESHER_INTERVAL_MS);
}

/* The same when readings fail. */
static void test_interval_of_failures(void **state)
{
    struct fixture *fixture = *state;
    long long before = monotonic_ms();

    set_fails(fixture, true);
    start(fixture, 0);
    for (unsigned i = 0; i < 4; i++) {
        ask(fixture, i);
        wait_for(fixture, "told", &fixture->told, i + 1);
    }
    assert_true(monotonic_ms() - before >= 3LL * REFRESHER_INTERVAL_MS);
}

static void test_looks(void **state)
{
    struct fixture *fixture = *state;
    unsigned looks;

    start(fixture, 1);
    wait_for(fixture, "looks", &fixture->looks, 3);
    ask(fixture, 0);
    wait_for(fixture, "told", &fixture->told, 1);
    looks = wait_for(fixture, "looks", &fixture->looks, 0);
    wait_for(fixture, "looks", &fixture->looks, looks + 3);
    assert_int_equal(fixture->begun, 1);
}

static void test_no_look_while_there_is_time(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, 3600 * 1000);
    ask(fixture, 0);
    wait_for(fixture, "told", &fixture->told, 1);
    assert_int_equal(fixture->looks, 0);
}

/* The reading under way still counts for those who waited for it; the others are told. */
static void test_stop_tells_the_rest(void **state)
{
    struct fixture *fixture = *state;
    pthread_t stopper;

    start(fixture, 0);
    set_held(fixture, true);
    ask(fixture, 0);
    wait_for(fixture, "begun", &fixture->begun, 1);
    for (size_t i = 1; i < 10; i++)
        ask(fixture, i);
    assert_int_equal(pthread_create(&stopper, NULL, stop, fixture), 0);
    set_held(fixture, false);
    pthread_join(stopper, NULL);
    assert_int_equal(fixture->told, 10);
    assert_int_equal(fixture->waiters[0].answer, FRESH);
    /* A second reading may have begun before stop() was seen; then all of them got it. */
    for (size_t i = 1; i < 10; i++) {
        if (fixture->begun > 1)
            assert_int_equal(fixture->waiters[i].answer, FRESH);
        else
            assert_string_equal(fixture->waiters[i].problem.message, "the server is stopping");
    }
}

static void test_stop_at_once(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, 0);
    refresher_stop(fixture->refresher);
    assert_int_equal(fixture->begun, 0);
    /* Who comes now is told at once, by its own thread. */
    ask(fixture, 0);
    assert_string_equal(fixture->waiters[0].problem.message, "the server is stopping");
    refresher_stop(fixture->refresher);
    refresher_stop(NULL);
    refresher_free(NULL);
}

/* Many threads at once, while readings come and go, good ones and bad ones. */
static void *ask_many(void *first)
{
    struct waiter *waiters = first;

    for (size_t i = 0; i < MANY / 8; i++)
        refresher_wait(waiters->fixture->refresher, &waiters[i].waiter);
    return NULL;
}

static void test_many_threads(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[8];

    start(fixture, 1);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, ask_many, &fixture->waiters[i * (MANY / 8)]), 0);
    set_fails(fixture, true);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    wait_for(fixture, "told", &fixture->told, MANY);
    refresher_stop(fixture->refresher);
    assert_int_equal(fixture->told, MANY); /* each of them once */
    assert_int_equal(fixture->begun, fixture->ended);
}

#define WITH_SOURCE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SOURCE(test_one),
        WITH_SOURCE(test_flood_shares_a_reading),
        WITH_SOURCE(test_late_waits_for_the_next),
        WITH_SOURCE(test_failure_is_told_to_all),
        WITH_SOURCE(test_interval),
        WITH_SOURCE(test_interval_of_failures),
        WITH_SOURCE(test_looks),
        WITH_SOURCE(test_no_look_while_there_is_time),
        WITH_SOURCE(test_stop_tells_the_rest),
        WITH_SOURCE(test_stop_at_once),
        WITH_SOURCE(test_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
