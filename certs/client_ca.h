/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CAs that a client's certificate must come from, loaded from a file, and the check of one
 * client. It is immutable and counted: any number of threads may hold it and check at once. Knows
 * neither HTTP nor TLS.
 */
#ifndef CERTS_CLIENT_CA_H
#define CERTS_CLIENT_CA_H

#include "base/error.h"
#include "base/str.h"
#include "certs/pem.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct certs_client_ca;

/*
 * Reads `file`: PEM, one to CERTS_CHAIN_MAX CA certificates, each of which is trusted for itself,
 * be it a root or not. One that has expired may stand beside others, as it does after a rotation,
 * but not alone. `names` is NAME[,NAME…] that certs_client_names_check() found good, borrowed as
 * long as the result lives; absent: any name will do. NULL: the message names the file and says
 * what is wrong with it.
 */
struct certs_client_ca *certs_client_ca_load(const char *file, struct str names, time_t now,
                                             struct error *err);

/* The same for PEM that is in memory; the file's name only serves the messages. */
struct certs_client_ca *certs_client_ca_new(struct str pem, const char *file, struct str names,
                                            time_t now, struct error *err);

/* One more holder; returns `ca`. */
struct certs_client_ca *certs_client_ca_ref(struct certs_client_ca *ca);

/* One less; the last one frees it. NULL-safe. */
void certs_client_ca_unref(struct certs_client_ca *ca);
void certs_client_ca_unrefp(struct certs_client_ca **ca);
#define CLEANUP_CERTS_CLIENT_CA __attribute__((cleanup(certs_client_ca_unrefp)))

/* At least one; the end of each, seconds since the epoch. */
size_t certs_client_ca_count(const struct certs_client_ca *ca);
time_t certs_client_ca_not_after(const struct certs_client_ca *ca, size_t index);

/* Written anew from what was read; borrowed. Two with the same text trust the same CAs. */
const char *certs_client_ca_pem(const struct certs_client_ca *ca);

/* For a log line: the subjects, `CN = a; CN = b`. Escaped, at most 512 bytes. */
const char *certs_client_ca_summary(const struct certs_client_ca *ca);

/* Why a client is refused, as TLS tells them apart. */
enum certs_refusal {
    CERTS_REFUSED_ABSENT,  /* it has sent none */
    CERTS_REFUSED_BAD,     /* damaged, or a signature does not fit */
    CERTS_REFUSED_EXPIRED, /* or not yet valid */
    CERTS_REFUSED_CA,      /* by none of the CAs */
    CERTS_REFUSED_PURPOSE, /* not for TLS clients, or too weak */
    CERTS_REFUSED_NAME,    /* none of the names */
    CERTS_REFUSED_FAILED,  /* memory ran out */
};

/* One certificate as a client sends it: DER. */
struct certs_der {
    const unsigned char *data;
    size_t len;
};

/*
 * Checks the certificates that a client sent, `sent[0]` being its own: issued by one of the CAs,
 * each valid at `now`, for TLS clients (an extendedKeyUsage, when there is one, holds clientAuth),
 * of keys and digests with 112 bits of strength; and that its common name, or one of its DNS names,
 * is one of the names. The message is about "the client's certificate" and has its subject.
 */
bool certs_client_ca_check(const struct certs_client_ca *ca, const struct certs_der *sent,
                           size_t count, time_t now, enum certs_refusal *ret_refusal,
                           struct error *err);

#endif
