/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread keeps of large buffers, and for how long. */
#include "server/http/spare_buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static char *new_buffer(size_t capacity)
{
    char *data = malloc(capacity);

    assert_non_null(data);
    memset(data, 'x', capacity);
    return data;
}

/* Until there is none. Returns the bytes that were there. */
static size_t take_all(void)
{
    size_t sum = 0, capacity;
    char *data;

    while ((data = spare_buffer_take(1, &capacity))) {
        memset(data, 'y', capacity);
        free(data);
        sum += capacity;
    }
    return sum;
}

static void test_a_large_one_is_kept(void **state)
{
    char *data = new_buffer(SPARE_BUFFER_MIN);
    size_t capacity = 0;

    (void)state;
    spare_buffer_give(data, SPARE_BUFFER_MIN);
    assert_null(spare_buffer_take(SPARE_BUFFER_MIN + 1, &capacity));
    assert_ptr_equal(spare_buffer_take(SPARE_BUFFER_MIN, &capacity), data);
    assert_int_equal(capacity, SPARE_BUFFER_MIN);
    assert_null(spare_buffer_take(1, &capacity));
    free(data);
}

static void test_a_small_one_is_not(void **state)
{
    (void)state;
    spare_buffer_give(new_buffer(SPARE_BUFFER_MIN - 1), SPARE_BUFFER_MIN - 1);
    spare_buffer_give(NULL, 0);
    assert_int_equal(take_all(), 0);
}

static void test_no_more_than_eight_and_four_mebibytes(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        spare_buffer_give(new_buffer(SPARE_BUFFER_MIN), SPARE_BUFFER_MIN);
    assert_int_equal(take_all(), 8 * SPARE_BUFFER_MIN);
    for (int i = 0; i < 20; i++)
        spare_buffer_give(new_buffer(1500000), 1500000);
    assert_int_equal(take_all(), 3000000);
    spare_buffer_give(new_buffer(5000000), 5000000);
    assert_int_equal(take_all(), 0);
}

static void test_they_are_let_go_when_nobody_takes_one(void **state)
{
    (void)state;
    spare_buffer_give(new_buffer(SPARE_BUFFER_MIN), SPARE_BUFFER_MIN);
    for (int i = 0; i < 1000; i++)
        spare_buffer_give(NULL, 0);
    assert_int_equal(take_all(), SPARE_BUFFER_MIN);
    spare_buffer_give(new_buffer(SPARE_BUFFER_MIN), SPARE_BUFFER_MIN);
    for (int i = 0; i < 1001; i++)
        spare_buffer_give(NULL, 0);
    assert_int_equal(take_all(), 0);
}

static void *give_some(void *unused)
{
    (void)unused;
    spare_buffer_give(new_buffer(SPARE_BUFFER_MIN), SPARE_BUFFER_MIN);
    spare_buffer_give(new_buffer(SPARE_BUFFER_MIN), SPARE_BUFFER_MIN);
    return NULL;
}

/* AddressSanitizer sees a buffer that outlives its thread. */
static void test_a_thread_takes_its_own_along(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, give_some, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(take_all(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_large_one_is_kept),
        cmocka_unit_test(test_a_small_one_is_not),
        cmocka_unit_test(test_no_more_than_eight_and_four_mebibytes),
        cmocka_unit_test(test_they_are_let_go_when_nobody_takes_one),
        cmocka_unit_test(test_a_thread_takes_its_own_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
