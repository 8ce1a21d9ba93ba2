/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook's certificate is renewed in a cluster, where nothing goes wrong. */
#include "server/registration/webhook_certificate.h"

#include "tests/support/certs_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct certs_cluster cluster;
static struct webhook_certificate *const task = &cluster.task;

static int set_up(void **state)
{
    (void)state;
    certs_cluster_start(&cluster);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certs_cluster_stop(&cluster);
    return 0;
}

static void put_issue(const struct certs_bundle *bundle)
{
    certs_cluster_put_secret(&cluster, bundle->ca_crt, bundle->tls_crt, bundle->tls_key);
    certs_cluster_put_trust(&cluster, bundle->ca_crt);
}

#define REPLACE "GET secret\n" LOOK "PATCH secret\n" SET_BOTH SEE_BOTH "PATCH secret\n"
#define REPLACED                                                          \
    "secret ns/tls patched: its ca.crt begins with a new CA\n" VALIDATING \
    "patched: " HOLD MUTATING "patched: " HOLD                            \
    "secret ns/tls renewed, valid until 2026-06-15T15:06:40Z\n"

#define LEFT_ALONE                                                 \
    "secret ns/tls left alone: valid until 2026-06-15T15:06:40Z, " \
    "to be renewed from 2025-12-15T03:01:40Z on\n"

static void test_renew_when_nothing_is_due(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);

    (void)state;
    put_issue(&bundle);
    expect_renew(&cluster, false, "GET secret\n" LOOK SEE_BOTH, LEFT_ALONE);
    /* It heals what someone broke. */
    certs_cluster_put_trust(&cluster, "broken");
    expect_renew(&cluster, false, "GET secret\n" LOOK SET_BOTH,
                 LEFT_ALONE VALIDATING "patched: " HOLD MUTATING "patched: " HOLD);
    assert_true(certs_cluster_is_trusted(&cluster));
    certs_bundle_free(&bundle);
}

static void expect_renewed(bool force)
{
    expect_renew(&cluster, force, REPLACE, REPLACED);
    assert_int_equal(cluster.distrusted, 0);
    assert_true(cluster.was_trusted);
    assert_non_null(cluster.pair_before);
    assert_int_equal(count_trusted(&cluster), 2);
}

static void test_renew_when_due(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);

    (void)state;
    put_issue(&bundle);
    task->now = CERTS_CLUSTER_NOW - 600 + (365 * CERTS_CLUSTER_DAY + 600) / 2 - 1;
    expect_renew(&cluster, false, "GET secret\n" LOOK SEE_BOTH, LEFT_ALONE);
    certs_bundle_free(&bundle);
    /* Of 365 days that began before, the half is over at the same time. */
    bundle =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW - 183 * CERTS_CLUSTER_DAY);
    put_issue(&bundle);
    certs_cluster_rewind(&cluster);
    free(cluster.pair_before);
    cluster.pair_before = NULL;
    task->now = CERTS_CLUSTER_NOW;
    expect_renewed(false);
    certs_bundle_free(&bundle);
}

/* Twice within an hour: pods may still serve the first pair, so its CA stays. */
static void test_renew_by_force(void **state)
{
    struct certs_bundle bundle =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW - CERTS_CLUSTER_DAY);
    char *first;

    (void)state;
    put_issue(&bundle);
    expect_renewed(true);
    expect_renew(&cluster, true, REPLACE, REPLACED);
    assert_int_equal(count_trusted(&cluster), 3);
    first = certs_cluster_trust(&cluster, 1, 2);
    assert_true(certs_cluster_accepts(first, bundle.tls_crt));
    free(first);
    task->now += CERTS_CLUSTER_DAY;
    expect_renew(&cluster, true, REPLACE,
                 "secret ns/tls patched: its ca.crt begins with a new CA\n" VALIDATING
                 "patched: " HOLD MUTATING "patched: " HOLD
                 "secret ns/tls renewed, valid until 2026-06-16T15:06:40Z\n");
    assert_int_equal(count_trusted(&cluster), 2);
    assert_int_equal(cluster.distrusted, 0);
    certs_bundle_free(&bundle);
}

