/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the PEM of a certificate and, in the same text, its key, as a file may hold both, or
 * as the parts of a Secret between FF bytes: ca.crt, tls.crt, tls.key. What is accepted is a pair
 * by OpenSSL's own account, and its PEM written again is accepted again, unchanged; what is refused
 * comes with one line that can be shown, and no message tells anything of a key. The same bytes in
 * base64 are the same bytes.
 */
#include "certs/base64.h"
#include "certs/check.h"
#include "certs/names.h"
#include "certs/openssl.h"
#include "certs/pem.h"
#include "certs/stored.h"
#include "tests/fuzz/refusal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The corpus is valid at this moment: 2025-06-15T15:06:40Z. */
static const time_t now = 1750000000;

#define HOSTS STR("localhost,127.0.0.1")

/* As many characters of a key's base64 in a message are no chance: no word of ours is as long. */
enum { SECRET_MIN = 20 };

/* --- messages -------------------------------------------------------------------------------- */

static bool is_base64(struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!ascii_is_alnum(line.data[i]) && !memchr("+/=", line.data[i], 3))
            return false;
    }
    return true;
}

/* A line of base64 within a private key. */
static bool is_secret_line(struct str line, bool *in_key)
{
    if (str_starts_with(line, STR("-----")))
        *in_key = str_starts_with(line, STR("-----BEGIN ")) &&
                  memmem(line.data, line.len, "PRIVATE KEY", 11);
    return *in_key && is_base64(line);
}

/* Whether any part of `line` is in the message. */
static bool tells(const char *message, struct str line)
{
    for (size_t at = 0; at + SECRET_MIN <= line.len; at++) {
        if (memmem(message, strlen(message), line.data + at, SECRET_MIN))
            return true;
    }
    return false;
}

static void expect_no_secret(const char *message, struct str pem)
{
    bool in_key = false;

    while (pem.len > 0) {
        size_t end = str_find(pem, '\n');
        struct str line = str_trim(str_slice(pem, 0, end));

        if (is_secret_line(line, &in_key))
            expect(!tells(message, line));
        pem = str_slice(pem, end + 1, pem.len);
    }
}

static void expect_refusal(const struct error *err, struct str pem)
{
    expect_message(err->message);
    expect(!err->no_memory);
    expect_no_secret(err->message, pem);
}

/* --- a pair ---------------------------------------------------------------------------------- */

/* OpenSSL's own readers and check, on what the pair hands to GnuTLS. */
static void expect_match(const struct certs_pair *pair)
{
    CLEANUP_BIO BIO *chain = BIO_new_mem_buf(certs_pair_chain_pem(pair), -1);
    CLEANUP_BIO BIO *private = BIO_new_mem_buf(certs_pair_key_pem(pair), -1);
    CLEANUP_X509 X509 *leaf = PEM_read_bio_X509(chain, NULL, NULL, NULL);
    CLEANUP_KEY EVP_PKEY *key = PEM_read_bio_PrivateKey(private, NULL, NULL, NULL);

    expect(leaf && key);
    expect(X509_check_private_key(leaf, key) == 1);
    expect(X509_cmp_time(X509_get0_notBefore(leaf), &(time_t){now}) <= 0);
    expect(X509_cmp_time(X509_get0_notAfter(leaf), &(time_t){now - 1}) > 0);
}

static void expect_same(const struct certs_pair *a, const struct certs_pair *b)
{
    expect(strcmp(certs_pair_chain_pem(a), certs_pair_chain_pem(b)) == 0);
    expect(strcmp(certs_pair_key_pem(a), certs_pair_key_pem(b)) == 0);
    expect(strcmp(certs_pair_summary(a), certs_pair_summary(b)) == 0);
    expect(certs_pair_not_after(a, 0) == certs_pair_not_after(b, 0));
    expect(certs_pair_earliest_not_after(a) == certs_pair_earliest_not_after(b));
}

static void expect_usable(const struct certs_pair *pair)
{
    struct error err = untouched;
    CLEANUP_CERTS_PAIR struct certs_pair *again =
        certs_pair_new(str_from(certs_pair_chain_pem(pair)), str_from(certs_pair_key_pem(pair)),
                       "tls.crt", "tls.key", now, &err);

    expect(again != NULL);
    expect_same(pair, again);
    expect_message(certs_pair_summary(pair));
    expect_no_secret(certs_pair_summary(pair), str_from(certs_pair_key_pem(pair)));
    expect(certs_pair_earliest_not_after(pair) >= now);
    expect(certs_pair_earliest_not_after(pair) <= certs_pair_not_after(pair, 0));
    expect_match(pair);
}

static bool try_pair(struct str cert, struct str key)
{
    struct error err = untouched;
    CLEANUP_CERTS_PAIR struct certs_pair *pair =
        certs_pair_new(cert, key, "tls.crt", "tls.key", now, &err);

    expect(ERR_peek_error() == 0);
    if (pair) {
        expect(strcmp(err.message, untouched.message) == 0);
        expect_usable(pair);
    } else {
        expect_refusal(&err, cert);
        expect_refusal(&err, key);
    }
    return pair;
}

/* --- a Secret -------------------------------------------------------------------------------- */

static void expect_trusted_again(const char *pem, const struct certs_stored *stored)
{
    const struct certs_stored trusted = {str_from(pem), stored->tls_crt, stored->tls_key};
    struct error err = untouched;
    char *again = certs_stored_trust(&trusted, &err);

    expect(again && strcmp(pem, again) == 0);
    free(again);
}

