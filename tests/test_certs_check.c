/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/check.h"

#include "base/text.h"
#include "certs/pem.h"
#include "tests/support/certs_fixture.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const time_t day = 86400;

/* 2025-06-15T15:06:40Z */
static const time_t now = 1750000000;

/* root → middle → leaf, and a folder with tls.crt and tls.key of it. */
struct world {
    struct temp_dir dir;
    EVP_PKEY *root_key;
    EVP_PKEY *middle_key;
    EVP_PKEY *key;
    X509 *root;
    X509 *middle;
    X509 *leaf;
    struct certs_fixture_spec root_spec;
    struct certs_fixture_spec middle_spec;
    struct certs_fixture_spec leaf_spec;
};

static struct certs_fixture_spec spec_of_ca(const char *common_name, EVP_PKEY *key, X509 *issuer,
                                            EVP_PKEY *signer)
{
    return (struct certs_fixture_spec){
        .common_name = common_name,
        .basic_constraints = "critical,CA:TRUE",
        .key_usage = "critical,keyCertSign,cRLSign",
        .not_before = now - day,
        .not_after = now + 90 * day,
        .key = key,
        .issuer = issuer,
        .signer = signer,
        .digest = EVP_sha256(),
    };
}

static void write_pair(struct world *world, X509 *first, X509 *second, X509 *third)
{
    X509 *chain[] = {first, second, third, NULL};

    certs_fixture_write_chain(temp_path(&world->dir, "tls.crt").text, chain);
    certs_fixture_write_key(temp_path(&world->dir, "tls.key").text, world->key);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    temp_dir_make(&world->dir);
    world->root_key = EVP_EC_gen("P-256");
    world->middle_key = EVP_EC_gen("P-384");
    world->key = EVP_EC_gen("P-256");
    world->root_spec = spec_of_ca("Root", world->root_key, NULL, world->root_key);
    world->root = certs_fixture_sign(&world->root_spec);
    world->middle_spec = spec_of_ca("Middle", world->middle_key, world->root, world->root_key);
    world->middle = certs_fixture_sign(&world->middle_spec);
    world->leaf_spec = (struct certs_fixture_spec){
        .common_name = "localhost",
        .names = "DNS:localhost,IP:127.0.0.1,IP:::1",
        .basic_constraints = "critical,CA:FALSE",
        .key_usage = "critical,digitalSignature",
        .extended_key_usage = "serverAuth",
        .not_before = now - day,
        .not_after = now + 30 * day,
        .key = world->key,
        .issuer = world->middle,
        .signer = world->middle_key,
        .digest = EVP_sha256(),
    };
    world->leaf = certs_fixture_sign(&world->leaf_spec);
    write_pair(world, world->leaf, world->middle, NULL);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    temp_dir_remove(&world->dir);
    X509_free(world->root);
    X509_free(world->middle);
    X509_free(world->leaf);
    EVP_PKEY_free(world->root_key);
    EVP_PKEY_free(world->middle_key);
    EVP_PKEY_free(world->key);
    free(world);
    return 0;
}

static struct certs_pair *load(struct world *world, time_t when, struct error *err)
{
    return certs_pair_load(temp_path(&world->dir, "tls.crt").text,
                           temp_path(&world->dir, "tls.key").text, when, err);
}

static void expect_accepted_at(struct world *world, time_t when)
{
    struct error err = {.message = "untouched"};
    struct certs_pair *pair = load(world, when, &err);

    assert_string_equal(err.message, "untouched");
    assert_non_null(pair);
    assert_int_equal(ERR_peek_error(), 0);
    certs_pair_free(pair);
}

/* The whole message must be DIR/FILE: SAYS. */
static void expect_refused_at(struct world *world, time_t when, const char *file, const char *says)
{
    struct error err = {.message = ""};
    char expected[sizeof err.message];

    snprintf(expected, sizeof expected, "%s/%s: %s", world->dir.path, file, says);
    assert_null(load(world, when, &err));
    assert_string_equal(err.message, expected);
    assert_int_equal(ERR_peek_error(), 0);
}

