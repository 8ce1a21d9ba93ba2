/* SPDX-License-Identifier: Apache-2.0 */
#include "server/permitted/current_list.h"

#include "server/permitted/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A list of `count` devices. */
static struct permitted_list *make_list(size_t count)
{
    CLEANUP_TEXT struct text manifest = TEXT_INIT(65536);
    CLEANUP_TEXT struct text faults = TEXT_INIT(1024);
    const struct policy policy = {.warn_only = false};
    struct permitted_list *list;
    struct error err;

    text_add(&manifest, "{apiVersion: hco.kubevirt.io/v1beta1, kind: HyperConverged, metadata: {},"
                        " spec: {permittedHostDevices: {pciHostDevices: [");
    for (size_t i = 0; i < count; i++)
        text_addf(&manifest, "{pciDeviceSelector: '10de:%04zx', resourceName: a.b/d%zu},", i, i);
    text_add(&manifest, "]}}}");
    list = manifest_permitted_list(text_get(&manifest), manifest.len, &policy, &faults, &err);
    if (!list)
        fail_msg("%s", err.message);
    return list;
}

static int set_up(void **state)
{
    struct error err;

    *state = current_list_new(&err);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    current_list_free(*state);
    return 0;
}

static void test_unknown(void **state)
{
    struct current_list *current = *state;
    struct error problem;

    assert_null(current_list_get(current, &problem));
    assert_string_equal(problem.message, "the permitted list was not read yet");
    error_set(&problem, "the file is broken");
    assert_true(current_list_set_problem(current, &problem));
    error_set(&problem, "untouched");
    assert_null(current_list_get(current, &problem));
    assert_string_equal(problem.message, "the file is broken");
}

static void test_known(void **state)
{
    struct current_list *current = *state;
    struct permitted_list *first;
    struct permitted_list *second;
    struct error problem;

    error_set(&problem, "untouched");
    current_list_set(current, make_list(1));
    first = current_list_get(current, &problem);
    assert_int_equal(permitted_list_count(first), 1);
    current_list_set(current, make_list(2));
    second = current_list_get(current, &problem);
    assert_int_equal(permitted_list_count(second), 2);
    /* Who holds the first one can still read it. */
    assert_int_equal(permitted_list_find(first, STR("a.b/d0")), PERMISSION_GRANTED);
    assert_string_equal(problem.message, "untouched");
    permitted_list_unref(first);
    permitted_list_unref(second);
}

/* Once there is a list, a problem of its source does not take it away. */
static void test_problem_with_list(void **state)
{
    struct current_list *current = *state;
    struct permitted_list *list;
    struct error problem;

    current_list_set(current, make_list(1));
    error_set(&problem, "the file is broken");
    assert_false(current_list_set_problem(current, &problem));
    list = current_list_get(current, &problem);
    assert_non_null(list);
    permitted_list_unref(list);
}

static void test_age_counts_from_the_last_confirmation(void **state)
{
    struct current_list *current = *state;
    int tries = 0;

    assert_int_equal(current_list_age(current), 0);
    current_list_set(current, make_list(1));
    while (current_list_age(current) < 2)
        usleep(50000);
    do
        current_list_confirm(current);
    while (current_list_age(current) > 1 && ++tries < 100);
    assert_true(tries < 100);
}

static void test_free_of_nothing(void **state)
{
    (void)state;
    current_list_free(NULL);
}

struct readers {
    struct current_list *current;
    atomic_bool stop;
    atomic_size_t reads;
};

/* Every list that is ever current has 1 or 3 devices. */
static void *read_lists(void *argument)
{
    struct readers *readers = argument;
    struct error problem;

    while (!atomic_load(&readers->stop)) {
        struct permitted_list *list = current_list_get(readers->current, &problem);
        size_t count = permitted_list_count(list);

        if (count != 1 && count != 3)
            return list;
        permitted_list_unref(list);
        atomic_fetch_add(&readers->reads, 1);
    }
    return NULL;
}

static void test_swapped_under_readers(void **state)
{
    struct readers readers = {.current = *state};
    pthread_t threads[3];

    current_list_set(readers.current, make_list(1));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_lists, &readers), 0);
    for (size_t i = 0; i < 200 || atomic_load(&readers.reads) < 1000; i++)
        current_list_set(readers.current, make_list(i % 2 ? 1 : 3));
    atomic_store(&readers.stop, true);
    for (size_t i = 0; i < 3; i++) {
        void *wrong;

        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
}

#define WITH_HOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOLDER(test_unknown),
        WITH_HOLDER(test_known),
        WITH_HOLDER(test_problem_with_list),
        WITH_HOLDER(test_age_counts_from_the_last_confirmation),
        cmocka_unit_test(test_free_of_nothing),
        WITH_HOLDER(test_swapped_under_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
