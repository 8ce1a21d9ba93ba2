/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The webhook's certificate in a cluster where things go wrong: each request of a renewal fails in
 * each way, once or for good, and others write at each moment. Whatever happens, the API server
 * keeps trusting the pairs that servers may use, and the next run completes what was begun.
 */
#include "server/registration/webhook_certificate.h"

#include "certs/pem.h"
#include "tests/support/certs_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* Requests of an undisturbed renewal, counted by the test of the sequence itself. */
#define RENEWAL 15

/* A request that fails for good. */
#define ALL ((size_t)-1)

static struct certs_cluster cluster;
static struct api_client *client;
static struct webhook_certificate task;
static struct text report = TEXT_INIT(65536);

static void did(const char *line)
{
    text_addf(&report, "%s\n", line);
}

/* The cluster as it is when each round begins: a pair that is due, trusted by all. */
static void begin(void)
{
    struct certs_bundle bundle =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW - 200 * CERTS_CLUSTER_DAY);

    certs_cluster_reset(&cluster);
    task = certs_cluster_task(&cluster, client, did);
    certs_cluster_put_trust(&cluster, bundle.ca_crt);
    certs_cluster_put_secret(&cluster, bundle.ca_crt, bundle.tls_crt, bundle.tls_key);
    assert_true(cluster.was_trusted);
    certs_cluster_rewind(&cluster);
    text_cut(&report, 0);
    certs_bundle_free(&bundle);
}

static int set_up(void **state)
{
    (void)state;
    certs_cluster_start(&cluster);
    client = certs_cluster_client(&cluster);
    begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    api_client_free(client);
    certs_cluster_stop(&cluster);
    text_free(&report);
    return 0;
}

static void impatient(void)
{
    task.api.patience.transient_ms = task.api.patience.forbidden_ms = 0;
}

static void patient(void)
{
    task.api.patience.transient_ms = task.api.patience.forbidden_ms = 30000;
}

/* The Secret holds a good pair that is not due, and everybody trusts what they should. */
static void expect_complete(const char *what, size_t at)
{
    struct error err = {.message = ""};

    certs_cluster_rewind(&cluster);
    text_cut(&report, 0);
    if (!webhook_certificate_renew(&task, false, &err))
        fail_msg("%s %zu: %s", what, at, err.message);
    if (!strstr(text_get(&report), "left alone: valid until") ||
        !certs_cluster_is_trusted(&cluster))
        fail_msg("%s %zu: not complete: %s", what, at, text_get(&report));
}

static void expect_trusted(const char *what, size_t at)
{
    if (cluster.distrusted > 0 || !certs_cluster_is_trusted(&cluster))
        fail_msg("%s %zu: a pair in use is not trusted:\n%s", what, at, text_get(&cluster.log));
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
    struct error err = {.message = ""};

    (void)state;
    assert_true(webhook_certificate_renew(&task, false, &err));
    assert_int_equal(cluster.requests, RENEWAL);
    expect_trusted("sequence", 0);
    expect_complete("sequence", 0);
}

/* The API server is gone, or refuses, from one request on; the next run completes it. */
static void test_broken_off_at_each_request(void **state)
{
    (void)state;
    for (int fault = FAULT_500; fault < FAULT_COUNT; fault++) {
        for (size_t at = 0; at < RENEWAL; at++) {
            struct error err = {.message = ""};

            begin();
            impatient();
            set_fault((enum cluster_fault)fault, at, ALL);
            if (webhook_certificate_renew(&task, false, &err))
                fail_msg("%s %zu: done?", faults[fault], at);
            assert_true(err.message[0] != '\0');
            expect_trusted(faults[fault], at);
            cluster.fault_count = 0;
            patient();
            if (!webhook_certificate_renew(&task, false, &err))
                fail_msg("%s %zu: %s", faults[fault], at, err.message);
            expect_trusted(faults[fault], at);
            expect_complete(faults[fault], at);
        }
    }
}