/* The same for messages that end in OpenSSL's words, which differ between its versions. */
static void expect_refused_beginning(struct world *world, const char *file, const char *says)
{
    struct error err = {.message = ""};
    char expected[sizeof err.message];

    snprintf(expected, sizeof expected, "%s/%s: %s", world->dir.path, file, says);
    assert_null(load(world, now, &err));
    assert_true(strlen(err.message) > strlen(expected));
    err.message[strlen(expected)] = '\0';
    assert_string_equal(err.message, expected);
    assert_int_equal(ERR_peek_error(), 0);
}

static void expect_refused(struct world *world, const char *file, const char *says)
{
    expect_refused_at(world, now, file, says);
}

/* Replaces the leaf by what `leaf_spec` describes now and writes the chain. */
static void write_leaf_of_spec(struct world *world)
{
    X509_free(world->leaf);
    world->leaf = certs_fixture_sign(&world->leaf_spec);
    write_pair(world, world->leaf, world->middle, NULL);
}

/* The same for the middle certificate, and the leaf that it issues. */
static void write_middle_of_spec(struct world *world)
{
    X509_free(world->middle);
    world->middle = world->leaf_spec.issuer = certs_fixture_sign(&world->middle_spec);
    write_leaf_of_spec(world);
}

/* --- what is accepted ------------------------------------------------------------------------ */

static void test_pair_tells_what_it_holds(void **state)
{
    struct world *world = *state;
    struct error err;
    struct certs_pair *pair = load(world, now, &err);
    char *file = temp_read(temp_path(&world->dir, "tls.crt").text, NULL);
    char *key = temp_read(temp_path(&world->dir, "tls.key").text, NULL);

    assert_non_null(pair);
    assert_string_equal(certs_pair_chain_pem(pair), file);
    assert_string_equal(certs_pair_key_pem(pair), key);
    assert_int_equal(certs_pair_not_after(pair, 0), now + 30 * day);
    assert_int_equal(certs_pair_earliest_not_after(pair), now + 30 * day);
    assert_string_equal(certs_pair_summary(pair),
                        "CN = localhost (DNS:localhost, IP:127.0.0.1, IP:::1)");
    free(file);
    free(key);
    certs_pair_free(pair);
    certs_pair_free(NULL);
}

static void test_earliest_end_may_be_an_issuers(void **state)
{
    struct world *world = *state;
    struct error err;
    struct certs_pair *pair;

    world->middle_spec.not_after = now + 2 * day;
    write_middle_of_spec(world);
    pair = load(world, now, &err);
    assert_non_null(pair);
    assert_int_equal(certs_pair_not_after(pair, 0), now + 30 * day);
    assert_int_equal(certs_pair_earliest_not_after(pair), now + 2 * day);
    certs_pair_free(pair);
}

static void test_chain_lengths(void **state)
{
    struct world *world = *state;

    write_pair(world, world->leaf, NULL, NULL);
    expect_accepted_at(world, now);
    write_pair(world, world->leaf, world->middle, world->root);
    expect_accepted_at(world, now);
}

static void test_both_in_one_file(void **state)
{
    struct world *world = *state;
    struct error err;
    char *cert = temp_read(temp_path(&world->dir, "tls.crt").text, NULL);
    char *key = temp_read(temp_path(&world->dir, "tls.key").text, NULL);
    struct temp_path path = temp_path(&world->dir, "both.pem");
    struct certs_pair *pair;
    FILE *file = fopen(path.text, "w");

    assert_non_null(file);
    fprintf(file, "comments are passed over\n%s%s", key, cert);
    fclose(file);
    pair = certs_pair_load(path.text, path.text, now, &err);
    assert_non_null(pair);
    assert_string_equal(certs_pair_chain_pem(pair), cert);
    assert_null(strstr(certs_pair_chain_pem(pair), "PRIVATE"));
    certs_pair_free(pair);
    free(cert);
    free(key);
}

static void test_line_ends_of_dos(void **state)
{
    struct world *world = *state;
    char *cert = temp_read(temp_path(&world->dir, "tls.crt").text, NULL);
    FILE *file = fopen(temp_path(&world->dir, "tls.crt").text, "w");

    assert_non_null(file);
    for (const char *at = cert; *at; at++) {
        if (*at == '\n')
            fputc('\r', file);
        fputc(*at, file);
    }
    fclose(file);
    expect_accepted_at(world, now);
    free(cert);
}

