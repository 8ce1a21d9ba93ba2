/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook's certificate in a cluster, where nothing goes wrong and nobody interferes. */
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

static struct certs_cluster cluster;
static struct api_client *client;
static struct webhook_certificate task;
static struct text report = TEXT_INIT(65536);

static void did(const char *line)
{
    text_addf(&report, "%s\n", line);
}

static int set_up(void **state)
{
    (void)state;
    certs_cluster_start(&cluster);
    client = certs_cluster_client(&cluster);
    task = certs_cluster_task(&cluster, client, did);
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

static void rewind_all(void)
{
    certs_cluster_rewind(&cluster);
    text_cut(&report, 0);
}

/* --- what is expected ------------------------------------------------------------------------ */

static void expect_done(bool done, const struct error *err, const char *requests, const char *lines)
{
    if (!done)
        fail_msg("%s", err->message);
    assert_string_equal(text_get(&cluster.log), requests);
    assert_string_equal(text_get(&report), lines);
    rewind_all();
}

static void expect_failed(bool done, const struct error *err, const char *requests,
                          const char *message)
{
    assert_false(done);
    assert_string_equal(err->message, message);
    assert_string_equal(text_get(&cluster.log), requests);
    rewind_all();
}

static void expect_create(const char *requests, const char *lines)
{
    struct error err = {.message = ""};

    expect_done(webhook_certificate_create(&task, &err), &err, requests, lines);
}

static void expect_patch(const char *requests, const char *lines)
{
    struct error err = {.message = ""};

    expect_done(webhook_certificate_patch(&task, &err), &err, requests, lines);
}

static void expect_renew(bool force, const char *requests, const char *lines)
{
    struct error err = {.message = ""};

    expect_done(webhook_certificate_renew(&task, force, &err), &err, requests, lines);
}

static void put_issue(const struct certs_bundle *bundle)
{
    certs_cluster_put_secret(&cluster, bundle->ca_crt, bundle->tls_crt, bundle->tls_key);
    certs_cluster_put_trust(&cluster, bundle->ca_crt);
}

/* How many certificates ca.crt holds; each caBundle must be the same. */
static size_t count_trusted(void)
{
    struct certs_chain cas = {.count = 0};
    struct error err;
    char *ca_crt = certs_cluster_part(&cluster, "ca.crt");
    size_t count;

    for (size_t i = 0; i < 4; i++) {
        char *trust = certs_cluster_trust(&cluster, i / 2, i % 2 * 2);

        assert_string_equal(trust, ca_crt);
        free(trust);
    }
    assert_true(certs_pem_read_chain(str_from(ca_crt), &cas, &err));
    count = cas.count;
    certs_chain_clear(&cas);
    free(ca_crt);
    return count;
}

/* --- create ---------------------------------------------------------------------------------- */

#define CREATED "secret ns/tls created, valid until 2026-06-15T15:06:40Z\n"
#define HAS_GOOD \
    "secret ns/tls left alone: it holds a good pair, valid until 2026-06-15T15:06:40Z\n"

static void test_create(void **state)
{
    json_t *label;

    (void)state;
    expect_create("GET secret\nPOST secrets\n", CREATED);
    assert_string_equal(json_string_value(json_object_get(cluster.secret, "type")),
                        "kubernetes.io/tls");
    label = json_object_get(json_object_get(cluster.secret, "metadata"), "labels");
    assert_string_equal(json_string_value(json_object_get(label, "app.kubernetes.io/name")),
                        "hostdev-webhook");
    /* ca.crt, tls.crt and tls.key: the CA's key is nowhere. */
    assert_int_equal(json_object_size(json_object_get(cluster.secret, "data")), 3);
    expect_create("GET secret\n", HAS_GOOD);
}

static void other_creates(struct certs_cluster *other, size_t number)
{
    struct certs_bundle *bundle = other->context;

    if (number == 1)
        certs_cluster_put_secret(other, bundle->ca_crt, bundle->tls_crt, bundle->tls_key);
}

static void test_create_at_the_same_time(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    char *kept;

    (void)state;
    cluster.context = &bundle;
    cluster.before_request = other_creates;
    expect_create("GET secret\nPOST secrets\nGET secret\n", HAS_GOOD);
    kept = certs_cluster_part(&cluster, "tls.crt");
    assert_string_equal(kept, bundle.tls_crt);
    free(kept);
    certs_bundle_free(&bundle);
}

static void test_create_beside_a_bad_one(void **state)
{
    struct certs_bundle good = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    struct certs_bundle old =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 1, CERTS_CLUSTER_NOW - 2 * CERTS_CLUSTER_DAY);
    struct certs_bundle other = certs_cluster_issue("other.ns.svc", 365, CERTS_CLUSTER_NOW);
    const struct {
        const char *ca_crt, *tls_crt, *tls_key, *why;
    } rows[] = {
        {NULL, NULL, NULL, "tls.crt is missing"},
        {good.ca_crt, "", "", "tls.crt: is empty"},
        {NULL, good.tls_crt, good.tls_key, "ca.crt is missing"},
        {other.ca_crt, good.tls_crt, good.tls_key,
         "ca.crt does not hold the CA of tls.crt: clients that trust it refuse the certificate"},
        {other.ca_crt, other.tls_crt, other.tls_key,
         "tls.crt is not for the name " CERTS_CLUSTER_HOST},
        {old.ca_crt, old.tls_crt, old.tls_key,
         "tls.crt: certificate 1 (O = hostdev-webhook, CN = hostdev-webhook.ns.svc): expired on "
         "2025-06-14T15:06:40Z (it is 2025-06-15T15:06:40Z now)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = {.message = ""};
        char wanted[1024];

        certs_cluster_put_secret(&cluster, rows[i].ca_crt, rows[i].tls_crt, rows[i].tls_key);
        snprintf(wanted, sizeof wanted,
                 "secret ns/tls is there, but not good, and \"certs renew\" would replace it: %s",
                 rows[i].why);
        expect_failed(webhook_certificate_create(&task, &err), &err, "GET secret\n", wanted);
    }
    certs_bundle_free(&good);
    certs_bundle_free(&old);
    certs_bundle_free(&other);
}

/* --- patch ----------------------------------------------------------------------------------- */

#define VALIDATING "validatingwebhookconfiguration webhook "
#define MUTATING "mutatingwebhookconfiguration webhook "
#define HOLD "its caBundles (2) hold the CA of secret ns/tls\n"
#define LOOK "GET validating\nGET mutating\n"

static void test_patch(void **state)
{
    char *foreign;
    json_t *before, *after;

    (void)state;
    assert_true(webhook_certificate_create(&task, &(struct error){.message = ""}));
    rewind_all();
    before = json_deep_copy(json_object_get(cluster.configurations[1], "metadata"));
    expect_patch(LOOK "GET validating\nGET secret\nPATCH validating\n"
                      "GET mutating\nGET secret\nPATCH mutating\n",
                 VALIDATING "patched: " HOLD MUTATING "patched: " HOLD);
    assert_true(certs_cluster_is_trusted(&cluster));
    foreign = certs_cluster_trust(&cluster, 0, 1);
    assert_string_equal(foreign, "other");
    free(foreign);
    after = json_object_get(cluster.configurations[1], "metadata");
    json_object_del(before, "resourceVersion");
    assert_int_equal(json_object_size(after), json_object_size(before) + 1);
    assert_true(json_equal(json_object_get(before, "labels"), json_object_get(after, "labels")));
    json_decref(before);
    expect_patch(LOOK "GET validating\nGET secret\nGET mutating\nGET secret\n",
                 VALIDATING "left alone: " HOLD MUTATING "left alone: " HOLD);
}

static void test_patch_without_service_webhooks(void **state)
{
    json_t *hooks;

    (void)state;
    assert_true(webhook_certificate_create(&task, &(struct error){.message = ""}));
    rewind_all();
    hooks = json_object_get(cluster.configurations[0], "webhooks");
    json_array_remove(hooks, 2);
    json_array_remove(hooks, 0);
    json_object_del(cluster.configurations[1], "webhooks");
    expect_patch(LOOK "GET validating\nGET secret\nGET mutating\nGET secret\n",
                 VALIDATING "left alone: it has no webhook that is called through a Service\n" //
                 MUTATING "left alone: it has no webhook that is called through a Service\n");
}

static void test_patch_of_what_is_missing(void **state)
{
    struct error err = {.message = ""};

    (void)state;
    expect_failed(webhook_certificate_patch(&task, &err), &err, LOOK "GET validating\nGET secret\n",
                  "secret ns/tls is not there: make it with \"certs create\"");
    json_decref(cluster.configurations[1]);
    cluster.configurations[1] = NULL;
    expect_failed(webhook_certificate_patch(&task, &err), &err, LOOK,
                  "there is no mutatingwebhookconfiguration webhook: install it first");
    json_decref(cluster.configurations[0]);
    cluster.configurations[0] = NULL;
    expect_failed(webhook_certificate_patch(&task, &err), &err, LOOK,
                  "there is no validatingwebhookconfiguration and no mutatingwebhookconfiguration "
                  "webhook: install it first");
}

/* It would make every request of the API server fail. */
static void test_patch_with_another_ca(void **state)
{
    struct certs_bundle first = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    struct certs_bundle second = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    struct error err = {.message = ""};

    (void)state;
    certs_cluster_put_secret(&cluster, second.ca_crt, first.tls_crt, first.tls_key);
    expect_failed(webhook_certificate_patch(&task, &err), &err, LOOK "GET validating\nGET secret\n",
                  "secret ns/tls: ca.crt does not hold the CA of tls.crt: clients that trust it "
                  "refuse the certificate");
    certs_bundle_free(&first);
    certs_bundle_free(&second);
}

/* --- renew ----------------------------------------------------------------------------------- */

#define SET_BOTH \
    "GET validating\nGET secret\nPATCH validating\nGET mutating\nGET secret\nPATCH mutating\n"
#define SEE_BOTH "GET validating\nGET secret\nGET mutating\nGET secret\n"
#define REPLACE "GET secret\n" LOOK "PATCH secret\n" SET_BOTH SEE_BOTH "PATCH secret\n"
#define REPLACED                                                          \
    "secret ns/tls patched: its ca.crt begins with a new CA\n" VALIDATING \
    "patched: " HOLD MUTATING "patched: " HOLD                            \
    "secret ns/tls renewed, valid until 2026-06-15T15:06:40Z\n"

static void test_renew_when_nothing_is_due(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    static const char left_alone[] = "secret ns/tls left alone: valid until 2026-06-15T15:06:40Z, "
                                     "to be renewed from 2025-12-15T03:01:40Z on\n";
    char lines[1024];

    (void)state;
    put_issue(&bundle);
    expect_renew(false, "GET secret\n" LOOK SEE_BOTH, left_alone);
    /* It heals what someone broke. */
    certs_cluster_put_trust(&cluster, "broken");
    snprintf(lines, sizeof lines, "%s%s", left_alone,
             VALIDATING "patched: " HOLD MUTATING "patched: " HOLD);
    expect_renew(false, "GET secret\n" LOOK SET_BOTH, lines);
    assert_true(certs_cluster_is_trusted(&cluster));
    certs_bundle_free(&bundle);
}

static void expect_renewed(bool force)
{
    expect_renew(force, REPLACE, REPLACED);
    assert_int_equal(cluster.distrusted, 0);
    assert_true(cluster.was_trusted);
    assert_non_null(cluster.pair_before);
    assert_int_equal(count_trusted(), 2);
}

static void test_renew_when_due(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);

    (void)state;
    put_issue(&bundle);
    task.now = CERTS_CLUSTER_NOW - 600 + (365 * CERTS_CLUSTER_DAY + 600) / 2 - 1;
    expect_renew(false, "GET secret\n" LOOK SEE_BOTH,
                 "secret ns/tls left alone: valid until 2026-06-15T15:06:40Z, "
                 "to be renewed from 2025-12-15T03:01:40Z on\n");
    certs_bundle_free(&bundle);
    /* Of 365 days that began before, the half is over at the same time. */
    bundle =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW - 183 * CERTS_CLUSTER_DAY);
    put_issue(&bundle);
    rewind_all();
    free(cluster.pair_before);
    cluster.pair_before = NULL;
    task.now = CERTS_CLUSTER_NOW;
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
    expect_renew(true, REPLACE, REPLACED);
    assert_int_equal(count_trusted(), 3);
    first = certs_cluster_trust(&cluster, 1, 2);
    assert_true(certs_cluster_accepts(first, bundle.tls_crt));
    free(first);
    task.now += CERTS_CLUSTER_DAY;
    expect_renew(true, REPLACE,
                 "secret ns/tls patched: its ca.crt begins with a new CA\n" VALIDATING
                 "patched: " HOLD MUTATING "patched: " HOLD
                 "secret ns/tls renewed, valid until 2026-06-16T15:06:40Z\n");
    assert_int_equal(count_trusted(), 2);
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
    expect_renew(false, REPLACE, lines);
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
    assert_true(webhook_certificate_create(&task, &err)); /* finds nothing wrong with it */
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
    task.now += CERTS_CLUSTER_DAY;
    certs_cluster_put_secret(&cluster, NULL, bundle.tls_crt, bundle.tls_key);
    rewind_all();
    assert_true(webhook_certificate_renew(&task, false, &(struct error){.message = ""}));
    assert_int_equal(cluster.distrusted, 0);
    assert_int_equal(count_trusted(), 2);
    certs_cluster_put_secret(&cluster, NULL, NULL, NULL);
    assert_true(webhook_certificate_renew(&task, false, &(struct error){.message = ""}));
    trust = certs_cluster_trust(&cluster, 0, 0);
    assert_true(certs_cluster_accepts(trust, bundle.tls_crt));
    assert_int_equal(count_trusted(), 3);
    free(trust);
    certs_bundle_free(&bundle);
}

