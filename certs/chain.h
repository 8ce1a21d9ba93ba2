/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that a chain of certificates must pass before it is served. What is refused is what a
 * client would refuse, above all kube-apiserver, which is a Go TLS client. Pure: the time is an
 * argument, nothing is shared. Messages don't name the file.
 */
#ifndef CERTS_CHAIN_H
#define CERTS_CHAIN_H

#include "base/error.h"
#include "certs/pem.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

/*
 * Checks that `chain` can be served at `now`: dates, key kinds and sizes, signature
 * algorithms, each certificate issued by the next one, and the first fit for a TLS server.
 */
bool certs_chain_check(const struct certs_chain *chain, time_t now, struct error *err);

/* Checks that `key` belongs to the first certificate; the message is about the key ("it"). */
bool certs_chain_check_key(const struct certs_chain *chain, const EVP_PKEY *key, struct error *err);

/*
 * Checks that `now` lies in the life of a certificate, both ends included. The message doesn't name
 * it: "expired on …".
 */
bool certs_check_dates(const X509 *certificate, time_t now, struct error *err);

/* Sets "WHAT 2026-05-06T07:08:09Z (it is … now)" and returns false. */
bool certs_error_date(struct error *err, const char *what, time_t when, time_t now);

/* The end of a certificate, or its beginning, in seconds since the epoch. False: unreadable. */
bool certs_not_after(const X509 *certificate, time_t *ret_time);
bool certs_not_before(const X509 *certificate, time_t *ret_time);

#endif
