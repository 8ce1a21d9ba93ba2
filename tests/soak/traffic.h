/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a soak sends: clients that each pick one kind of traffic after the other at random, honest
 * and hostile ones, for as long as they are told to. An honest request must get the right verdict,
 * whatever the others do; what becomes of a hostile one is counted, and must be one of the answers
 * that its kind allows.
 */
#ifndef TESTS_SOAK_TRAFFIC_H
#define TESTS_SOAK_TRAFFIC_H

#include "tests/soak/bodies.h"
#include "tests/soak/rotation.h"
#include "tests/support/tls_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define TRAFFIC_CLIENTS 8 /* of one server */
#define TRAFFIC_KINDS 14

/* Of one server; zero-initialised but for the first three. */
struct traffic {
    struct tls_target target;
    const struct rotation *rotation; /* of the clients' certificates; NULL: they need none */
    unsigned long long seed;
    atomic_bool stop;
    atomic_ulong wrong; /* answers that were not allowed; each is said on standard error */
    atomic_ulong sent[TRAFFIC_KINDS];
    pthread_t threads[TRAFFIC_CLIENTS];
};

void traffic_start(struct traffic *traffic);
void traffic_stop(struct traffic *traffic); /* waits for the clients */

/* One line: how often each kind was sent. */
void traffic_report(struct traffic *traffic, FILE *to);

/* One honest review, on a connection of its own: whether a 200 came that holds `expected`. */
bool traffic_ask(const struct traffic *traffic, enum body_vm body, const char *expected);

#endif
