/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/client_ca.h"

#include "certs/chain.h"
#include "certs/client_names.h"
#include "certs/files.h"
#include "certs/openssl.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    SUMMARY_MAX = 512,
    SUBJECT_MAX = 200,
    /* Certificates between a client's own and the CA: real chains have one or two. */
    DEPTH_MAX = 8,
    /* 112 bits: no SHA-1, no RSA below 2048 bits. */
    SECURITY_LEVEL = 2,
};

struct certs_client_ca {
    atomic_size_t holders;
    X509_STORE *store;
    struct str names; /* borrowed; absent: any */
    time_t not_after[CERTS_CHAIN_MAX];
    size_t count;
    char *pem;
    struct text summary;
};

/* --- the CAs --------------------------------------------------------------------------------- */

/*
 * OpenSSL takes a certificate whose key it could not decode, and one of a strength that it could
 * not tell, be it for lack of memory; and then refuses every client of it.
 */
static bool has_key(const X509 *certificate)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);

    return key && EVP_PKEY_get_security_bits(key) > 0;
}

static bool check_authority(X509 *certificate, size_t index, struct error *err)
{
    CLEANUP_TEXT struct text subject = TEXT_INIT(SUBJECT_MAX);
    bool readable = has_key(certificate);

    if (readable && X509_check_ca(certificate) != 0)
        return true;
    certs_add_subject(&subject, certificate);
    return error_set(err, "certificate %zu (%s) %s", index + 1, text_get(&subject),
                     readable ? "is not a CA" : "has a public key that can't be read");
}

static bool add_authority(struct certs_client_ca *ca, X509 *certificate, struct error *err)
{
    size_t index = ca->count;

    if (!check_authority(certificate, index, err))
        return false;
    if (!certs_not_after(certificate, &ca->not_after[index]))
        return error_set(err, "certificate %zu has a date that can't be read", index + 1);
    if (X509_STORE_add_cert(ca->store, certificate) != 1)
        return certs_error_openssl(err, "cannot be kept");
    if (index > 0)
        text_add(&ca->summary, "; ");
    certs_add_subject(&ca->summary, certificate);
    ca->count++;
    return !ca->summary.failed || error_no_memory(err);
}

/* All of them expired: no client would ever be let in. */
static bool check_ends(const struct certs_client_ca *ca, time_t now, struct error *err)
{
    time_t latest = ca->not_after[0];

    for (size_t i = 0; i < ca->count; i++) {
        if (ca->not_after[i] > latest)
            latest = ca->not_after[i];
    }
    return now <= latest ||
           certs_error_date(err, "holds only CAs that have expired, the last on", latest, now);
}

static bool fill(struct certs_client_ca *ca, const struct certs_chain *authorities, time_t now,
                 struct error *err)
{
    ca->store = X509_STORE_new();
    if (!ca->store || X509_STORE_set_flags(ca->store, X509_V_FLAG_PARTIAL_CHAIN) != 1)
        return certs_error_openssl(err, "cannot be kept");
    ca->summary = (struct text)TEXT_INIT(SUMMARY_MAX);
    for (size_t i = 0; i < authorities->count; i++) {
        if (!add_authority(ca, authorities->items[i], err))
            return false;
    }
    ca->pem = certs_pem_from_certificates(authorities->items, authorities->count, err);
    return ca->pem && check_ends(ca, now, err);
}

struct certs_client_ca *certs_client_ca_new(struct str pem, const char *file, struct str names,
                                            time_t now, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain authorities = {.count = 0};
    struct certs_client_ca *ca = calloc(1, sizeof *ca);

    if (!ca) {
        error_no_memory(err);
        return NULL;
    }
    atomic_init(&ca->holders, 1);
    ca->names = names;
    ERR_clear_error();
    if (!certs_pem_read_certificates(pem, "only the CAs that issue clients' certificates",
                                     &authorities, err) ||
        !fill(ca, &authorities, now, err)) {
        certs_error_in_file(err, file);
        certs_client_ca_unref(ca);
        ca = NULL;
    }
    ERR_clear_error();
    return ca;
}

