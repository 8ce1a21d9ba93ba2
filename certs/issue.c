/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/issue.h"

#include "certs/names.h"
#include "certs/openssl.h"
#include "certs/pem.h"
#include "certs/store.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECONDS_PER_DAY = 86400,
    /* Clocks of a cluster's nodes differ; a certificate used right after its issue must not be
     * "not yet valid" where the clock is behind. Minutes are what NTP-less machines are off. */
    BACKDATE_SECONDS = 600,
    CA_DAYS = 3650,
    /* RFC 5280 A.1 ub-common-name: a longer CN makes a certificate that parsers refuse. */
    COMMON_NAME_MAX = 64,
    SERIAL_BITS = 128,
};

/* 9999-12-31T23:59:59Z, the last second that a certificate can name (RFC 5280 4.1.2.5). */
static const int64_t last_second = 253402300799;

struct extension {
    int nid;
    const char *value;
};

/* RFC 5280 4.2.1; the CA signs serving certificates only, never another CA. */
static const struct extension ca_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
    {NID_undef, NULL},
};

static const struct extension serving_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
    {NID_undef, NULL},
};

/* A certificate to be made. */
struct plan {
    const char *common_name; /* NULL: none; UTF-8 */
    time_t not_before;
    time_t not_after;
    const struct extension *extensions;
    const struct certs_names *names; /* NULL: no subjectAltName */
    EVP_PKEY *key;
    X509 *issuer; /* NULL: signs itself */
    EVP_PKEY *issuer_key;
};

/* --- one certificate ------------------------------------------------------------------------- */

/* Random, as RFC 5280 4.1.2.2 wants it positive and unique, and guessing it must be hopeless. */
static bool set_serial(X509 *certificate)
{
    BIGNUM *number = BN_new();
    bool ok = number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));

    BN_free(number);
    return ok;
}

static bool set_time(X509 *certificate, int (*set)(X509 *, const ASN1_TIME *), time_t when)
{
    ASN1_TIME *value = ASN1_TIME_set(NULL, when);
    bool ok = value && set(certificate, value) == 1;

    ASN1_TIME_free(value);
    return ok;
}

static bool add_name_entry(X509_NAME *subject, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, (const unsigned char *)value,
                                      -1, -1, 0) == 1;
}

static bool set_subject(X509 *certificate, const char *common_name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);

    return add_name_entry(subject, "O", "hostdev-webhook") &&
           (!common_name || add_name_entry(subject, "CN", common_name));
}

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *extensions)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    for (; extensions->value; extensions++) {
        X509_EXTENSION *extension =
            X509V3_EXT_nconf_nid(NULL, &context, extensions->nid, extensions->value);
        bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;

        X509_EXTENSION_free(extension);
        if (!ok)
            return false;
    }
    return true;
}