/* What may pass is tried again, also when it was done and only the answer was lost. */
static void test_transient_fault_at_each_request(void **state)
{
    static const enum cluster_fault passing[] = {FAULT_500, FAULT_403, FAULT_CUT_BEFORE,
                                                 FAULT_CUT_AFTER};

    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        for (size_t at = 0; at < RENEWAL; at++) {
            struct error err = {.message = ""};

            begin();
            set_fault(passing[i], at, 2);
            if (!webhook_certificate_renew(&task, false, &err))
                fail_msg("%s %zu: %s", faults[passing[i]], at, err.message);
            assert_non_null(strstr(text_get(&report), "renewed, valid until"));
            expect_trusted(faults[passing[i]], at);
            expect_complete(faults[passing[i]], at);
        }
    }
}

static void create_with(enum cluster_fault fault, size_t at)
{
    struct error err = {.message = ""};
    bool passes = fault != FAULT_NO_JSON && fault != FAULT_NO_OBJECT;

    begin();
    json_decref(cluster.secret);
    cluster.secret = NULL;
    set_fault(fault, at, 1);
    assert_int_equal(webhook_certificate_create(&task, &err), passes);
    cluster.fault_count = 0;
    for (int again = 0; again < 2; again++) {
        text_cut(&report, 0);
        if (!webhook_certificate_create(&task, &err))
            fail_msg("%s %zu: %s", faults[fault], at, err.message);
    }
    assert_non_null(strstr(text_get(&report), "left alone: it holds a good pair"));
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
    assert_false(webhook_certificate_renew(&task, false, &err));
    assert_string_equal(err.message,
                        "secret ns/tls: the API server answers: HTTP 403: User \"u\" cannot do "
                        "this");
    set_fault(FAULT_500, cluster.requests + 2, ALL);
    assert_false(webhook_certificate_renew(&task, false, &err));
    assert_string_equal(err.message,
                        "mutatingwebhookconfiguration webhook: the API server answers: HTTP 500: "
                        "etcdserver: leader changed");
    set_fault(FAULT_NO_OBJECT, cluster.requests + 1, ALL);
    assert_false(webhook_certificate_renew(&task, false, &err));
    assert_string_equal(err.message, "validatingwebhookconfiguration webhook: the API server's "
                                     "answer is no such object");
}

/* --- others who write at the same time ------------------------------------------------------- */

static size_t moment; /* the number of the request before which the other one writes */

static void no_report(const char *line)
{
    (void)line;
}

/* A whole renewal by another one. */
static void other_renews(struct certs_cluster *same, size_t number)
{
    struct api_client *other;
    struct webhook_certificate other_task;
    struct error err;

    if (number != moment)
        return;
    same->before_request = NULL;
    other = certs_cluster_client(same);
    other_task = certs_cluster_task(same, other, no_report);
    same->context = webhook_certificate_renew(&other_task, true, &err) ? same : NULL;
    api_client_free(other);
}

static void test_two_renewals_at_once(void **state)
{
    (void)state;
    for (moment = 0; moment < RENEWAL; moment++) {
        struct error err = {.message = ""};
        bool done;

        begin();
        cluster.before_request = other_renews;
        done = webhook_certificate_renew(&task, false, &err);
        if (!cluster.context)
            fail_msg("%zu: the other one failed", moment);
        if (!done && !strstr(err.message, "secret ns/tls was changed by someone else meanwhile"))
            fail_msg("%zu: %s", moment, err.message);
        if (done != (moment == 0))
            fail_msg("%zu: both did it", moment);
        expect_trusted("two renewals", moment);
        expect_complete("two renewals", moment);
    }
}

/* Both begin, and the other one stops where its certificate is trusted and not in use yet. */
static void other_renews_in_part(struct certs_cluster *same, size_t number)
{
    struct api_client *other;
    struct webhook_certificate other_task;
    struct error err;

    if (number != moment)
        return;
    same->before_request = NULL;
    other = certs_cluster_client(same);
    other_task = certs_cluster_task(same, other, no_report);
    other_task.api.patience.transient_ms = 0;
    set_fault(FAULT_CUT_BEFORE, same->requests + RENEWAL - 1, 1);
    webhook_certificate_renew(&other_task, true, &err);
    same->fault_count = 0;
    api_client_free(other);
}

static void test_a_renewal_and_one_that_is_broken_off(void **state)
{
    (void)state;
    for (moment = 0; moment < RENEWAL; moment++) {
        struct error err = {.message = ""};

        begin();
        cluster.before_request = other_renews_in_part;
        webhook_certificate_renew(&task, false, &err);
        expect_trusted("a part of a renewal", moment);
        if (!webhook_certificate_renew(&task, false, &err))
            fail_msg("%zu: %s", moment, err.message);
        expect_trusted("after it", moment);
        expect_complete("after it", moment);
    }
}

