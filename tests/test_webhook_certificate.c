/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook's certificate is created in a cluster, and trusted there; nothing goes wrong. */
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

/* --- create ---------------------------------------------------------------------------------- */

static void test_create(void **state)
{
    json_t *label;

    (void)state;
    expect_create(&cluster, "GET secret\nPOST secrets\n", CREATED);
    assert_string_equal(json_string_value(json_object_get(cluster.secret, "type")),
                        "kubernetes.io/tls");
    label = json_object_get(json_object_get(cluster.secret, "metadata"), "labels");
    assert_string_equal(json_string_value(json_object_get(label, "app.kubernetes.io/name")),
                        "hostdev-webhook");
    /* ca.crt, tls.crt and tls.key: the CA's key is nowhere. */
    assert_int_equal(json_object_size(json_object_get(cluster.secret, "data")), 3);
    expect_create(&cluster, "GET secret\n", HAS_GOOD);
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
    expect_create(&cluster, "GET secret\nPOST secrets\nGET secret\n", HAS_GOOD);
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
        expect_failed(&cluster, webhook_certificate_create(task, &err), &err, "GET secret\n",
                      wanted);
    }
    certs_bundle_free(&good);
    certs_bundle_free(&old);
    certs_bundle_free(&other);
}

/* --- patch ----------------------------------------------------------------------------------- */

static void test_patch(void **state)
{
    char *foreign;
    json_t *before, *after;

    (void)state;
    assert_true(webhook_certificate_create(task, &(struct error){.message = ""}));
    certs_cluster_rewind(&cluster);
    before = json_deep_copy(json_object_get(cluster.configurations[1], "metadata"));
    expect_patch(&cluster,
                 LOOK "GET validating\nGET secret\nPATCH validating\n"
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
    expect_patch(&cluster, LOOK "GET validating\nGET secret\nGET mutating\nGET secret\n",
                 VALIDATING "left alone: " HOLD MUTATING "left alone: " HOLD);
}

static void test_patch_without_service_webhooks(void **state)
{
    json_t *hooks;

    (void)state;
    assert_true(webhook_certificate_create(task, &(struct error){.message = ""}));
    certs_cluster_rewind(&cluster);
    hooks = json_object_get(cluster.configurations[0], "webhooks");
    json_array_remove(hooks, 2);
    json_array_remove(hooks, 0);
    json_object_del(cluster.configurations[1], "webhooks");
    expect_patch(&cluster, LOOK "GET validating\nGET secret\nGET mutating\nGET secret\n",
                 VALIDATING "left alone: it has no webhook that is called through a Service\n" //
                 MUTATING "left alone: it has no webhook that is called through a Service\n");
}

static void test_patch_of_what_is_missing(void **state)
{
    struct error err = {.message = ""};

    (void)state;
    expect_failed(&cluster, webhook_certificate_patch(task, &err), &err,
                  LOOK "GET validating\nGET secret\n",
                  "secret ns/tls is not there: make it with \"certs create\" or \"certs renew\"");
    json_decref(cluster.configurations[1]);
    cluster.configurations[1] = NULL;
    expect_failed(&cluster, webhook_certificate_patch(task, &err), &err, LOOK,
                  "there is no mutatingwebhookconfiguration webhook: install it first");
    json_decref(cluster.configurations[0]);
    cluster.configurations[0] = NULL;
    expect_failed(&cluster, webhook_certificate_patch(task, &err), &err, LOOK,
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
    expect_failed(&cluster, webhook_certificate_patch(task, &err), &err,
                  LOOK "GET validating\nGET secret\n",
                  "secret ns/tls: ca.crt does not hold the CA of tls.crt: clients that trust it "
                  "refuse the certificate");
    certs_bundle_free(&first);
    certs_bundle_free(&second);
}

/* What was printed names no part of a key, in PEM or in base64. */
static void test_no_key_is_reported(void **state)
{
    struct certs_bundle bundle = certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW);
    struct error err = {.message = ""};

    (void)state;
    certs_cluster_put_secret(&cluster, bundle.tls_key, bundle.tls_key, bundle.tls_crt);
    assert_false(webhook_certificate_create(task, &err));
    assert_null(strstr(err.message, "-----BEGIN P"));
    assert_true(webhook_certificate_renew(task, false, &err));
    assert_null(strstr(text_get(&cluster.report), "-----BEGIN P"));
    for (size_t at = 32; at + 16 < strlen(bundle.tls_key); at += 16) {
        char part[17] = "";

        memcpy(part, bundle.tls_key + at, 16);
        assert_null(strstr(err.message, part));
        assert_null(strstr(text_get(&cluster.report), part));
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
        CASE(test_no_key_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
