/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of certs/ share about OpenSSL 3: owners that free themselves, and its error queue
 * turned into the program's error. The queue belongs to the thread, so nothing here is shared.
 */
#ifndef CERTS_OPENSSL_H
#define CERTS_OPENSSL_H

#include "base/error.h"
#include "base/text.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

static inline void certs_cleanup_bio(BIO **bio)
{
    BIO_free_all(*bio);
}
#define CLEANUP_BIO __attribute__((cleanup(certs_cleanup_bio)))

static inline void certs_cleanup_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}
#define CLEANUP_KEY __attribute__((cleanup(certs_cleanup_key)))

static inline void certs_cleanup_x509(X509 **certificate)
{
    X509_free(*certificate);
}
#define CLEANUP_X509 __attribute__((cleanup(certs_cleanup_x509)))

static inline void certs_cleanup_general_names(GENERAL_NAMES **names)
{
    GENERAL_NAMES_free(*names);
}
#define CLEANUP_GENERAL_NAMES __attribute__((cleanup(certs_cleanup_general_names)))

/* Sets "WHAT: OpenSSL's first reason", empties its error queue and returns false. */
bool certs_error_openssl(struct error *err, const char *what);

/* Puts "FILE: ", escaped, in front of the message and returns false. */
bool certs_error_in_file(struct error *err, const char *file);

/* Adds a subject as `O = x, CN = y`, escaped; "no subject" when it is empty. */
void certs_add_subject(struct text *text, const X509 *certificate);

/* Adds the subjectAltName as `DNS:a, IP:1.2.3.4`, escaped; nothing when there is none. */
void certs_add_names(struct text *text, const X509 *certificate);

#endif