static void expect_replaced(const char *ca_crt, const char *tls_crt, const char *tls_key,
                            const char *why)
{
    char lines[2048];

    certs_cluster_put_secret(&cluster, ca_crt, tls_crt, tls_key);
    snprintf(lines, sizeof lines, "secret ns/tls is not good and gets a new pair: %s\n%s", why,
             REPLACED);
    expect_renew(&cluster, false, REPLACE, lines);
}

static void test_renew_what_is_not_good(void **state)
{
    struct certs_bundle good = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    struct certs_bundle old =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 1, CERTS_CLUSTER_NOW - 2 * CERTS_CLUSTER_DAY);
    struct certs_bundle other = certs_cluster_issue("other.ns.svc", 365, CERTS_CLUSTER_NOW);
    struct error err = {.message = ""};

    (void)state;
    expect_replaced(NULL, NULL, NULL, "tls.crt is missing");
    expect_replaced(good.ca_crt, good.tls_crt, NULL, "tls.key is missing");
    expect_replaced(good.ca_crt, "", "", "tls.crt: is empty");
    expect_replaced("broken", good.tls_crt, good.tls_key,
                    "ca.crt: holds no PEM certificate (\"-----BEGIN CERTIFICATE-----\")");
    expect_replaced(old.ca_crt, old.tls_crt, old.tls_key,
                    "tls.crt: certificate 1 (O = hostdev-webhook, CN = hostdev-webhook.ns.svc): "
                    "expired on 2025-06-14T15:06:40Z (it is 2025-06-15T15:06:40Z now)");
    expect_replaced(other.ca_crt, other.tls_crt, other.tls_key,
                    "tls.crt is not for the name " CERTS_CLUSTER_HOST);
    assert_true(webhook_certificate_create(task, &err)); /* finds nothing wrong with it */
    certs_bundle_free(&good);
    certs_bundle_free(&old);
    certs_bundle_free(&other);
}

/* Servers keep the last good pair, and the API server knows them by the caBundles alone. */
static void test_renew_of_a_broken_secret_keeps_servers_trusted(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    char *trust;

    (void)state;
    put_issue(&bundle);
    task->now += CERTS_CLUSTER_DAY;
    certs_cluster_put_secret(&cluster, NULL, bundle.tls_crt, bundle.tls_key);
    certs_cluster_rewind(&cluster);
    assert_true(webhook_certificate_renew(task, false, &(struct error){.message = ""}));
    assert_int_equal(cluster.distrusted, 0);
    assert_int_equal(count_trusted(&cluster), 2);
    certs_cluster_put_secret(&cluster, NULL, NULL, NULL);
    assert_true(webhook_certificate_renew(task, false, &(struct error){.message = ""}));
    trust = certs_cluster_trust(&cluster, 0, 0);
    assert_true(certs_cluster_accepts(trust, bundle.tls_crt));
    assert_int_equal(count_trusted(&cluster), 3);
    free(trust);
    certs_bundle_free(&bundle);
}

static void test_renew_without_a_configuration(void **state)
{
    struct certs_bundle old =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 1, CERTS_CLUSTER_NOW - 2 * CERTS_CLUSTER_DAY);
    struct error err = {.message = ""};
    char *kept;

    (void)state;
    json_decref(cluster.configurations[1]);
    cluster.configurations[1] = NULL;
    expect_failed(&cluster, webhook_certificate_renew(task, false, &err), &err, "GET secret\n" LOOK,
                  "there is no mutatingwebhookconfiguration webhook: install it first");
    assert_null(cluster.secret);
    certs_cluster_reset(&cluster);
    put_issue(&old);
    json_decref(cluster.configurations[1]);
    cluster.configurations[1] = NULL;
    expect_failed(&cluster, webhook_certificate_renew(task, false, &err), &err, "GET secret\n" LOOK,
                  "there is no mutatingwebhookconfiguration webhook: install it first");
    kept = certs_cluster_part(&cluster, "ca.crt");
    assert_string_equal(kept, old.ca_crt);
    free(kept);
    certs_bundle_free(&old);
}

