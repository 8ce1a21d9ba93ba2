/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that send reviews without end, as an API server does: each keeps its connection, leaves
 * it when an answer says `Connection: close` or it was closed meanwhile, and never sends a review
 * twice. Good and bad reviews take turns, and each verdict is checked.
 */
#ifndef TESTS_ROLLOUT_CLIENTS_H
#define TESTS_ROLLOUT_CLIENTS_H

#include "tests/rollout/balancer.h"
#include "tests/support/tls_client.h"

struct clients;

struct clients_counts {
    unsigned long answered; /* with the right verdict */
    unsigned long wrong;
    unsigned long failed;      /* no answer, or none that is a verdict */
    unsigned long excused;     /* failed on a server that was killed while they were in flight */
    unsigned long connections; /* made */
    unsigned long closes;      /* answers with Connection: close */
};

/* Half of the clients pause between reviews, so that connections are idle too. */
struct clients *clients_start(struct balancer *balancer, const struct tls_target *target,
                              unsigned count);
struct clients_counts clients_counts(struct clients *clients);

/*
 * Call it right before the server at `port` is killed. Reviews that it has in hand then are
 * excused; what is sent to it until its connections are gone as well, for the client can't know
 * yet.
 */
void clients_expect_kill(struct clients *clients, int port);

void clients_stop(struct clients *clients); /* frees them */

#endif