static void test_older_key_form(void **state)
{
    struct world *world = *state;
    BIO *bio = BIO_new_file(temp_path(&world->dir, "tls.key").text, "w");
    EVP_PKEY *group = EVP_EC_gen("P-256");

    /* As "openssl ecparam -genkey" writes it: the parameters in a block of their own in front. */
    assert_int_equal(PEM_write_bio_Parameters(bio, group), 1);
    assert_int_equal(
        PEM_write_bio_PrivateKey_traditional(bio, world->key, NULL, NULL, 0, NULL, NULL), 1);
    BIO_free(bio);
    EVP_PKEY_free(group);
    expect_accepted_at(world, now);
}

static void test_kinds_of_key(void **state)
{
    struct world *world = *state;
    EVP_PKEY *keys[] = {EVP_RSA_gen(2048), EVP_EC_gen("P-521"),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        EVP_PKEY_free(world->key);
        world->key = world->leaf_spec.key = keys[i];
        write_leaf_of_spec(world);
        expect_accepted_at(world, now);
    }
}

static void test_absent_usages_are_no_restriction(void **state)
{
    struct world *world = *state;

    world->leaf_spec.extended_key_usage = NULL;
    world->leaf_spec.key_usage = NULL;
    world->leaf_spec.basic_constraints = NULL;
    write_leaf_of_spec(world);
    expect_accepted_at(world, now);
    world->leaf_spec.extended_key_usage = "anyExtendedKeyUsage";
    write_leaf_of_spec(world);
    expect_accepted_at(world, now);
}

static void test_empty_subject(void **state)
{
    struct world *world = *state;
    struct error err;
    struct certs_pair *pair;

    world->leaf_spec.common_name = NULL;
    world->leaf_spec.names = "critical,DNS:localhost,email:a@b.example,DNS:b.example";
    write_leaf_of_spec(world);
    pair = load(world, now, &err);
    assert_non_null(pair);
    assert_string_equal(certs_pair_summary(pair), "no subject (DNS:localhost, DNS:b.example)");
    certs_pair_free(pair);
}

static void test_summary_is_escaped_and_bounded(void **state)
{
    struct world *world = *state;
    struct error err;
    struct certs_pair *pair;
    CLEANUP_TEXT struct text names = TEXT_INIT(2048);

    text_add(&names, "DNS:first.example");
    for (int i = 0; i < 60; i++)
        text_add(&names, ",DNS:more-names.example");
    world->leaf_spec.common_name = "B\xc3\xbc"
                                   "cher\x1b[31m\xe2\x80\xa8";
    world->leaf_spec.names = text_get(&names);
    write_leaf_of_spec(world);
    pair = load(world, now, &err);
    assert_non_null(pair);
    assert_non_null(strstr(certs_pair_summary(pair), "B\xc3\xbc"
                                                     "cher"));
    assert_null(strchr(certs_pair_summary(pair), '\x1b'));
    assert_null(strstr(certs_pair_summary(pair), "\xe2\x80\xa8"));
    assert_int_equal(strlen(certs_pair_summary(pair)), 512);
    certs_pair_free(pair);
}

/* --- dates ----------------------------------------------------------------------------------- */

static void test_first_and_last_second(void **state)
{
    struct world *world = *state;

    expect_accepted_at(world, now + 30 * day);
    expect_accepted_at(world, now - day);
    expect_refused_at(world, now + 30 * day + 1, "tls.crt",
                      "certificate 1 (CN = localhost): expired on 2025-07-15T15:06:40Z (it is "
                      "2025-07-15T15:06:41Z now)");
    expect_refused_at(world, now - day - 1, "tls.crt",
                      "certificate 1 (CN = localhost): is not valid before 2025-06-14T15:06:40Z "
                      "(it is 2025-06-14T15:06:39Z now)");
}

static void test_expired_issuer(void **state)
{
    struct world *world = *state;

    world->middle_spec.not_after = now - 1;
    write_middle_of_spec(world);
    expect_refused(world, "tls.crt",
                   "certificate 2 (CN = Middle): expired on 2025-06-15T15:06:39Z (it is "
                   "2025-06-15T15:06:40Z now)");
}

/* --- the files ------------------------------------------------------------------------------- */