struct certs_client_ca *certs_client_ca_load(const char *file, struct str names, time_t now,
                                             struct error *err)
{
    CLEANUP_FD int fd = certs_file_open(AT_FDCWD, file, err);
    CLEANUP_CERTS_FILE struct certs_file content = {.data = NULL};

    if (fd < 0 || !certs_file_read(fd, &content, err)) {
        certs_error_in_file(err, file);
        return NULL;
    }
    return certs_client_ca_new(certs_file_str(&content), file, names, now, err);
}

struct certs_client_ca *certs_client_ca_ref(struct certs_client_ca *ca)
{
    atomic_fetch_add(&ca->holders, 1);
    return ca;
}

void certs_client_ca_unref(struct certs_client_ca *ca)
{
    if (!ca || atomic_fetch_sub(&ca->holders, 1) > 1)
        return;
    X509_STORE_free(ca->store);
    text_free(&ca->summary);
    free(ca->pem);
    free(ca);
}

void certs_client_ca_unrefp(struct certs_client_ca **ca)
{
    certs_client_ca_unref(*ca);
}

size_t certs_client_ca_count(const struct certs_client_ca *ca)
{
    return ca->count;
}

time_t certs_client_ca_not_after(const struct certs_client_ca *ca, size_t index)
{
    return ca->not_after[index];
}

const char *certs_client_ca_pem(const struct certs_client_ca *ca)
{
    return ca->pem;
}

const char *certs_client_ca_summary(const struct certs_client_ca *ca)
{
    return text_get(&ca->summary);
}

/* --- one client ------------------------------------------------------------------------------ */

static const struct {
    int code; /* of OpenSSL */
    enum certs_refusal refusal;
    const char *says; /* behind "the client's certificate" or "certificate 2 of the client" */
} verdicts[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, CERTS_REFUSED_EXPIRED, "has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, CERTS_REFUSED_EXPIRED, "is not valid yet"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CERTS_REFUSED_CA, "is by none of the client CAs"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CERTS_REFUSED_CA,
     "is by none of the client CAs"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERTS_REFUSED_CA, "is by none of the client CAs"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CERTS_REFUSED_CA,
     "is signed by itself, not by a client CA"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, CERTS_REFUSED_CA, "is not one of the client CAs"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, CERTS_REFUSED_CA, "is too far from a client CA"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, CERTS_REFUSED_BAD, "has a signature that does not fit"},
    {X509_V_ERR_INVALID_PURPOSE, CERTS_REFUSED_PURPOSE,
     "is not for TLS clients: its extendedKeyUsage must hold clientAuth"},
    {X509_V_ERR_INVALID_CA, CERTS_REFUSED_BAD, "is not a CA"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, CERTS_REFUSED_PURPOSE, "has a key that is too weak"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, CERTS_REFUSED_PURPOSE, "has a key that is too weak"},
    {X509_V_ERR_CA_MD_TOO_WEAK, CERTS_REFUSED_PURPOSE, "is signed with a digest that is too weak"},
    {X509_V_ERR_OUT_OF_MEM, CERTS_REFUSED_FAILED, "can't be checked: out of memory"},
};

static bool refuse(const char *says, enum certs_refusal refusal, enum certs_refusal *ret_refusal,
                   struct error *err)
{
    *ret_refusal = refusal;
    return error_set(err, "the client's certificate %s", says);
}

/* Puts the subject, as far as there is one, behind the message. */
static bool refuse_subject(const X509 *client, const char *says, struct error *err)
{
    CLEANUP_TEXT struct text subject = TEXT_INIT(SUBJECT_MAX);

    certs_add_subject(&subject, client);
    return error_set(err, "the client's certificate (%s) %s", text_get(&subject), says);
}