/* --- a Secret that is not there --------------------------------------------------------------- */

/* The whole of what makes an installation work; trusted before it is there to be used. */
#define CREATE "GET secret\n" LOOK EXTEND_BOTH LOOK "POST secrets\n"
#define EXTEND_BOTH "GET validating\nPATCH validating\nGET mutating\nPATCH mutating\n"
#define WILL_HOLD "its caBundles (2) hold the CA that secret ns/tls gets\n"
#define CREATED_TRUSTED                                                             \
    "secret ns/tls is not there: it is created once its CA is trusted\n" VALIDATING \
    "patched: " WILL_HOLD MUTATING "patched: " WILL_HOLD CREATED

static void test_renew_creates_what_is_missing(void **state)
{
    (void)state;
    for (int force = 0; force < 2; force++) {
        certs_cluster_reset(&cluster);
        expect_renew(&cluster, force != 0, CREATE, CREATED_TRUSTED);
        assert_int_equal(count_trusted(&cluster), 1);
        assert_true(cluster.was_trusted);
        assert_string_equal(json_string_value(json_object_get(cluster.secret, "type")),
                            "kubernetes.io/tls");
        expect_create(&cluster, "GET secret\n", HAS_GOOD);
        expect_patch(&cluster, LOOK SEE_BOTH,
                     VALIDATING "left alone: " HOLD MUTATING "left alone: " HOLD);
    }
}

/* Servers keep the pair of a Secret that was deleted, but an expired CA is of no use to them. */
static void test_renew_of_a_deleted_secret_keeps_servers_trusted(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    struct certs_bundle old =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 1, CERTS_CLUSTER_NOW - 3651 * CERTS_CLUSTER_DAY);

    (void)state;
    put_issue(&bundle);
    certs_cluster_drop_secret(&cluster);
    certs_cluster_rewind(&cluster);
    expect_renew(&cluster, false, CREATE, CREATED_TRUSTED);
    assert_int_equal(cluster.distrusted, 0);
    assert_true(certs_cluster_is_trusted(&cluster));
    assert_int_equal(count_trusted(&cluster), 2);
    put_issue(&old);
    certs_cluster_drop_secret(&cluster);
    certs_cluster_rewind(&cluster);
    expect_renew(&cluster, false, CREATE, CREATED_TRUSTED);
    assert_int_equal(count_trusted(&cluster), 1);
    certs_bundle_free(&bundle);
    certs_bundle_free(&old);
}

static void other_creates_late(struct certs_cluster *other, size_t number)
{
    struct certs_bundle *bundle = other->context;

    if (number == 9) /* the POST */
        certs_cluster_put_secret(other, bundle->ca_crt, bundle->tls_crt, bundle->tls_key);
}

/* Another one's pair stays, also with --force, and the caBundles become those of its Secret. */
static void test_renew_beside_another_that_creates(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    char *kept;

    (void)state;
    cluster.context = &bundle;
    cluster.before_request = other_creates_late;
    expect_renew(&cluster, true, CREATE "GET secret\n" LOOK SET_BOTH,
                 "secret ns/tls is not there: it is created once its CA is trusted\n" VALIDATING
                 "patched: " WILL_HOLD MUTATING "patched: " WILL_HOLD LEFT_ALONE VALIDATING
                 "patched: " HOLD MUTATING "patched: " HOLD);
    kept = certs_cluster_part(&cluster, "tls.crt");
    assert_string_equal(kept, bundle.tls_crt);
    assert_int_equal(count_trusted(&cluster), 1);
    free(kept);
    certs_bundle_free(&bundle);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_renew_when_nothing_is_due),
        CASE(test_renew_when_due),
        CASE(test_renew_by_force),
        CASE(test_renew_what_is_not_good),
        CASE(test_renew_of_a_broken_secret_keeps_servers_trusted),
        CASE(test_renew_without_a_configuration),
        CASE(test_renew_creates_what_is_missing),
        CASE(test_renew_of_a_deleted_secret_keeps_servers_trusted),
        CASE(test_renew_beside_another_that_creates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