static void test_missing_files(void **state)
{
    struct world *world = *state;

    assert_int_equal(unlink(temp_path(&world->dir, "tls.key").text), 0);
    expect_refused(world, "tls.key", "cannot open it: No such file or directory");
    assert_int_equal(unlink(temp_path(&world->dir, "tls.crt").text), 0);
    expect_refused(world, "tls.crt", "cannot open it: No such file or directory");
}

static void test_unreadable_file(void **state)
{
    struct world *world = *state;

    if (geteuid() == 0)
        skip(); /* root reads everything */
    assert_int_equal(chmod(temp_path(&world->dir, "tls.key").text, 0), 0);
    expect_refused(world, "tls.key", "cannot open it: Permission denied");
}

static void test_what_is_not_a_file(void **state)
{
    struct world *world = *state;
    struct temp_path path = temp_path(&world->dir, "tls.crt");

    assert_int_equal(unlink(path.text), 0);
    assert_int_equal(mkdir(path.text, 0755), 0);
    expect_refused(world, "tls.crt", "is a folder, not a file");
    assert_int_equal(rmdir(path.text), 0);
    assert_int_equal(mkfifo(path.text, 0644), 0);
    expect_refused(world, "tls.crt", "is not a regular file");
}

static void test_size_limit(void **state)
{
    struct world *world = *state;
    size_t len = 0;
    char *cert = temp_read(temp_path(&world->dir, "tls.crt").text, &len);
    char *large = malloc(CERTS_PEM_MAX + 1);

    assert_non_null(large);
    memset(large, '\n', CERTS_PEM_MAX + 1);
    memcpy(large, cert, len);
    certs_fixture_write(temp_path(&world->dir, "tls.crt").text, large, CERTS_PEM_MAX);
    expect_accepted_at(world, now);
    certs_fixture_write(temp_path(&world->dir, "tls.crt").text, large, CERTS_PEM_MAX + 1);
    expect_refused(world, "tls.crt", "is larger than 1048576 bytes");
    free(large);
    free(cert);
}

static void test_text_in_memory_has_the_same_limit(void **state)
{
    struct error err;
    char *large = calloc(1, CERTS_PEM_MAX + 1);
    struct str pem = {large, CERTS_PEM_MAX + 1};

    (void)state;
    assert_non_null(large);
    assert_null(certs_pair_new(pem, pem, "a.pem", "b.pem", now, &err));
    assert_string_equal(err.message, "a.pem: is larger than 1048576 bytes");
    free(large);
}

static void test_file_name_is_escaped(void **state)
{
    struct error err;

    (void)state;
    assert_null(certs_pair_load("/nowhere/\x1b[31m", "/nowhere/k", now, &err));
    assert_string_equal(err.message,
                        "/nowhere/\\u001b[31m: cannot open it: No such file or directory");
}

/* --- PEM ------------------------------------------------------------------------------------- */

static void test_swapped_files(void **state)
{
    struct world *world = *state;
    struct error err;
    struct temp_path cert = temp_path(&world->dir, "tls.crt");
    struct temp_path key = temp_path(&world->dir, "tls.key");
    char expected[512];

    assert_null(certs_pair_load(key.text, cert.text, now, &err));
    snprintf(expected, sizeof expected,
             "%s: holds a private key and no certificate: are the certificate file and the key "
             "file swapped?",
             key.text);
    assert_string_equal(err.message, expected);
}

static void test_certificate_in_the_key_file(void **state)
{
    struct world *world = *state;
    X509 *chain[] = {world->leaf, NULL};

    certs_fixture_write_chain(temp_path(&world->dir, "tls.key").text, chain);
    expect_refused(world, "tls.key",
                   "holds a certificate and no private key: are the certificate file and the key "
                   "file swapped?");
}

static void test_no_pem(void **state)
{
    struct world *world = *state;

    temp_write(&world->dir, "tls.key", "just words\n");
    expect_refused(world, "tls.key", "holds no PEM private key (\"-----BEGIN PRIVATE KEY-----\")");
    temp_write(&world->dir, "tls.key", "");
    expect_refused(world, "tls.key", "is empty");
    temp_write(&world->dir, "tls.crt", "just words\n");
    expect_refused(world, "tls.crt", "holds no PEM certificate (\"-----BEGIN CERTIFICATE-----\")");
    temp_write(&world->dir, "tls.crt", "");
    expect_refused(world, "tls.crt", "is empty");
}

