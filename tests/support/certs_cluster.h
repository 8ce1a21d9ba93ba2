/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of an API server as the commands around the webhook's certificate meet: one Secret,
 * ns/tls, and the two webhook configurations `webhook`, with resourceVersions, conflicts and both
 * kinds of patch; faults where a test wants them; and a look, at each change, whether the API
 * server would still know the webhook's server. With it a task that works in it, and what that
 * reports. One at a time; what can't be set up ends the test program.
 *
 * A request is answered by a thread of the fake API; a test looks at the state while none is under
 * way, or from its `before_request`.
 */
#ifndef TESTS_SUPPORT_CERTS_CLUSTER_H
#define TESTS_SUPPORT_CERTS_CLUSTER_H

#include "base/text.h"
#include "certs/issue.h"
#include "server/registration/webhook_certificate.h"
#include "tests/support/fake_api.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum cluster_fault {
    FAULT_NONE,
    FAULT_500,
    FAULT_403,
    FAULT_409,
    FAULT_CUT_BEFORE, /* the connection breaks off, and nothing was done */
    FAULT_CUT_AFTER,  /* it was done, and the connection breaks off */
    FAULT_NO_JSON,    /* "200 OK" with a page */
    FAULT_NO_OBJECT,  /* "200 OK" with a JSON object that is none of the API */
    FAULT_COUNT
};

struct certs_cluster {
    struct fake_api *api;
    struct cluster_config config; /* borrows its texts */
    pthread_mutex_t lock;

    struct api_client *client;
    struct webhook_certificate task; /* as certs_cluster_task() makes it, with this client */
    struct text report;              /* its lines */

    json_t *secret;            /* NULL: there is none */
    json_t *configurations[2]; /* validating, mutating; likewise */
    unsigned version;

    /* The requests whose number, from 0, is `fault_at` to `fault_at` + `fault_count` - 1 fail. */
    enum cluster_fault fault;
    size_t fault_at, fault_count;
    /* Called before each request is looked at, without the lock. May be NULL. */
    void (*before_request)(struct certs_cluster *cluster, size_t number);
    void *context;

    size_t requests;
    struct text log; /* one line a request: its method and the kind of object */

    /* Moments at which a pair that a server may use ceased to be trusted by all. */
    size_t distrusted;
    bool was_trusted;
    char *pair, *pair_before; /* tls.crt in the Secret, and the one that was there before */
};

/* With the configurations, whose caBundles are absent, and without the Secret. */
void certs_cluster_start(struct certs_cluster *cluster);
void certs_cluster_stop(struct certs_cluster *cluster);

/* Back to what it is at the start. */
void certs_cluster_reset(struct certs_cluster *cluster);

/* Forgets requests, faults, what was seen and reported so far, and leaves the task and objects. */
void certs_cluster_rewind(struct certs_cluster *cluster);

/* Puts a Secret there; a part that is NULL is left out. */
void certs_cluster_put_secret(struct certs_cluster *cluster, const char *ca_crt,
                              const char *tls_crt, const char *tls_key);

/* Takes the Secret away. */
void certs_cluster_drop_secret(struct certs_cluster *cluster);

/* Makes `pem` the caBundle of all webhooks of both configurations. */
void certs_cluster_put_trust(struct certs_cluster *cluster, const char *pem);

/* A part of the Secret as it is, decoded, and the caBundle of a webhook; NULL: absent. The caller
 * frees it. */
char *certs_cluster_part(const struct certs_cluster *cluster, const char *key);
char *certs_cluster_trust(const struct certs_cluster *cluster, size_t configuration,
                          size_t webhook);

/* True when each webhook that is called through a Service trusts the pair in the Secret, and the
 * one that was there before. */
bool certs_cluster_is_trusted(const struct certs_cluster *cluster);

/* True when `ca_pem` (NULL: nothing) makes a TLS client accept `crt_pem`, dates aside. */
bool certs_cluster_accepts(const char *ca_pem, const char *crt_pem);

/* What a task is by default, with short waits, for one more that works in the cluster, and a client
 * for it. What it does is reported to `did`. */
struct webhook_certificate certs_cluster_task(struct api_client *client,
                                              void (*did)(const char *line));
struct api_client *certs_cluster_client(struct certs_cluster *cluster);

#define CERTS_CLUSTER_HOST "hostdev-webhook.ns.svc"
#define CERTS_CLUSTER_DAY ((time_t)86400)
#define CERTS_CLUSTER_NOW ((time_t)1750000000) /* 2025-06-15T15:06:40Z */

/* A CA and a certificate made at `when`. */
struct certs_bundle certs_cluster_issue(const char *hosts, unsigned days, time_t when);

#endif
