/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pem.h"

#include "certs/openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* One block between BEGIN and END. */
struct block {
    char *name;   /* "CERTIFICATE" */
    char *header; /* "Proc-Type: 4,ENCRYPTED…" of an encrypted key in the older form, or "" */
    unsigned char *data;
    long len;
};

static void block_clear(struct block *block)
{
    if (block->data)
        OPENSSL_cleanse(block->data, (size_t)block->len);
    OPENSSL_free(block->data);
    OPENSSL_free(block->header);
    OPENSSL_free(block->name);
    *block = (struct block){.len = 0};
}
#define CLEANUP_BLOCK __attribute__((cleanup(block_clear)))

static bool is_certificate(const struct block *block)
{
    return strcmp(block->name, PEM_STRING_X509) == 0 ||
           strcmp(block->name, PEM_STRING_X509_OLD) == 0;
}

/* "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY" and so on. */
static bool is_private_key(const struct block *block)
{
    return str_ends_with(str_from(block->name), STR("PRIVATE KEY"));
}

static bool is_encrypted(const struct block *block)
{
    return strcmp(block->name, PEM_STRING_PKCS8) == 0 || strstr(block->header, "ENCRYPTED");
}

enum next { NEXT_BLOCK, NEXT_END, NEXT_BROKEN };

/* Replaces `*block` by the next one. */
static enum next next_block(BIO *bio, struct block *block)
{
    block_clear(block);
    ERR_clear_error();
    if (PEM_read_bio(bio, &block->name, &block->header, &block->data, &block->len) == 1)
        return NEXT_BLOCK;
    *block = (struct block){.len = 0};
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return NEXT_BROKEN;
    ERR_clear_error();
    return NEXT_END;
}

/* A reader over `pem`, or NULL: what it holds can't be PEM of a sensible size. */
static BIO *open_pem(struct str pem, struct error *err)
{
    BIO *bio;

    if (pem.len == 0) {
        error_set(err, "is empty");
        return NULL;
    }
    if (pem.len > CERTS_PEM_MAX) {
        error_set(err, "is larger than %d bytes", CERTS_PEM_MAX);
        return NULL;
    }
    if (str_find(pem, '\0') < pem.len) {
        error_set(err, "is binary, not PEM: convert it with \"openssl x509\" or \"openssl pkey\" "
                       "and -inform DER");
        return NULL;
    }
    bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (!bio)
        certs_error_openssl(err, "cannot be read");
    return bio;
}

/* --- certificates ---------------------------------------------------------------------------- */

void certs_chain_clear(struct certs_chain *chain)
{
    while (chain->count > 0)
        X509_free(chain->items[--chain->count]);
}

static bool add_certificate(struct certs_chain *chain, const struct block *block, const char *what,
                            struct error *err)
{
    const unsigned char *end = block->data;
    CLEANUP_X509 X509 *certificate = d2i_X509(NULL, &end, block->len);
    size_t number = chain->count + 1;

    if (!certificate) {
        certs_error_openssl(err, "is damaged");
        return error_wrap(err, "certificate %zu", number);
    }
    if (end != block->data + block->len)
        return error_set(err, "certificate %zu: is damaged: bytes follow it in its block", number);
    if (number > CERTS_CHAIN_MAX)
        return error_set(err, "holds more than %d certificates: give %s", CERTS_CHAIN_MAX, what);
    chain->items[chain->count++] = certificate;
    certificate = NULL;
    return true;
}

static bool explain_no_certificate(bool key_seen, struct error *err)
{
    if (key_seen)
        return error_set(err, "holds a private key and no certificate: are the certificate file "
                              "and the key file swapped?");
    return error_set(err, "holds no PEM certificate (\"-----BEGIN CERTIFICATE-----\")");
}