static void test_der(void **state)
{
    struct world *world = *state;
    unsigned char *der = NULL;
    int len = i2d_X509(world->leaf, &der);

    assert_true(len > 0);
    certs_fixture_write(temp_path(&world->dir, "tls.crt").text, der, (size_t)len);
    expect_refused(world, "tls.crt",
                   "is binary, not PEM: convert it with \"openssl x509\" or \"openssl pkey\" and "
                   "-inform DER");
    OPENSSL_free(der);
}

static void test_damaged_certificates(void **state)
{
    struct world *world = *state;
    char *cert = temp_read(temp_path(&world->dir, "tls.crt").text, NULL);
    char *second = strstr(cert + 1, "-----BEGIN");

    strstr(second, "MII")[0] = 'N'; /* the outermost tag */
    temp_write(&world->dir, "tls.crt", cert);
    expect_refused_beginning(world, "tls.crt", "certificate 2: is damaged: OpenSSL: ");
    strstr(second, "-----END")[-5] = '!';
    temp_write(&world->dir, "tls.crt", cert);
    expect_refused_beginning(world, "tls.crt", "has a damaged PEM block: OpenSSL: ");
    second[100] = '\0';
    temp_write(&world->dir, "tls.crt", cert);
    expect_refused_beginning(world, "tls.crt", "has a damaged PEM block: OpenSSL: ");
    free(cert);
}

static void test_bytes_behind_a_certificate(void **state)
{
    struct world *world = *state;
    unsigned char *der = NULL;
    int len = i2d_X509(world->leaf, &der);
    unsigned char *longer = malloc((size_t)len + 1);
    BIO *bio = BIO_new_file(temp_path(&world->dir, "tls.crt").text, "w");

    assert_true(len > 0);
    assert_non_null(longer);
    memcpy(longer, der, (size_t)len);
    longer[len] = 0;
    assert_true(PEM_write_bio(bio, "CERTIFICATE", "", longer, len + 1) > 0);
    BIO_free(bio);
    expect_refused(world, "tls.crt", "certificate 1: is damaged: bytes follow it in its block");
    free(longer);
    OPENSSL_free(der);
}

static void test_damaged_key(void **state)
{
    struct world *world = *state;
    char *key = temp_read(temp_path(&world->dir, "tls.key").text, NULL);

    strchr(key, '\n')[1] = 'N';
    temp_write(&world->dir, "tls.key", key);
    expect_refused_beginning(world, "tls.key",
                             "the private key is damaged or of an unknown kind: OpenSSL: ");
    key[60] = '\0';
    temp_write(&world->dir, "tls.key", key);
    expect_refused_beginning(world, "tls.key", "has a damaged PEM block: OpenSSL: ");
    free(key);
}

static void test_encrypted_keys(void **state)
{
    static const char says[] =
        "the private key is encrypted, which is not supported: store it decrypted (\"openssl pkey "
        "-in FILE -out NEW-FILE\"), readable by this program only";
    struct world *world = *state;

    certs_fixture_write_encrypted(temp_path(&world->dir, "tls.key").text, world->key, false);
    expect_refused(world, "tls.key", says);
    certs_fixture_write_encrypted(temp_path(&world->dir, "tls.key").text, world->key, true);
    expect_refused(world, "tls.key", says);
}

static void write_many(struct world *world, int count)
{
    BIO *bio = BIO_new_file(temp_path(&world->dir, "tls.crt").text, "w");

    for (int i = 0; i < count; i++)
        assert_int_equal(PEM_write_bio_X509(bio, i == 0 ? world->leaf : world->middle), 1);
    BIO_free(bio);
}

static void test_bundle_of_cas(void **state)
{
    struct world *world = *state;

    /* As many as are read get as far as the order, one more does not. */
    write_many(world, CERTS_CHAIN_MAX);
    expect_refused(world, "tls.crt",
                   "certificate 2 (CN = Middle): is not issued by certificate 3 (CN = Middle), "
                   "which follows it: put the serving certificate first and behind each one its "
                   "issuer");
    write_many(world, CERTS_CHAIN_MAX + 1);
    expect_refused(world, "tls.crt",
                   "holds more than 16 certificates: give the serving certificate and its "
                   "issuers, not a bundle of CAs");
}

