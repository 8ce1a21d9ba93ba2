/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: certificates with any fault that is wanted, made with OpenSSL, and their files. What
 * can't be made ends the test program.
 */
#ifndef TESTS_SUPPORT_CERTS_FIXTURE_H
#define TESTS_SUPPORT_CERTS_FIXTURE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Extensions are in OpenSSL's text form; NULL leaves one out. */
struct certs_fixture_spec {
    const char *common_name; /* NULL: an empty subject */
    const char *names;       /* "DNS:localhost,IP:127.0.0.1" */
    const char *basic_constraints;
    const char *key_usage;
    const char *extended_key_usage;
    time_t not_before;
    time_t not_after;
    EVP_PKEY *key;        /* its public half goes into the certificate */
    X509 *issuer;         /* NULL: signs itself */
    EVP_PKEY *signer;     /* the issuer's key */
    const EVP_MD *digest; /* NULL: none, as Ed25519 wants it */
};

/* Owned by the caller. */
X509 *certs_fixture_sign(const struct certs_fixture_spec *spec);

/* The first certificate of a PEM text; owned by the caller. */
X509 *certs_fixture_from_pem(const char *pem);

/* Writes PEM to a file: certificates up to a NULL, a key, or a key encrypted with a password. */
void certs_fixture_write_chain(const char *path, X509 *const *certificates);
void certs_fixture_write_key(const char *path, EVP_PKEY *key);
void certs_fixture_write_encrypted(const char *path, EVP_PKEY *key, bool older_form);

/* Writes any bytes to a file. */
void certs_fixture_write(const char *path, const void *content, size_t len);

#endif