static void test_renew_of_what_is_missing(void **state)
{
    struct certs_bundle old =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 1, CERTS_CLUSTER_NOW - 2 * CERTS_CLUSTER_DAY);
    struct error err = {.message = ""};
    char *kept;

    (void)state;
    expect_failed(webhook_certificate_renew(&task, true, &err), &err, "GET secret\n",
                  "secret ns/tls is not there: make it with \"certs create\"");
    put_issue(&old);
    json_decref(cluster.configurations[1]);
    cluster.configurations[1] = NULL;
    expect_failed(webhook_certificate_renew(&task, false, &err), &err, "GET secret\n" LOOK,
                  "there is no mutatingwebhookconfiguration webhook: install it first");
    kept = certs_cluster_part(&cluster, "ca.crt");
    assert_string_equal(kept, old.ca_crt);
    free(kept);
    certs_bundle_free(&old);
}

/* What was printed names no part of a key, in PEM or in base64. */
static void test_no_key_is_reported(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    struct error err = {.message = ""};

    (void)state;
    certs_cluster_put_secret(&cluster, bundle.tls_key, bundle.tls_key, bundle.tls_crt);
    assert_false(webhook_certificate_create(&task, &err));
    assert_null(strstr(err.message, "-----BEGIN P"));
    assert_true(webhook_certificate_renew(&task, false, &err));
    assert_null(strstr(text_get(&report), "-----BEGIN P"));
    for (size_t at = 32; at + 16 < strlen(bundle.tls_key); at += 16) {
        char part[17] = "";

        memcpy(part, bundle.tls_key + at, 16);
        assert_null(strstr(err.message, part));
        assert_null(strstr(text_get(&report), part));
    }
    certs_bundle_free(&bundle);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_create),
        CASE(test_create_at_the_same_time),
        CASE(test_create_beside_a_bad_one),
        CASE(test_patch),
        CASE(test_patch_without_service_webhooks),
        CASE(test_patch_of_what_is_missing),
        CASE(test_patch_with_another_ca),
        CASE(test_renew_when_nothing_is_due),
        CASE(test_renew_when_due),
        CASE(test_renew_by_force),
        CASE(test_renew_what_is_not_good),
        CASE(test_renew_of_a_broken_secret_keeps_servers_trusted),
        CASE(test_renew_of_what_is_missing),
        CASE(test_no_key_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
