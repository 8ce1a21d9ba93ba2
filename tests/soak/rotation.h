/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client CA of a server, and who comes to it, while one CA is exchanged for another and back
 * again as administrators do it: first both count, then clients change over, then the old one goes.
 * Each of these steps is a turn. Who looks at the turn before and after a call knows whether what
 * is said of a turn held all the time.
 */
#ifndef TESTS_SOAK_ROTATION_H
#define TESTS_SOAK_ROTATION_H

#include "tests/support/client_certs.h"
#include "tests/support/temp_dir.h"

#include <stdatomic.h>

/* Who comes. All but the first are strangers, who are never let in. */
enum visitor {
    VISITOR_GOOD,
    VISITOR_BARE,      /* without a certificate */
    VISITOR_FOREIGN,   /* with one of a CA that is never in force */
    VISITOR_EXPIRED,   /* with one of the CA in force, but from the past */
    VISITOR_SERVER,    /* with one of the CA in force, but for TLS servers */
    VISITOR_WITHDRAWN, /* with one of the CA that has gone; a foreign one until it has */
};
#define VISITOR_COUNT 6

struct rotation {
    const struct temp_dir *dir;
    struct client_ca authorities[2], foreign;
    EVP_PKEY *key; /* of all clients */
    atomic_uint turn;
    unsigned seconds;     /* since the turn began */
    unsigned long loaded; /* client CAs that the server had taken over by then */
};

/* What each visitor has beside his certificate, and what the server reads. */
#define ROTATION_KEY "client.key"
#define ROTATION_CA "clients.crt"

/* Puts its files into `dir`, which is borrowed. */
void rotation_make(struct rotation *rotation, const struct temp_dir *dir);
void rotation_free(struct rotation *rotation);

/*
 * To be called once a second: `loaded` is how many client CAs the server has taken over. Ends the
 * program when it takes none over any more.
 */
void rotation_step(struct rotation *rotation, unsigned long loaded);

/* Thread-safe. */
unsigned rotation_turn(const struct rotation *rotation);

/* The file with a visitor's certificate in this turn; NULL: he has none. */
const char *rotation_certificate(unsigned turn, enum visitor visitor);

#endif
