/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/chain.h"

#include "certs/openssl.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>

/* A subject in a message: enough to recognise it, and many of them fit. */
enum { SUBJECT_MAX = 200 };

/* Puts "certificate 2 (CN = …): " in front of the message; `index` counts from 0. */
static bool in_certificate(struct error *err, const struct certs_chain *chain, size_t index)
{
    CLEANUP_TEXT struct text subject = TEXT_INIT(SUBJECT_MAX);

    certs_add_subject(&subject, chain->items[index]);
    return error_wrap(err, "certificate %zu (%s)", index + 1, text_get(&subject));
}

/* --- dates ----------------------------------------------------------------------------------- */

static bool to_time(const ASN1_TIME *value, time_t *ret_time)
{
    struct tm broken_down;

    if (!value || ASN1_TIME_to_tm(value, &broken_down) != 1)
        return false;
    *ret_time = timegm(&broken_down);
    return true;
}

bool certs_not_after(const X509 *certificate, time_t *ret_time)
{
    return to_time(X509_get0_notAfter(certificate), ret_time);
}

bool certs_not_before(const X509 *certificate, time_t *ret_time)
{
    return to_time(X509_get0_notBefore(certificate), ret_time);
}

bool certs_error_date(struct error *err, const char *what, time_t when, time_t now)
{
    char when_text[32] = "";
    char now_text[32] = "";
    struct tm broken_down;

    if (gmtime_r(&when, &broken_down))
        strftime(when_text, sizeof when_text, "%Y-%m-%dT%H:%M:%SZ", &broken_down);
    if (gmtime_r(&now, &broken_down))
        strftime(now_text, sizeof now_text, "%Y-%m-%dT%H:%M:%SZ", &broken_down);
    return error_set(err, "%s %s (it is %s now)", what, when_text, now_text);
}

/* Both ends belong to the life of a certificate (RFC 5280 4.1.2.5). */
bool certs_check_dates(const X509 *certificate, time_t now, struct error *err)
{
    time_t from;
    time_t to;

    if (!certs_not_before(certificate, &from) || !certs_not_after(certificate, &to))
        return error_set(err, "has a date that can't be read");
    if (now > to)
        return certs_error_date(err, "expired on", to, now);
    if (now < from)
        return certs_error_date(err, "is not valid before", from, now);
    return true;
}

/* --- keys and signatures --------------------------------------------------------------------- */

/* What a Go client takes: crypto/x509 knows no other kinds or curves; crypto/tls no larger RSA. */
static const struct {
    const char *kind;
    int min_bits;
    int max_bits;
    const char *curve; /* NULL: any, or not an EC key */
} good_keys[] = {
    {"EC", 256, 256, SN_X9_62_prime256v1}, {"EC", 384, 384, SN_secp384r1},
    {"EC", 521, 521, SN_secp521r1},        {"RSA", 2048, 8192, NULL},
    {"ED25519", 256, 256, NULL},
};

static bool is_good_key(const EVP_PKEY *key)
{
    char curve[64] = "";

    EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
    for (size_t i = 0; i < sizeof good_keys / sizeof good_keys[0]; i++) {
        if (EVP_PKEY_is_a(key, good_keys[i].kind) &&
            EVP_PKEY_get_bits(key) >= good_keys[i].min_bits &&
            EVP_PKEY_get_bits(key) <= good_keys[i].max_bits &&
            (!good_keys[i].curve || strcmp(curve, good_keys[i].curve) == 0))
            return true;
    }
    return false;
}

static bool check_public_key(const X509 *certificate, struct error *err)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    const char *kind;

    if (!key)
        return certs_error_openssl(err, "has a public key that can't be read");
    if (is_good_key(key))
        return true;
    kind = EVP_PKEY_get0_type_name(key);
    return error_set(err,
                     "has a %s key of %d bits, which is weak or not accepted by kube-apiserver: "
                     "use ECDSA P-256, P-384 or P-521, RSA of 2048 to 8192 bits, or Ed25519",
                     kind ? kind : "nameless", EVP_PKEY_get_bits(key));
}

/* Go refuses SHA-1 and MD5 (crypto/x509, since 1.18), except on a root, whose own signature proves
 * nothing and is not looked at. */
static bool check_signature_algorithm(X509 *certificate, struct error *err)
{
    int security_bits = 0;
    int digest = NID_undef;

    if (X509_self_signed(certificate, 0) == 1)
        return true;
    if (X509_get_signature_info(certificate, &digest, NULL, &security_bits, NULL) != 1)
        return certs_error_openssl(err, "is signed with an unknown algorithm");
    if (security_bits >= 112)
        return true;
    return error_set(err, "is signed with %s, which clients refuse: have it issued with SHA-256",
                     digest != NID_undef ? OBJ_nid2sn(digest) : "a weak algorithm");
}