bool certs_pem_read_certificates(struct str pem, const char *what, struct certs_chain *ret_chain,
                                 struct error *err)
{
    CLEANUP_BIO BIO *bio = open_pem(pem, err);
    CLEANUP_CERTS_CHAIN struct certs_chain chain = {.count = 0};
    CLEANUP_BLOCK struct block block = {.len = 0};
    bool key_seen = false;
    enum next next;

    if (!bio)
        return false;
    while ((next = next_block(bio, &block)) == NEXT_BLOCK) {
        key_seen |= is_private_key(&block);
        if (is_certificate(&block) && !add_certificate(&chain, &block, what, err))
            return false;
    }
    if (next == NEXT_BROKEN)
        return certs_error_openssl(err, "has a damaged PEM block");
    if (chain.count == 0)
        return explain_no_certificate(key_seen, err);
    *ret_chain = chain;
    chain.count = 0;
    return true;
}

bool certs_pem_read_chain(struct str pem, struct certs_chain *ret_chain, struct error *err)
{
    return certs_pem_read_certificates(
        pem, "the serving certificate and its issuers, not a bundle of CAs", ret_chain, err);
}

/* --- keys ------------------------------------------------------------------------------------ */

static bool explain_no_key(bool certificate_seen, struct error *err)
{
    if (certificate_seen)
        return error_set(err, "holds a certificate and no private key: are the certificate file "
                              "and the key file swapped?");
    return error_set(err, "holds no PEM private key (\"-----BEGIN PRIVATE KEY-----\")");
}

static bool decode_key(const struct block *block, EVP_PKEY **ret_key, struct error *err)
{
    const unsigned char *end = block->data;
    EVP_PKEY *key;

    if (is_encrypted(block))
        return error_set(err, "the private key is encrypted, which is not supported: store it "
                              "decrypted (\"openssl pkey -in FILE -out NEW-FILE\"), readable by "
                              "this program only");
    key = d2i_AutoPrivateKey(NULL, &end, block->len);
    if (!key)
        return certs_error_openssl(err, "the private key is damaged or of an unknown kind");
    ERR_clear_error();
    *ret_key = key;
    return true;
}

bool certs_pem_read_key(struct str pem, EVP_PKEY **ret_key, struct error *err)
{
    CLEANUP_BIO BIO *bio = open_pem(pem, err);
    CLEANUP_BLOCK struct block block = {.len = 0};
    bool certificate_seen = false;
    enum next next;

    if (!bio)
        return false;
    while ((next = next_block(bio, &block)) == NEXT_BLOCK) {
        if (is_private_key(&block))
            return decode_key(&block, ret_key, err);
        certificate_seen |= is_certificate(&block);
    }
    if (next == NEXT_BROKEN)
        return certs_error_openssl(err, "has a damaged PEM block");
    return explain_no_key(certificate_seen, err);
}

/* --- writing --------------------------------------------------------------------------------- */

/* The text in `bio`, copied. OpenSSL wipes its own copy when the BIO is freed. */
static char *copy_text(BIO *bio, struct error *err)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    char *text = len > 0 ? malloc((size_t)len + 1) : NULL;

    if (!text) {
        error_no_memory(err);
        return NULL;
    }
    memcpy(text, data, (size_t)len);
    text[len] = '\0';
    return text;
}

char *certs_pem_from_certificates(X509 *const *certificates, size_t count, struct error *err)
{
    CLEANUP_BIO BIO *bio = BIO_new(BIO_s_mem());

    for (size_t i = 0; i < count; i++) {
        if (!bio || PEM_write_bio_X509(bio, certificates[i]) != 1) {
            certs_error_openssl(err, "cannot write a certificate");
            return NULL;
        }
    }
    return copy_text(bio, err);
}

char *certs_pem_from_key(const EVP_PKEY *key, struct error *err)
{
    CLEANUP_BIO BIO *bio = BIO_new(BIO_s_mem());

    if (!bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        certs_error_openssl(err, "cannot write a private key");
        return NULL;
    }
    return copy_text(bio, err);
}

void certs_wipe_and_free(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}
