/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The webhook's certificate in a cluster where things go wrong: each request of a renewal fails in
 * each way, once or for good. Whatever happens, the API server keeps trusting the pairs that
 * servers may use, and the next run completes what was begun.
 */
#include "server/registration/webhook_certificate.h"

#include "tests/support/certs_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* A request that fails for good. */
#define ALL ((size_t)-1)

static struct certs_cluster cluster;
static struct webhook_certificate *const task = &cluster.task;

static int set_up(void **state)
{
    (void)state;
    certs_cluster_start(&cluster);
    begin_with(&cluster, START_DUE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certs_cluster_stop(&cluster);
    return 0;
}

static void impatient(void)
{
    task->api.patience.transient_ms = task->api.patience.forbidden_ms = 0;
}

static void patient(void)
{
    task->api.patience.transient_ms = task->api.patience.forbidden_ms = 30000;
}

/* --- faults ---------------------------------------------------------------------------------- */

static const char *const faults[FAULT_COUNT] = {
    "none", "HTTP 500", "HTTP 403", "HTTP 409", "cut before", "cut after", "no JSON", "no object",
};

static void set_fault(enum cluster_fault fault, size_t at, size_t count)
{
    cluster.fault = fault;
    cluster.fault_at = at;
    cluster.fault_count = count;
}

static void test_sequence(void **state)
{
    (void)state;
    for (enum start i = START_DUE; i < START_COUNT; i++) {
        struct error err = {.message = ""};

        begin_with(&cluster, i);
        assert_true(webhook_certificate_renew(task, false, &err));
        assert_int_equal(cluster.requests, starts[i].requests);
        expect_trusted(&cluster, starts[i].name, 0);
        expect_complete(&cluster, starts[i].name, 0);
    }
}

static void break_off(enum start start, enum cluster_fault fault, size_t at)
{
    struct error err = {.message = ""};

    begin_with(&cluster, start);
    impatient();
    set_fault(fault, at, ALL);
    if (webhook_certificate_renew(task, false, &err))
        fail_msg("%s %s %zu: done?", starts[start].name, faults[fault], at);
    assert_true(err.message[0] != '\0');
    expect_trusted(&cluster, faults[fault], at);
    cluster.fault_count = 0;
    patient();
    if (!webhook_certificate_renew(task, false, &err))
        fail_msg("%s %s %zu: %s", starts[start].name, faults[fault], at, err.message);
    expect_trusted(&cluster, faults[fault], at);
    expect_complete(&cluster, faults[fault], at);
}

/* The API server is gone, or refuses, from one request on; the next run completes it. */
static void test_broken_off_at_each_request(void **state)
{
    (void)state;
    for (enum start i = START_DUE; i < START_COUNT; i++) {
        for (int fault = FAULT_500; fault < FAULT_COUNT; fault++) {
            for (size_t at = 0; at < starts[i].requests; at++)
                break_off(i, (enum cluster_fault)fault, at);
        }
    }
}

static void disturb(enum start start, enum cluster_fault fault, size_t at)
{
    struct error err = {.message = ""};

    begin_with(&cluster, start);
    set_fault(fault, at, 2);
    if (!webhook_certificate_renew(task, false, &err))
        fail_msg("%s %s %zu: %s", starts[start].name, faults[fault], at, err.message);
    assert_non_null(strstr(text_get(&cluster.report), starts[start].does));
    expect_trusted(&cluster, faults[fault], at);
    expect_complete(&cluster, faults[fault], at);
}

/* What may pass is tried again, also when it was done and only the answer was lost. */
static void test_transient_fault_at_each_request(void **state)
{
    static const enum cluster_fault passing[] = {FAULT_500, FAULT_403, FAULT_CUT_BEFORE,
                                                 FAULT_CUT_AFTER};

    (void)state;
    for (enum start i = START_DUE; i < START_COUNT; i++) {
        for (size_t j = 0; j < sizeof passing / sizeof passing[0]; j++) {
            for (size_t at = 0; at < starts[i].requests; at++)
                disturb(i, passing[j], at);
        }
    }
}

static void create_with(enum cluster_fault fault, size_t at)
{
    struct error err = {.message = ""};
    bool passes = fault != FAULT_NO_JSON && fault != FAULT_NO_OBJECT;

    begin_with(&cluster, START_DELETED);
    set_fault(fault, at, 1);
    assert_int_equal(webhook_certificate_create(task, &err), passes);
    cluster.fault_count = 0;
    for (int again = 0; again < 2; again++) {
        text_cut(&cluster.report, 0);
        if (!webhook_certificate_create(task, &err))
            fail_msg("%s %zu: %s", faults[fault], at, err.message);
    }
    assert_non_null(strstr(text_get(&cluster.report), "left alone: it holds a good pair"));
}

static void test_create_with_a_fault_at_each_request(void **state)
{
    (void)state;
    for (int fault = FAULT_500; fault < FAULT_COUNT; fault++) {
        create_with((enum cluster_fault)fault, 0);
        create_with((enum cluster_fault)fault, 1);
    }
}

static void test_messages(void **state)
{
    struct error err = {.message = ""};

    (void)state;
    impatient();
    set_fault(FAULT_403, 0, ALL);
    assert_false(webhook_certificate_renew(task, false, &err));
    assert_string_equal(err.message,
                        "secret ns/tls: the API server answers: HTTP 403: User \"u\" cannot do "
                        "this");
    set_fault(FAULT_500, cluster.requests + 2, ALL);
    assert_false(webhook_certificate_renew(task, false, &err));
    assert_string_equal(err.message,
                        "mutatingwebhookconfiguration webhook: the API server answers: HTTP 500: "
                        "etcdserver: leader changed");
    set_fault(FAULT_NO_OBJECT, cluster.requests + 1, ALL);
    assert_false(webhook_certificate_renew(task, false, &err));
    assert_string_equal(err.message, "validatingwebhookconfiguration webhook: the API server's "
                                     "answer is no such object");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_sequence),
        CASE(test_broken_off_at_each_request),
        CASE(test_transient_fault_at_each_request),
        CASE(test_create_with_a_fault_at_each_request),
        CASE(test_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