/* --- the first certificate ------------------------------------------------------------------- */

static bool has_bad_extension(X509 *leaf)
{
    return (X509_get_extension_flags(leaf) & EXFLAG_INVALID) != 0;
}

static bool is_ca(X509 *leaf)
{
    return (X509_get_extension_flags(leaf) & EXFLAG_CA) != 0;
}

/* An absent extension is no restriction: OpenSSL returns all bits then. */
static bool lacks_server_auth(X509 *leaf)
{
    return (X509_get_extended_key_usage(leaf) & (XKU_SSL_SERVER | XKU_ANYEKU)) == 0;
}

static bool lacks_digital_signature(X509 *leaf)
{
    return (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0;
}

static bool lacks_names(X509 *leaf)
{
    CLEANUP_TEXT struct text names = TEXT_INIT(64);

    certs_add_names(&names, leaf);
    return names.len == 0 && !names.failed;
}

static const struct {
    bool (*is_broken)(X509 *leaf);
    const char *says;
} leaf_rules[] = {
    {has_bad_extension, "has an extension that can't be read"},
    {is_ca, "is a CA certificate: the file must begin with the serving certificate"},
    {lacks_server_auth, "is not for TLS servers: its extendedKeyUsage must hold serverAuth"},
    {lacks_digital_signature, "can't sign a TLS handshake: its keyUsage must hold "
                              "digitalSignature"},
    {lacks_names, "has no DNS name or IP address in a subjectAltName, and clients ignore the CN"},
};

/*
 * A certificate that is alone and issued by itself, as `openssl req -x509` makes it (with CA:TRUE):
 * clients that are given it as their CA accept it.
 */
static bool is_alone(const struct certs_chain *chain)
{
    return chain->count == 1 && X509_check_issued(chain->items[0], chain->items[0]) == X509_V_OK;
}

static bool check_leaf(const struct certs_chain *chain, struct error *err)
{
    X509 *leaf = chain->items[0];

    for (size_t i = 0; i < sizeof leaf_rules / sizeof leaf_rules[0]; i++) {
        if (leaf_rules[i].is_broken == is_ca && is_alone(chain))
            continue;
        if (leaf_rules[i].is_broken(leaf))
            return error_set(err, "%s", leaf_rules[i].says);
    }
    return true;
}

/* --- the order ------------------------------------------------------------------------------- */

static bool is_issued_by(X509 *certificate, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return X509_check_issued(issuer, certificate) == X509_V_OK && key &&
           X509_verify(certificate, key) == 1;
}

/* Checks the certificate at `index` with the one behind it, if there is one. */
static bool check_issuer(const struct certs_chain *chain, size_t index, struct error *err)
{
    CLEANUP_TEXT struct text subject = TEXT_INIT(SUBJECT_MAX);
    X509 *issuer;

    if (index + 1 == chain->count)
        return true;
    issuer = chain->items[index + 1];
    certs_add_subject(&subject, issuer);
    if (!is_issued_by(chain->items[index], issuer))
        return error_set(err,
                         "is not issued by certificate %zu (%s), which follows it: put the serving "
                         "certificate first and behind each one its issuer",
                         index + 2, text_get(&subject));
    if (X509_check_ca(issuer) == 0)
        return error_set(err, "is issued by certificate %zu (%s), which is not a CA", index + 2,
                         text_get(&subject));
    return true;
}

bool certs_chain_check(const struct certs_chain *chain, time_t now, struct error *err)
{
    if (!check_leaf(chain, err))
        return in_certificate(err, chain, 0);
    for (size_t i = 0; i < chain->count; i++) {
        X509 *certificate = chain->items[i];

        if (!certs_check_dates(certificate, now, err) || !check_public_key(certificate, err) ||
            !check_signature_algorithm(certificate, err) || !check_issuer(chain, i, err))
            return in_certificate(err, chain, i);
    }
    return true;
}

bool certs_chain_check_key(const struct certs_chain *chain, const EVP_PKEY *key, struct error *err)
{
    size_t owner = 0;

    while (owner < chain->count && X509_check_private_key(chain->items[owner], key) != 1)
        owner++;
    ERR_clear_error();
    if (owner == 0)
        return true;
    if (owner < chain->count)
        return error_set(err, "it belongs to certificate %zu, which must come first", owner + 1);
    return error_set(err, "it belongs to another certificate");
}
