/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soak MINUTES [SEED]: the real server ($HOSTDEV_WEBHOOK, built with a sanitizer) under mixed
 * honest and hostile traffic, while what it works with is exchanged under it every few seconds, now
 * and then for something broken. There are two of them: one has its list from a file and talks to
 * everybody, the other has it from a cluster and asks its clients for a certificate. It fails on a
 * wrong verdict, on a stranger who is let in, on any report of the sanitizer, and when memory,
 * descriptors or threads of either have grown by the end. `make soak` runs it.
 */
#include "server/monotonic.h"
#include "tests/soak/bodies.h"
#include "tests/soak/changes.h"
#include "tests/soak/served.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECONDS_MAX (24 * 3600)

/* How long the server may wait, after a watch that broke, before it opens the next: 30 s and a
 * fifth, and some for a busy machine. */
#define WATCH_MS 60000
#define POLL_MS 100

struct soak {
    struct changes changes;
    struct served file, cluster;
    size_t seconds;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "soak: %s\n", what);
    exit(1);
}

/* --- the servers ----------------------------------------------------------------------------- */

/* A sanitized server on a busy machine takes its time. */
#define PATIENT "--tls-handshake-timeout", "120", "--body-timeout", "120"

static void start(struct soak *soak, unsigned long long seed)
{
    struct changes *changes = &soak->changes;

    changes_make(changes);
    soak->file =
        (struct served){.name = "file", .seconds = soak->seconds, .traffic = {.seed = seed}};
    served_start(&soak->file,
                 (const char *const[]){"--tls-cert-file", changes->crt.text,
                                       "--tls-private-key-file", changes->key.text,
                                       "--hyperconverged-file", changes->list.text, PATIENT, NULL},
                 changes->ca.text);
    soak->cluster = (struct served){
        .name = "cluster",
        .seconds = soak->seconds,
        .traffic = {.seed = seed, .rotation = &changes->rotation},
    };
    served_start(&soak->cluster,
                 (const char *const[]){"--tls-cert-file", changes->crt.text,
                                       "--tls-private-key-file", changes->key.text, "--kubeconfig",
                                       changes->kubeconfig.text, "--client-ca-file",
                                       changes->client_ca.text, PATIENT, NULL},
                 changes->ca.text);
    served_await(&soak->file);
    served_await(&soak->cluster);
}

/* --- the run --------------------------------------------------------------------------------- */

static unsigned long client_cas(const struct soak *soak)
{
    return served_metric(&soak->cluster,
                         "certificate_reloads_total{certificate=\"client_ca\",result=\"success\"}");
}

static void report(struct soak *soak, size_t second)
{
    printf("%5zu min  ", second / 60);
    changes_report(&soak->changes);
    served_report(&soak->file);
    served_report(&soak->cluster);
}

static void run(struct soak *soak)
{
    traffic_start(&soak->file.traffic);
    traffic_start(&soak->cluster.traffic);
    for (size_t second = 1; second <= soak->seconds; second++) {
        monotonic_sleep(1000);
        changes_apply(&soak->changes, second, client_cas(soak));
        served_look(&soak->file, second - 1);
        served_look(&soak->cluster, second - 1);
        if (second % 60 == 0 || second == soak->seconds)
            report(soak, second);
    }
    traffic_stop(&soak->file.traffic);
    traffic_stop(&soak->cluster.traffic);
    changes_end(&soak->changes);
}

/* --- the end --------------------------------------------------------------------------------- */

static bool await_verdict(struct soak *soak, const char *expected)
{
    long long until_ms = monotonic_ms() + WATCH_MS;

    while (!traffic_ask(&soak->cluster.traffic, BODY_CHANGING, expected)) {
        if (monotonic_ms() > until_ms)
            return false;
        monotonic_sleep(POLL_MS);
    }
    return true;
}

/*
 * With all the traffic gone, nothing but the watch tells the server that a device is not permitted
 * any more: it reads the list by itself only before a denial.
 */
static bool is_followed(struct soak *soak)
{
    bool good;

    changes_edit(&soak->changes, true);
    good = await_verdict(soak, "\"allowed\":true");
    changes_edit(&soak->changes, false);
    good = good && await_verdict(soak, "\"allowed\":false");
    printf("the cluster's list is %s\n", good ? "still followed" : "not followed any more");
    return good;
}

static void clean_up(struct soak *soak)
{
    served_stop(&soak->file);
    served_stop(&soak->cluster);
    changes_remove(&soak->changes);
    bodies_free();
}

int main(int argc, char **argv)
{
    static struct soak soak;
    double minutes = argc > 1 ? strtod(argv[1], NULL) : 0;
    unsigned long long seed =
        argc > 2 ? strtoull(argv[2], NULL, 10) : (unsigned long long)time(NULL);
    bool good;

    if (!(minutes * 60 >= 20 && minutes * 60 <= SECONDS_MAX))
        die("usage: soak MINUTES [SEED]; a third of a minute at least");
    soak.seconds = (size_t)(minutes * 60);
    printf("seed %llu\n", seed);
    bodies_make();
    start(&soak, seed);
    run(&soak);
    good = is_followed(&soak);
    good = served_judge(&soak.file) && good;
    good = served_judge(&soak.cluster) && good;
    clean_up(&soak);
    printf("%s\n", good ? "soak: good" : "soak: FAILED");
    return good ? 0 : 1;
}
