/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serving certificate with its key and with the CAs that clients are to trust for it, as a
 * Secret of a cluster holds them, and how it is replaced while clients and servers learn of the
 * new one at different moments: first the clients trust the CAs of both, then the servers use the
 * new pair. No I/O and no clock; nothing is shared: thread-safe.
 */
#ifndef CERTS_STORED_H
#define CERTS_STORED_H

#include "base/error.h"
#include "base/str.h"
#include "certs/pem.h"

#include <stdbool.h>
#include <time.h>

/* PEM; absent when it is not stored. The messages name the parts ca.crt, tls.crt and tls.key. */
struct certs_stored {
    struct str ca_crt; /* the CAs to trust */
    struct str tls_crt;
    struct str tls_key;
};

/* Seconds since the epoch. */
struct certs_life {
    time_t not_after; /* of the serving certificate */
    time_t due;       /* from then on it is to be replaced */
};

/*
 * Checks that a server can use the pair at `now`, as certs_pair_new() does, that it is for each of
 * `hosts` (a list as in struct certs_request), and that a client that trusts `ca_crt` accepts it.
 *
 * It is due when half of its life is over, or of that of a CA without which it is not accepted.
 * Who looks once a day thus replaces it before two thirds are over if its life is six days or more.
 */
bool certs_stored_check(const struct certs_stored *stored, struct str hosts, time_t now,
                        struct certs_life *ret_life, struct error *err);

/*
 * The certificates of `ca_crt` and nothing else that may stand there, each once, as PEM for
 * clients; free() it. NULL: none can be read, or a client that trusts them would not accept the
 * chain in `tls_crt`, dates aside; with `tls_crt` absent that is not asked.
 */
char *certs_stored_trust(const struct certs_stored *stored, struct error *err);

/*
 * Adds the certificates of `pem` that are not among `known` yet. What can't be read adds nothing,
 * and neither does what would be more than CERTS_CHAIN_MAX.
 */
void certs_known_add(struct certs_chain *known, struct str pem);

/*
 * What clients must trust while a pair of the CA `new_ca` (PEM) takes the place of `tls_crt`: PEM,
 * free() it. These are `new_ca`, then those of `known` by which `tls_crt` is accepted. The rest of
 * `known` is left out if the stored certificate is more than an hour old, because by then every
 * server has taken it up and none uses the one before. Else they stay, and so they do when none
 * accepts `tls_crt` or it can't be read: who knows what servers use.
 * Expired ones are always left out.
 */
char *certs_stored_overlap(struct str new_ca, const struct certs_chain *known, struct str tls_crt,
                           time_t now, struct error *err);

#endif
