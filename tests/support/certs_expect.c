/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/certs_expect.h"

#include "certs/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void expect_done(struct certs_cluster *cluster, bool done, const struct error *err,
                        const char *requests, const char *lines)
{
    if (!done)
        fail_msg("%s", err->message);
    assert_string_equal(text_get(&cluster->log), requests);
    assert_string_equal(text_get(&cluster->report), lines);
    certs_cluster_rewind(cluster);
}

void expect_failed(struct certs_cluster *cluster, bool done, const struct error *err,
                   const char *requests, const char *message)
{
    assert_false(done);
    assert_string_equal(err->message, message);
    assert_string_equal(text_get(&cluster->log), requests);
    certs_cluster_rewind(cluster);
}

void expect_create(struct certs_cluster *cluster, const char *requests, const char *lines)
{
    struct error err = {.message = ""};
    bool done = webhook_certificate_create(&cluster->task, &err);

    expect_done(cluster, done, &err, requests, lines);
}

void expect_patch(struct certs_cluster *cluster, const char *requests, const char *lines)
{
    struct error err = {.message = ""};
    bool done = webhook_certificate_patch(&cluster->task, &err);

    expect_done(cluster, done, &err, requests, lines);
}

void expect_renew(struct certs_cluster *cluster, bool force, const char *requests,
                  const char *lines)
{
    struct error err = {.message = ""};
    bool done = webhook_certificate_renew(&cluster->task, force, &err);

    expect_done(cluster, done, &err, requests, lines);
}

size_t count_trusted(const struct certs_cluster *cluster)
{
    struct certs_chain cas = {.count = 0};
    struct error err;
    char *ca_crt = certs_cluster_part(cluster, "ca.crt");
    size_t count;

    for (size_t i = 0; i < 4; i++) {
        char *trust = certs_cluster_trust(cluster, i / 2, i % 2 * 2);

        assert_string_equal(trust, ca_crt);
        free(trust);
    }
    assert_true(certs_pem_read_chain(str_from(ca_crt), &cas, &err));
    count = cas.count;
    certs_chain_clear(&cas);
    free(ca_crt);
    return count;
}

/* --- rounds ---------------------------------------------------------------------------------- */

const struct start_facts starts[START_COUNT] = {
    [START_DUE] = {"due", 15, "renewed, valid until"},
    /* Whose answer is lost may find that it was done, too. */
    [START_DELETED] = {"deleted", 10, "valid until"},
};

void begin_with(struct certs_cluster *cluster, enum start start)
{
    struct certs_bundle bundle =
        certs_cluster_issue(CERTS_CLUSTER_HOST, 365, CERTS_CLUSTER_NOW - 200 * CERTS_CLUSTER_DAY);

    certs_cluster_reset(cluster);
    certs_cluster_put_trust(cluster, bundle.ca_crt);
    certs_cluster_put_secret(cluster, bundle.ca_crt, bundle.tls_crt, bundle.tls_key);
    assert_true(cluster->was_trusted);
    if (start == START_DELETED)
        certs_cluster_drop_secret(cluster);
    certs_cluster_rewind(cluster);
    certs_bundle_free(&bundle);
}

void expect_trusted(const struct certs_cluster *cluster, const char *what, size_t at)
{
    if (cluster->distrusted > 0 || !certs_cluster_is_trusted(cluster))
        fail_msg("%s %zu: a pair in use is not trusted:\n%s", what, at, text_get(&cluster->log));
}

void expect_complete(struct certs_cluster *cluster, const char *what, size_t at)
{
    struct error err = {.message = ""};

    certs_cluster_rewind(cluster);
    if (!webhook_certificate_renew(&cluster->task, false, &err))
        fail_msg("%s %zu: %s", what, at, err.message);
    if (!strstr(text_get(&cluster->report), "left alone: valid until") ||
        !certs_cluster_is_trusted(cluster))
        fail_msg("%s %zu: not complete: %s", what, at, text_get(&cluster->report));
}
