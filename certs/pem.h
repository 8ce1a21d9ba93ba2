/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM text to certificates and keys, and back. Reading is bounded, never prompts for a password,
 * and steps over blocks that are not asked for. No I/O; nothing is shared: thread-safe.
 */
#ifndef CERTS_PEM_H
#define CERTS_PEM_H

#include "base/error.h"
#include "base/str.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    /* A chain of 16 certificates with 100 names each is a tenth of this. */
    CERTS_PEM_MAX = 1 << 20,
    /* A chain in use has two to four; a system's bundle of CAs, given by mistake, over a hundred.
     */
    CERTS_CHAIN_MAX = 16,
};

/* Certificates in the order of their file; each is owned. */
struct certs_chain {
    X509 *items[CERTS_CHAIN_MAX];
    size_t count;
};

void certs_chain_clear(struct certs_chain *chain);
#define CLEANUP_CERTS_CHAIN __attribute__((cleanup(certs_chain_clear)))

/* The certificates of `pem`, at least one. `what` says of more than CERTS_CHAIN_MAX what to give:
 * "the serving certificate and its issuers". */
bool certs_pem_read_certificates(struct str pem, const char *what, struct certs_chain *ret_chain,
                                 struct error *err);

/* The same for a chain that is served. */
bool certs_pem_read_chain(struct str pem, struct certs_chain *ret_chain, struct error *err);

/* The first private key of `pem`: PKCS#8, or the older form of RSA and EC keys; not encrypted. */
bool certs_pem_read_key(struct str pem, EVP_PKEY **ret_key, struct error *err);

/*
 * Certificates in their order, or a key as PKCS#8. NUL-terminated; free() it, and
 * certs_wipe_and_free() what holds a key. NULL: OpenSSL failed or memory ran out.
 */
char *certs_pem_from_certificates(X509 *const *certificates, size_t count, struct error *err);
char *certs_pem_from_key(const EVP_PKEY *key, struct error *err);

/* Overwrites the text before it is freed; NULL-safe. */
void certs_wipe_and_free(char *text);

#endif
