/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The webhook's certificate in a cluster where others write at each moment of a renewal. Whatever
 * they do, the API server keeps trusting the pairs that servers may use, and the next run completes
 * what was begun.
 */
#include "server/registration/webhook_certificate.h"

#include "tests/support/certs_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    other_task = certs_cluster_task(other, no_report);
    same->context = webhook_certificate_renew(&other_task, true, &err) ? same : NULL;
    api_client_free(other);
}

/* Whether this one is done, too. */
static bool renew_beside_other(enum start start)
{
    struct error err = {.message = ""};
    bool done;

    begin_with(&cluster, start);
    cluster.before_request = other_renews;
    done = webhook_certificate_renew(task, false, &err);
    if (!cluster.context)
        fail_msg("%zu: the other one failed", moment);
    if (!done && !strstr(err.message, "secret ns/tls was changed by someone else meanwhile"))
        fail_msg("%zu: %s", moment, err.message);
    expect_trusted(&cluster, "two renewals", moment);
    expect_complete(&cluster, "two renewals", moment);
    return done;
}

static void test_two_renewals_at_once(void **state)
{
    (void)state;
    for (moment = 0; moment < starts[START_DUE].requests; moment++) {
        if (renew_beside_other(START_DUE) != (moment == 0))
            fail_msg("%zu: both did it", moment);
    }
}

/* Whoever comes second finds that it is done. */
static void test_two_creations_at_once(void **state)
{
    (void)state;
    for (moment = 0; moment < starts[START_DELETED].requests; moment++) {
        assert_true(renew_beside_other(START_DELETED));
        assert_null(strstr(text_get(&cluster.report), "created"));
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
    other_task = certs_cluster_task(other, no_report);
    other_task.api.patience.transient_ms = 0;
    same->fault = FAULT_CUT_BEFORE;
    same->fault_at = same->requests + starts[same->secret ? START_DUE : START_DELETED].requests - 1;
    same->fault_count = 1;
    webhook_certificate_renew(&other_task, true, &err);
    same->fault_count = 0;
    api_client_free(other);
}

static void test_a_renewal_and_one_that_is_broken_off(void **state)
{
    (void)state;
    for (enum start i = START_DUE; i < START_COUNT; i++) {
        for (moment = 0; moment < starts[i].requests; moment++) {
            struct error err = {.message = ""};

            begin_with(&cluster, i);
            cluster.before_request = other_renews_in_part;
            webhook_certificate_renew(task, false, &err);
            expect_trusted(&cluster, "a part of a renewal", moment);
            if (!webhook_certificate_renew(task, false, &err))
                fail_msg("%zu: %s", moment, err.message);
            expect_trusted(&cluster, "after it", moment);
            expect_complete(&cluster, "after it", moment);
        }
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
    for (enum start i = START_DUE; i < START_COUNT; i++) {
        for (moment = 0; moment < starts[i].requests; moment++) {
            struct error err = {.message = ""};
            json_t *first;

            begin_with(&cluster, i);
            cluster.before_request = other_edits;
            if (!webhook_certificate_renew(task, false, &err))
                fail_msg("%zu: %s", moment, err.message);
            first = json_array_get(json_object_get(cluster.configurations[0], "webhooks"), 0);
            assert_int_equal(json_integer_value(json_object_get(first, "timeoutSeconds")), 29);
            expect_trusted(&cluster, "an edit", moment);
            expect_complete(&cluster, "an edit", moment);
        }
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
    assert_false(webhook_certificate_renew(task, false, &err));
    assert_non_null(strstr(err.message, "secret ns/tls was changed by someone else meanwhile"));
    assert_string_equal(text_get(&cluster.log),
                        "GET secret\nGET validating\nGET mutating\nPATCH secret\n"
                        "GET validating\nGET secret\n");
    expect_trusted(&cluster, "a change of the Secret", moment);
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
    assert_false(webhook_certificate_renew(task, false, &err));
    cluster.before_request = NULL;
    assert_true(strstr(err.message, "something keeps changing the caBundles") ||
                strstr(err.message, "the object has been modified"));
    kept = certs_cluster_part(&cluster, "tls.crt");
    assert_string_equal(kept, pair);
    expect_trusted(&cluster, "resets", 0);
    free(first_trust);
    free(pair);
    free(kept);
}

static void other_deletes(struct certs_cluster *same, size_t number)
{
    if (number != moment)
        return;
    certs_cluster_drop_secret(same);
}

static void test_secret_deleted_meanwhile(void **state)
{
    (void)state;
    for (moment = 1; moment < starts[START_DUE].requests; moment++) {
        struct error err = {.message = ""};

        begin_with(&cluster, START_DUE);
        cluster.before_request = other_deletes;
        assert_false(webhook_certificate_renew(task, false, &err));
        assert_string_equal(err.message, "secret ns/tls is not there: make it with "
                                         "\"certs create\" or \"certs renew\"");
        assert_null(cluster.secret);
        cluster.before_request = NULL;
        assert_true(webhook_certificate_renew(task, false, &err));
        expect_trusted(&cluster, "deleted", moment);
        expect_complete(&cluster, "deleted", moment);
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_two_renewals_at_once),
        CASE(test_two_creations_at_once),
        CASE(test_a_renewal_and_one_that_is_broken_off),
        CASE(test_an_edit_of_a_configuration_is_kept),
        CASE(test_a_change_of_the_secret_ends_a_renewal),
        CASE(test_someone_who_resets_the_trust),
        CASE(test_secret_deleted_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