/* --- the pair -------------------------------------------------------------------------------- */

static void test_mismatched_pair(void **state)
{
    struct world *world = *state;
    char says[512];

    certs_fixture_write_key(temp_path(&world->dir, "tls.key").text, world->root_key);
    snprintf(says, sizeof says,
             "the private key doesn't match %s/tls.crt: it belongs to another certificate",
             world->dir.path);
    expect_refused(world, "tls.key", says);
}

static void test_key_of_another_kind(void **state)
{
    struct world *world = *state;
    char says[512];
    EVP_PKEY *key = EVP_RSA_gen(2048);

    certs_fixture_write_key(temp_path(&world->dir, "tls.key").text, key);
    snprintf(says, sizeof says,
             "the private key doesn't match %s/tls.crt: it belongs to another certificate",
             world->dir.path);
    expect_refused(world, "tls.key", says);
    EVP_PKEY_free(key);
}

static void test_reversed_chain(void **state)
{
    struct world *world = *state;
    char says[512];

    write_pair(world, world->middle, world->leaf, NULL);
    snprintf(says, sizeof says,
             "the private key doesn't match %s/tls.crt: it belongs to certificate 2, which must "
             "come first",
             world->dir.path);
    expect_refused(world, "tls.key", says);
}

static void test_chain_with_a_gap(void **state)
{
    struct world *world = *state;

    write_pair(world, world->leaf, world->root, NULL);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): is not issued by certificate 2 (CN = Root), "
                   "which follows it: put the serving certificate first and behind each one its "
                   "issuer");
}

static void test_issuer_of_the_same_name_with_another_key(void **state)
{
    struct world *world = *state;
    EVP_PKEY *other_key = EVP_EC_gen("P-256");
    X509 *other;

    world->middle_spec.key = other_key;
    other = certs_fixture_sign(&world->middle_spec);
    write_pair(world, world->leaf, other, NULL);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): is not issued by certificate 2 (CN = Middle), "
                   "which follows it: put the serving certificate first and behind each one its "
                   "issuer");
    X509_free(other);
    EVP_PKEY_free(other_key);
}

static void test_issuer_that_is_no_ca(void **state)
{
    struct world *world = *state;

    world->middle_spec.basic_constraints = "critical,CA:FALSE";
    world->middle_spec.key_usage = NULL;
    write_middle_of_spec(world);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): is issued by certificate 2 (CN = Middle), "
                   "which is not a CA");
}

/* --- what a client would refuse -------------------------------------------------------------- */

static void test_leaf_that_is_a_ca(void **state)
{
    struct world *world = *state;

    world->leaf_spec.basic_constraints = "critical,CA:TRUE";
    write_leaf_of_spec(world);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): is a CA certificate: the file must begin with "
                   "the serving certificate");
}

/* As `openssl req -x509` makes it; it stands for its own CA. */
static void test_certificate_that_signed_itself(void **state)
{
    struct world *world = *state;

    world->leaf_spec.basic_constraints = "critical,CA:TRUE";
    world->leaf_spec.key_usage = NULL;
    world->leaf_spec.extended_key_usage = NULL;
    world->leaf_spec.issuer = NULL;
    world->leaf_spec.signer = world->leaf_spec.key;
    X509_free(world->leaf);
    world->leaf = certs_fixture_sign(&world->leaf_spec);
    write_pair(world, world->leaf, NULL, NULL);
    expect_accepted_at(world, now);
    write_pair(world, world->leaf, world->middle, NULL);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): is a CA certificate: the file must begin with "
                   "the serving certificate");
}

static void test_leaf_for_clients_only(void **state)
{
    struct world *world = *state;

    world->leaf_spec.extended_key_usage = "clientAuth";
    write_leaf_of_spec(world);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): is not for TLS servers: its extendedKeyUsage "
                   "must hold serverAuth");
}

static void test_leaf_that_may_not_sign(void **state)
{
    struct world *world = *state;

    world->leaf_spec.key_usage = "critical,keyEncipherment";
    write_leaf_of_spec(world);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): can't sign a TLS handshake: its keyUsage must "
                   "hold digitalSignature");
}

