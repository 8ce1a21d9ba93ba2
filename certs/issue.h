/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a new certificate authority and one serving certificate signed by it. certs_generate()
 * works in memory only; certs_issue() also puts the result into a folder, see certs/store.h for
 * how. Both keys are ECDSA P-256. Nothing is shared between calls: thread-safe.
 */
#ifndef CERTS_ISSUE_H
#define CERTS_ISSUE_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <time.h>

enum {
    CERTS_DAYS_DEFAULT = 365,
    CERTS_DAYS_MAX = 36500, /* a century: more is a typing error */
};

/* What to make. */
struct certs_request {
    struct str hosts; /* NAME[,NAME…]: DNS names and IP addresses, see certs/names.h */
    unsigned days;    /* life of the serving certificate from `now`: 1 to CERTS_DAYS_MAX */
    time_t now;       /* seconds since the epoch */
};

/* What was made: PEM, NUL-terminated, owned. The keys are PKCS#8 and not encrypted. */
struct certs_bundle {
    char *ca_crt;
    char *ca_key;
    char *tls_crt; /* the serving certificate alone: clients trust ca_crt itself */
    char *tls_key;
};

/*
 * Makes a CA and a serving certificate for `request->hosts`. The CA lives ten years, or as long as
 * the certificate if that is longer. False: a host or `days` is not valid, or OpenSSL failed.
 */
bool certs_generate(const struct certs_request *request, struct certs_bundle *ret_bundle,
                    struct error *err);

/* Wipes the keys and frees all four; the struct is empty afterwards. */
void certs_bundle_free(struct certs_bundle *bundle);
#define CLEANUP_CERTS_BUNDLE __attribute__((cleanup(certs_bundle_free)))

/*
 * certs_generate(), then certs_store_write() to `dir`, which is created when missing. Every issue
 * makes a new CA. Without `overwrite_ca` a folder that holds a ca.key is left as it is and the
 * message names the file and `--force`; with it, all four files are replaced at one moment, and
 * clients must be given the new ca.crt. When it fails, what was in the folder is still there.
 */
bool certs_issue(const struct certs_request *request, const char *dir, bool overwrite_ca,
                 struct error *err);

#endif
