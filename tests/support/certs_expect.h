/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the task of a certs_cluster is expected to do: its requests, as lines of the cluster's log,
 * and the lines that it reports. What isn't so fails the running cmocka test; what is as expected
 * is forgotten then (certs_cluster_rewind).
 */
#ifndef TESTS_SUPPORT_CERTS_EXPECT_H
#define TESTS_SUPPORT_CERTS_EXPECT_H

#include "tests/support/certs_cluster.h"

/* Requests. */
#define LOOK "GET validating\nGET mutating\n"
#define SET_BOTH \
    "GET validating\nGET secret\nPATCH validating\nGET mutating\nGET secret\nPATCH mutating\n"
#define SEE_BOTH "GET validating\nGET secret\nGET mutating\nGET secret\n"

/* Parts of the report, of a certificate made by default. */
#define VALIDATING "validatingwebhookconfiguration webhook "
#define MUTATING "mutatingwebhookconfiguration webhook "
#define HOLD "its caBundles (2) hold the CA of secret ns/tls\n"
#define CREATED "secret ns/tls created, valid until 2026-06-15T15:06:40Z\n"
#define HAS_GOOD \
    "secret ns/tls left alone: it holds a good pair, valid until 2026-06-15T15:06:40Z\n"

/* Lets the task create, patch or renew, which must succeed. */
void expect_create(struct certs_cluster *cluster, const char *requests, const char *lines);
void expect_patch(struct certs_cluster *cluster, const char *requests, const char *lines);
void expect_renew(struct certs_cluster *cluster, bool force, const char *requests,
                  const char *lines);

/* It must have failed with this message. */
void expect_failed(struct certs_cluster *cluster, bool done, const struct error *err,
                   const char *requests, const char *message);

/* What a renewal that makes a new pair begins with: a pair that is due and trusted by all; or the
 * Secret was deleted, and servers go on with what they had. */
enum start { START_DUE, START_DELETED, START_COUNT };
struct start_facts {
    const char *name;
    size_t requests; /* undisturbed, counted by a test of the sequence itself */
    const char *does;
};
extern const struct start_facts starts[START_COUNT];

/* Makes the cluster as it is then, and forgets all before. */
void begin_with(struct certs_cluster *cluster, enum start start);

/* A failure of the following two names `what` and `at`. */

/* The API server trusts the pairs in use, and did at each moment. */
void expect_trusted(const struct certs_cluster *cluster, const char *what, size_t at);

/* A renewal finds a good pair that is not due, and everybody trusts what they should. */
void expect_complete(struct certs_cluster *cluster, const char *what, size_t at);

/* Each caBundle must be the Secret's ca.crt; how many certificates it holds. */
size_t count_trusted(const struct certs_cluster *cluster);

#endif