static void other_edits(struct certs_cluster *same, size_t number)
{
    json_t *webhooks = json_object_get(same->configurations[0], "webhooks");
    json_t *metadata = json_object_get(same->configurations[0], "metadata");
    char version[16];

    if (number != moment)
        return;
    json_object_set_new(json_array_get(webhooks, 0), "timeoutSeconds", json_integer(29));
    snprintf(version, sizeof version, "%u", ++same->version);
    json_object_set_new(metadata, "resourceVersion", json_string(version));
}

static void test_an_edit_of_a_configuration_is_kept(void **state)
{
    (void)state;
    for (moment = 0; moment < RENEWAL; moment++) {
        struct error err = {.message = ""};
        json_t *first;

        begin();
        cluster.before_request = other_edits;
        if (!webhook_certificate_renew(&task, false, &err))
            fail_msg("%zu: %s", moment, err.message);
        first = json_array_get(json_object_get(cluster.configurations[0], "webhooks"), 0);
        assert_int_equal(json_integer_value(json_object_get(first, "timeoutSeconds")), 29);
        expect_trusted("an edit", moment);
        expect_complete("an edit", moment);
    }
}

static void other_labels(struct certs_cluster *same, size_t number)
{
    if (number == moment)
        json_object_set_new(json_object_get(same->secret, "metadata"), "resourceVersion",
                            json_string("999"));
}

/* Whoever changed it knows better: nothing more is written for a Secret that is not ours. */
static void test_a_change_of_the_secret_ends_a_renewal(void **state)
{
    struct error err = {.message = ""};

    (void)state;
    moment = 5; /* its ca.crt was patched, and the validating configuration was read */
    cluster.before_request = other_labels;
    assert_false(webhook_certificate_renew(&task, false, &err));
    assert_non_null(strstr(err.message, "secret ns/tls was changed by someone else meanwhile"));
    assert_string_equal(text_get(&cluster.log),
                        "GET secret\nGET validating\nGET mutating\nPATCH secret\n"
                        "GET validating\nGET secret\n");
    expect_trusted("a change of the Secret", moment);
}

static char *first_trust; /* the caBundle that someone insists on */

static void other_resets(struct certs_cluster *same, size_t number)
{
    (void)number;
    if (strstr(text_get(&same->log), "PATCH mutating"))
        certs_cluster_put_trust(same, first_trust);
}

/* As a tool does that applies manifests with a caBundle in them again and again. */
static void test_someone_who_resets_the_trust(void **state)
{
    struct error err = {.message = ""};
    char *kept, *pair;

    (void)state;
    first_trust = certs_cluster_trust(&cluster, 0, 0);
    pair = certs_cluster_part(&cluster, "tls.crt");
    cluster.before_request = other_resets;
    assert_false(webhook_certificate_renew(&task, false, &err));
    cluster.before_request = NULL;
    assert_true(strstr(err.message, "something keeps changing the caBundles") ||
                strstr(err.message, "the object has been modified"));
    kept = certs_cluster_part(&cluster, "tls.crt");
    assert_string_equal(kept, pair);
    expect_trusted("resets", 0);
    free(first_trust);
    free(pair);
    free(kept);
}

static void other_deletes(struct certs_cluster *same, size_t number)
{
    if (number != moment)
        return;
    json_decref(same->secret);
    same->secret = NULL;
}

static void test_secret_deleted_meanwhile(void **state)
{
    (void)state;
    for (moment = 0; moment < RENEWAL; moment++) {
        struct error err = {.message = ""};

        begin();
        cluster.before_request = other_deletes;
        assert_false(webhook_certificate_renew(&task, false, &err));
        assert_string_equal(err.message,
                            "secret ns/tls is not there: make it with \"certs create\"");
        assert_null(cluster.secret);
    }
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
        CASE(test_two_renewals_at_once),
        CASE(test_a_renewal_and_one_that_is_broken_off),
        CASE(test_an_edit_of_a_configuration_is_kept),
        CASE(test_a_change_of_the_secret_ends_a_renewal),
        CASE(test_someone_who_resets_the_trust),
        CASE(test_secret_deleted_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