static bool refuse_chain(X509_STORE_CTX *context, const X509 *client,
                         enum certs_refusal *ret_refusal, struct error *err)
{
    int code = X509_STORE_CTX_get_error(context);
    int depth = X509_STORE_CTX_get_error_depth(context);
    const char *says = X509_verify_cert_error_string(code);
    CLEANUP_TEXT struct text text = TEXT_INIT(SUBJECT_MAX + 200);

    *ret_refusal = CERTS_REFUSED_BAD;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (verdicts[i].code == code) {
            *ret_refusal = verdicts[i].refusal;
            says = verdicts[i].says;
        }
    }
    if (depth > 0 && X509_STORE_CTX_get_current_cert(context)) {
        text_add(&text, "has an issuer (");
        certs_add_subject(&text, X509_STORE_CTX_get_current_cert(context));
        text_addf(&text, ") that %s", says);
        says = text_get(&text);
    }
    return refuse_subject(client, says, err);
}

static bool check_chain(const struct certs_client_ca *ca, X509 *client, STACK_OF(X509) * issuers,
                        time_t now, enum certs_refusal *ret_refusal, struct error *err)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *rules;
    bool good = false;

    if (!context || X509_STORE_CTX_init(context, ca->store, client, issuers) != 1 ||
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) != 1) {
        X509_STORE_CTX_free(context);
        return refuse("can't be checked: out of memory", CERTS_REFUSED_FAILED, ret_refusal, err);
    }
    rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(rules, now);
    X509_VERIFY_PARAM_set_depth(rules, DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    good = X509_verify_cert(context) == 1 || refuse_chain(context, client, ret_refusal, err);
    X509_STORE_CTX_free(context);
    return good;
}

static bool check_name(struct str names, const X509 *client, enum certs_refusal *ret_refusal,
                       struct error *err)
{
    if (!names.data || certs_client_names_match(names, client))
        return true;
    *ret_refusal = CERTS_REFUSED_NAME;
    return refuse_subject(client, "has none of the names that are let in", err);
}

static X509 *decode(const struct certs_der *sent)
{
    const unsigned char *end = sent->data;
    X509 *certificate = sent->len <= LONG_MAX ? d2i_X509(NULL, &end, (long)sent->len) : NULL;

    if (certificate && end == sent->data + sent->len)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static void cleanup_stack(STACK_OF(X509) * *stack)
{
    sk_X509_pop_free(*stack, X509_free);
}

static bool check_sent(const struct certs_client_ca *ca, const struct certs_der *sent, size_t count,
                       time_t now, enum certs_refusal *ret_refusal, struct error *err)
{
    CLEANUP_X509 X509 *client = decode(&sent[0]);
    __attribute__((cleanup(cleanup_stack))) STACK_OF(X509) *issuers = sk_X509_new_null();

    if (!client)
        return refuse("is damaged", CERTS_REFUSED_BAD, ret_refusal, err);
    for (size_t i = 1; i < count; i++) {
        X509 *issuer = decode(&sent[i]);

        if (!issuer)
            return refuse("comes with one that is damaged", CERTS_REFUSED_BAD, ret_refusal, err);
        if (!issuers || sk_X509_push(issuers, issuer) == 0) {
            X509_free(issuer);
            return refuse("can't be checked: out of memory", CERTS_REFUSED_FAILED, ret_refusal,
                          err);
        }
    }
    return check_chain(ca, client, issuers, now, ret_refusal, err) &&
           check_name(ca->names, client, ret_refusal, err);
}

bool certs_client_ca_check(const struct certs_client_ca *ca, const struct certs_der *sent,
                           size_t count, time_t now, enum certs_refusal *ret_refusal,
                           struct error *err)
{
    bool good;

    if (count == 0) {
        *ret_refusal = CERTS_REFUSED_ABSENT;
        return error_set(err, "the client sent no certificate");
    }
    if (count > CERTS_CHAIN_MAX)
        return refuse("comes with too many others", CERTS_REFUSED_BAD, ret_refusal, err);
    ERR_clear_error();
    good = check_sent(ca, sent, count, now, ret_refusal, err);
    ERR_clear_error();
    return good;
}