static void test_leaf_without_names(void **state)
{
    static const char says[] = "certificate 1 (CN = localhost): has no DNS name or IP address in a "
                               "subjectAltName, and clients ignore the CN";
    struct world *world = *state;

    world->leaf_spec.names = NULL;
    write_leaf_of_spec(world);
    expect_refused(world, "tls.crt", says);
    world->leaf_spec.names = "email:a@b.example";
    write_leaf_of_spec(world);
    expect_refused(world, "tls.crt", says);
}

static void test_leaf_with_a_broken_extension(void **state)
{
    struct world *world = *state;

    world->leaf_spec.basic_constraints = "DER:0500"; /* a NULL where a SEQUENCE belongs */
    write_leaf_of_spec(world);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): has an extension that can't be read");
}

static void test_weak_keys(void **state)
{
    static const char advice[] = "which is weak or not accepted by kube-apiserver: use ECDSA "
                                 "P-256, P-384 or P-521, RSA of 2048 to 8192 bits, or Ed25519";
    struct world *world = *state;
    const struct {
        EVP_PKEY *key;
        const char *what;
    } cases[] = {
        {EVP_RSA_gen(1024), "RSA key of 1024 bits"},
        {EVP_EC_gen("secp256k1"), "EC key of 256 bits"},
        {EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "ED448 key of 456 bits"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char says[512];

        assert_non_null(cases[i].key);
        EVP_PKEY_free(world->key);
        world->key = world->leaf_spec.key = cases[i].key;
        write_leaf_of_spec(world);
        snprintf(says, sizeof says, "certificate 1 (CN = localhost): has a %s, %s", cases[i].what,
                 advice);
        expect_refused(world, "tls.crt", says);
    }
}

static void test_sha1_signature(void **state)
{
    struct world *world = *state;

    world->leaf_spec.digest = EVP_sha1();
    write_leaf_of_spec(world);
    expect_refused(world, "tls.crt",
                   "certificate 1 (CN = localhost): is signed with SHA1, which clients refuse: "
                   "have it issued with SHA-256");
}

static void test_sha1_on_a_root_is_no_harm(void **state)
{
    struct world *world = *state;

    world->root_spec.digest = EVP_sha1();
    X509_free(world->root);
    world->root = certs_fixture_sign(&world->root_spec);
    write_pair(world, world->leaf, world->middle, world->root);
    expect_accepted_at(world, now);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        EACH(test_pair_tells_what_it_holds),
        EACH(test_earliest_end_may_be_an_issuers),
        EACH(test_chain_lengths),
        EACH(test_both_in_one_file),
        EACH(test_line_ends_of_dos),
        EACH(test_older_key_form),
        EACH(test_kinds_of_key),
        EACH(test_absent_usages_are_no_restriction),
        EACH(test_empty_subject),
        EACH(test_summary_is_escaped_and_bounded),
        EACH(test_first_and_last_second),
        EACH(test_expired_issuer),
        EACH(test_missing_files),
        EACH(test_unreadable_file),
        EACH(test_what_is_not_a_file),
        EACH(test_size_limit),
        EACH(test_text_in_memory_has_the_same_limit),
        EACH(test_file_name_is_escaped),
        EACH(test_swapped_files),
        EACH(test_certificate_in_the_key_file),
        EACH(test_no_pem),
        EACH(test_der),
        EACH(test_damaged_certificates),
        EACH(test_bytes_behind_a_certificate),
        EACH(test_damaged_key),
        EACH(test_encrypted_keys),
        EACH(test_bundle_of_cas),
        EACH(test_mismatched_pair),
        EACH(test_key_of_another_kind),
        EACH(test_reversed_chain),
        EACH(test_chain_with_a_gap),
        EACH(test_issuer_of_the_same_name_with_another_key),
        EACH(test_issuer_that_is_no_ca),
        EACH(test_leaf_that_is_a_ca),
        EACH(test_certificate_that_signed_itself),
        EACH(test_leaf_for_clients_only),
        EACH(test_leaf_that_may_not_sign),
        EACH(test_leaf_without_names),
        EACH(test_leaf_with_a_broken_extension),
        EACH(test_weak_keys),
        EACH(test_sha1_signature),
        EACH(test_sha1_on_a_root_is_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
