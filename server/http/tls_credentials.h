/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate chain and key that TLS handshakes use now. Each handshake copies the pair that is
 * current at its moment, so a new pair can be put in place at any time and the old one is not
 * needed any more. There is one for the process: GnuTLS hands its callback nothing to find another
 * one by. Thread-safe.
 */
#ifndef SERVER_HTTP_TLS_CREDENTIALS_H
#define SERVER_HTTP_TLS_CREDENTIALS_H

#include "base/error.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

/* The most certificates of a chain. Real ones have two or three. */
#define TLS_CHAIN_MAX 16

/*
 * Makes a pair current: PEM, NUL-terminated, only read here. Whether the two belong together, are
 * valid and in order was checked before (certs/check.h). When it fails the old pair stays.
 */
bool tls_credentials_set(const char *chain_pem, const char *key_pem, struct error *err);

/* Forgets the pair; for the end of the program. */
void tls_credentials_clear(void);

/*
 * False: GnuTLS has found an error of its own, as when memory ran out while it drew random numbers.
 * From then on it refuses everything, in this process for good.
 */
bool tls_credentials_library_works(void);

/* A gnutls_certificate_retrieve_function3. */
int tls_credentials_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                             gnutls_pcert_st **ret_chain, unsigned int *ret_chain_length,
                             gnutls_ocsp_data_st **ret_ocsp, unsigned int *ret_ocsp_length,
                             gnutls_privkey_t *ret_key, unsigned int *ret_flags);

#endif