static bool add_general_name(GENERAL_NAMES *general_names, const struct certs_name *name)
{
    bool address = name->address_len > 0;
    GENERAL_NAME *general = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(address ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    bool ok = general && value &&
              ASN1_STRING_set(value, address ? (const void *)name->address : name->text,
                              (int)(address ? name->address_len : strlen(name->text))) == 1;

    if (ok) {
        GENERAL_NAME_set0_value(general, address ? GEN_IPADD : GEN_DNS, value);
        value = NULL;
        ok = sk_GENERAL_NAME_push(general_names, general) > 0;
    }
    if (!ok) {
        ASN1_STRING_free(value);
        GENERAL_NAME_free(general);
    }
    return ok;
}

/* Built from values, not from OpenSSL's text form, in which a name could carry options. */
static bool add_names(X509 *certificate, const struct certs_names *names)
{
    CLEANUP_GENERAL_NAMES GENERAL_NAMES *general_names = GENERAL_NAMES_new();

    if (!general_names)
        return false;
    for (size_t i = 0; i < certs_names_count(names); i++) {
        if (!add_general_name(general_names, certs_names_get(names, i)))
            return false;
    }
    return X509_add1_ext_i2d(certificate, NID_subject_alt_name, general_names, 0, 0) == 1;
}

static bool fill_certificate(X509 *certificate, const struct plan *plan)
{
    X509 *issuer = plan->issuer ? plan->issuer : certificate;

    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           set_time(certificate, X509_set1_notBefore, plan->not_before) &&
           set_time(certificate, X509_set1_notAfter, plan->not_after) &&
           set_subject(certificate, plan->common_name) &&
           X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
           X509_set_pubkey(certificate, plan->key) == 1 &&
           add_extensions(certificate, issuer, plan->extensions) &&
           (!plan->names || add_names(certificate, plan->names)) &&
           X509_sign(certificate, plan->issuer_key, EVP_sha256()) > 0;
}

static X509 *make_certificate(const struct plan *plan, struct error *err)
{
    X509 *certificate = X509_new();

    if (!certificate || !fill_certificate(certificate, plan)) {
        X509_free(certificate);
        certs_error_openssl(err, "cannot make a certificate");
        return NULL;
    }
    return certificate;
}

/* --- the CA and the serving certificate ------------------------------------------------------ */

static EVP_PKEY *make_key(struct error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    if (!key)
        certs_error_openssl(err, "cannot make a key");
    return key;
}

static time_t end_of_life(time_t now, unsigned days)
{
    int64_t end = now + (int64_t)days * SECONDS_PER_DAY;

    return end < last_second ? end : last_second;
}

/* A name of its own for every CA, so that old and new are told apart where both are trusted. */
static bool name_ca(char *ret_name, size_t size, struct error *err)
{
    unsigned char random[4];
    int used;

    if (RAND_bytes(random, sizeof random) != 1)
        return certs_error_openssl(err, "no random numbers");
    used = snprintf(ret_name, size, "hostdev-webhook CA %02x%02x%02x%02x", random[0], random[1],
                    random[2], random[3]);
    return used > 0 && (size_t)used < size;
}

static X509 *make_ca(const struct certs_request *request, EVP_PKEY *key, struct error *err)
{
    char name[COMMON_NAME_MAX + 1];
    struct plan plan = {
        .common_name = name,
        .not_before = request->now - BACKDATE_SECONDS,
        .not_after = end_of_life(request->now, request->days > CA_DAYS ? request->days : CA_DAYS),
        .extensions = ca_extensions,
        .key = key,
        .issuer_key = key,
    };

    return name_ca(name, sizeof name, err) ? make_certificate(&plan, err) : NULL;
}

/* TLS clients read the subjectAltName alone; the CN only helps people, so a long name has none. */
static const char *choose_common_name(const struct certs_names *names)
{
    const char *first = certs_names_get(names, 0)->text;

    return strlen(first) <= COMMON_NAME_MAX ? first : NULL;
}

static X509 *make_serving(const struct certs_request *request, const struct certs_names *names,
                          EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, struct error *err)
{
    struct plan plan = {
        .common_name = choose_common_name(names),
        .not_before = request->now - BACKDATE_SECONDS,
        .not_after = end_of_life(request->now, request->days),
        .extensions = serving_extensions,
        .names = names,
        .key = key,
        .issuer = ca,
        .issuer_key = ca_key,
    };

    return make_certificate(&plan, err);
}

static bool check_life(const struct certs_request *request, struct error *err)
{
    if (request->days < 1 || request->days > CERTS_DAYS_MAX)
        return error_set(err, "%u days: a certificate lives 1 to %d days", request->days,
                         CERTS_DAYS_MAX);
    if (request->now < 0)
        return error_set(err, "the clock is before 1970: set it first");
    if (request->now > last_second - (int64_t)request->days * SECONDS_PER_DAY)
        return error_set(err, "%u days: a certificate can't end after the year 9999",
                         request->days);
    return true;
}

bool certs_generate(const struct certs_request *request, struct certs_bundle *ret_bundle,
                    struct error *err)
{
    CLEANUP_CERTS_NAMES struct certs_names *names = NULL;
    CLEANUP_KEY EVP_PKEY *ca_key = NULL;
    CLEANUP_KEY EVP_PKEY *key = NULL;
    CLEANUP_X509 X509 *ca = NULL;
    CLEANUP_X509 X509 *serving = NULL;
    struct certs_bundle bundle = {.ca_crt = NULL};

    ERR_clear_error();
    if (!check_life(request, err) || !(names = certs_names_new(request->hosts, err)) ||
        !(ca_key = make_key(err)) || !(key = make_key(err)) ||
        !(ca = make_ca(request, ca_key, err)) ||
        !(serving = make_serving(request, names, key, ca, ca_key, err)) ||
        !(bundle.ca_crt = certs_pem_from_certificates(&ca, 1, err)) ||
        !(bundle.ca_key = certs_pem_from_key(ca_key, err)) ||
        !(bundle.tls_crt = certs_pem_from_certificates(&serving, 1, err)) ||
        !(bundle.tls_key = certs_pem_from_key(key, err))) {
        certs_bundle_free(&bundle);
        return false;
    }
    *ret_bundle = bundle;
    ERR_clear_error(); /* of what OpenSSL could do without */
    return true;
}

void certs_bundle_free(struct certs_bundle *bundle)
{
    free(bundle->ca_crt);
    certs_wipe_and_free(bundle->ca_key);
    free(bundle->tls_crt);
    certs_wipe_and_free(bundle->tls_key);
    *bundle = (struct certs_bundle){.ca_crt = NULL};
}

bool certs_issue(const struct certs_request *request, const char *dir, bool overwrite_ca,
                 struct error *err)
{
    CLEANUP_CERTS_BUNDLE struct certs_bundle bundle = {.ca_crt = NULL};

    return certs_generate(request, &bundle, err) &&
           certs_store_write(dir, &bundle, overwrite_ca, err);
}