/* A CA that clients are told to trust, from whatever stands in ca.crt. */
static bool try_trust(const struct certs_stored *stored)
{
    struct error err = untouched;
    char *pem = certs_stored_trust(stored, &err);
    bool trusted = pem != NULL;

    if (pem) {
        expect(strcmp(err.message, untouched.message) == 0);
        expect(!strstr(pem, "PRIVATE KEY"));
        expect_trusted_again(pem, stored);
    } else {
        expect_refusal(&err, stored->ca_crt);
        expect_refusal(&err, stored->tls_crt);
    }
    free(pem);
    return trusted;
}

/* A Secret is good only if its pair is and its CA is that of the pair. */
static void try_stored(const struct certs_stored *stored, bool is_pair, bool is_trusted)
{
    struct certs_life life = {.due = 7};
    struct error err = untouched;

    if (certs_stored_check(stored, HOSTS, now, &life, &err)) {
        expect(is_pair && is_trusted);
        expect(strcmp(err.message, untouched.message) == 0);
        expect(life.not_after >= now && life.due <= life.not_after);
    } else {
        expect(life.due == 7);
        expect_refusal(&err, stored->tls_key);
        expect_refusal(&err, stored->tls_crt);
        expect_refusal(&err, stored->ca_crt);
    }
}

/* What clients trust while the CA is replaced always holds the new one, first. */
static void try_overlap(const struct certs_stored *stored)
{
    CLEANUP_CERTS_CHAIN struct certs_chain known = {.count = 0};
    CLEANUP_CERTS_CHAIN struct certs_chain before = {.count = 0};
    CLEANUP_CERTS_CHAIN struct certs_chain after = {.count = 0};
    struct error err = untouched;
    char *pem;

    certs_known_add(&known, stored->tls_crt);
    certs_known_add(&known, stored->ca_crt);
    pem = certs_stored_overlap(stored->ca_crt, &known, stored->tls_crt, now, &err);
    if (pem) {
        expect(certs_pem_read_chain(stored->ca_crt, &before, &err));
        expect(certs_pem_read_chain(str_from(pem), &after, &err));
        expect(after.count >= before.count && after.count <= CERTS_CHAIN_MAX);
        for (size_t i = 0; i < before.count; i++)
            expect(X509_cmp(before.items[i], after.items[i]) == 0);
    } else {
        expect_refusal(&err, stored->ca_crt);
    }
    free(pem);
}

/* --- texts around PEM ------------------------------------------------------------------------ */

static void try_base64(struct str bytes)
{
    struct error err = untouched;
    char *base64 = certs_base64_encode(bytes, &err);
    char *again = certs_base64_decode(str_from(base64), &err);
    char *decoded;

    /* What a Secret holds is text. */
    expect((again != NULL) == (memchr(bytes.data, '\0', bytes.len) == NULL));
    expect(!again || str_equal(str_from(again), bytes));
    certs_wipe_and_free(again);
    certs_wipe_and_free(base64);
    err = untouched;
    decoded = certs_base64_decode(bytes, &err);
    if (!decoded) {
        expect_refusal(&err, bytes);
        return;
    }
    base64 = certs_base64_encode(str_from(decoded), &err);
    expect(str_equal(str_from(base64), bytes));
    certs_wipe_and_free(base64);
    certs_wipe_and_free(decoded);
}

static void expect_same_name(const struct certs_name *a, const struct certs_name *b)
{
    expect(strcmp(a->text, b->text) == 0);
    expect(a->address_len == b->address_len);
    expect(memcmp(a->address, b->address, a->address_len) == 0);
}

/* Names come from a command line and end up in certificates. */
static void try_names(struct str list)
{
    struct error err = untouched;
    CLEANUP_CERTS_NAMES struct certs_names *names = certs_names_new(list, &err);
    CLEANUP_CERTS_NAMES struct certs_names *again = NULL;
    CLEANUP_TEXT struct text joined = TEXT_INIT((size_t)64 * 1024);

    if (!names) {
        expect_message(err.message);
        return;
    }
    for (size_t i = 0; i < certs_names_count(names); i++)
        text_addf(&joined, "%s%s", i > 0 ? "," : "", certs_names_get(names, i)->text);
    again = certs_names_new(str_from(text_get(&joined)), &err);
    expect(again && certs_names_count(again) == certs_names_count(names));
    for (size_t i = 0; i < certs_names_count(names); i++)
        expect_same_name(certs_names_get(names, i), certs_names_get(again, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    size_t first = str_find(bytes, '\xFF');
    struct str rest = str_slice(bytes, first + 1, size);
    size_t second = str_find(rest, '\xFF');
    struct certs_stored stored = {bytes, bytes, bytes};
    bool is_pair, is_trusted;

    if (size == 0)
        return 0;
    if (first < size)
        stored = (struct certs_stored){str_slice(bytes, 0, first), str_slice(rest, 0, second),
                                       str_slice(rest, second + 1, rest.len)};
    is_pair = try_pair(stored.tls_crt, stored.tls_key);
    is_trusted = try_trust(&stored);
    try_stored(&stored, is_pair, is_trusted);
    try_overlap(&stored);
    try_base64(bytes);
    try_names(bytes);
    return 0;
}
