/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/certs_fixture.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "a certificate for a test: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* --- certificates ---------------------------------------------------------------------------- */

static void set_time(X509 *certificate, int (*set)(X509 *, const ASN1_TIME *), time_t when)
{
    ASN1_TIME *value = ASN1_TIME_set(NULL, when);

    must(value && set(certificate, value) == 1, "can't set a time");
    ASN1_TIME_free(value);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    if (!value)
        return;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
    must(extension && X509_add_ext(certificate, extension, -1) == 1, value);
    X509_EXTENSION_free(extension);
}

static void set_subject(X509 *certificate, const char *common_name)
{
    if (common_name)
        must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                        (const unsigned char *)common_name, -1, -1, 0) == 1,
             common_name);
}

X509 *certs_fixture_sign(const struct certs_fixture_spec *spec)
{
    X509 *certificate = X509_new();
    X509 *issuer = spec->issuer ? spec->issuer : certificate;

    must(certificate != NULL, "out of memory");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    set_time(certificate, X509_set1_notBefore, spec->not_before);
    set_time(certificate, X509_set1_notAfter, spec->not_after);
    set_subject(certificate, spec->common_name);
    must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
             X509_set_pubkey(certificate, spec->key) == 1,
         "can't set issuer and key");
    add_extension(certificate, issuer, NID_basic_constraints, spec->basic_constraints);
    add_extension(certificate, issuer, NID_key_usage, spec->key_usage);
    add_extension(certificate, issuer, NID_ext_key_usage, spec->extended_key_usage);
    add_extension(certificate, issuer, NID_subject_alt_name, spec->names);
    must(X509_sign(certificate, spec->signer, spec->digest) > 0, "can't sign");
    return certificate;
}

X509 *certs_fixture_from_pem(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    must(certificate != NULL, pem);
    BIO_free(bio);
    return certificate;
}

/* --- files ----------------------------------------------------------------------------------- */

void certs_fixture_write(const char *path, const void *content, size_t len)
{
    FILE *file = fopen(path, "wb");

    must(file && fwrite(content, 1, len, file) == len && fclose(file) == 0, path);
}

static void write_bio(const char *path, BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);

    certs_fixture_write(path, data, (size_t)len);
    BIO_free(bio);
}

void certs_fixture_write_chain(const char *path, X509 *const *certificates)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (; *certificates; certificates++)
        must(PEM_write_bio_X509(bio, *certificates) == 1, path);
    write_bio(path, bio);
}

void certs_fixture_write_key(const char *path, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    must(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1, path);
    write_bio(path, bio);
}

void certs_fixture_write_encrypted(const char *path, EVP_PKEY *key, bool older_form)
{
    static const unsigned char password[] = "secret";
    int (*put)(BIO *, const EVP_PKEY *, const EVP_CIPHER *, const unsigned char *, int,
               pem_password_cb *, void *) =
        older_form ? PEM_write_bio_PrivateKey_traditional : PEM_write_bio_PrivateKey;
    BIO *bio = BIO_new(BIO_s_mem());

    must(put(bio, key, EVP_aes_128_cbc(), password, 6, NULL, NULL) == 1, path);
    write_bio(path, bio);
}
