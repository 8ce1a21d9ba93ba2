/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/client_ca.h"

#include "certs/client_names.h"
#include "tests/support/client_certs.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400

/* 2025-06-15T15:06:40Z */
static const time_t now = 1750000000;

#define SENT_MAX (CERTS_CHAIN_MAX + 1)

/* A root and a CA below it, another root, and a client's key. */
struct world {
    struct temp_dir dir;
    struct temp_path file;
    struct client_ca root, middle, other;
    EVP_PKEY *key;
    struct certs_fixture_spec spec; /* of a good client, by the root */
    struct certs_client_ca *ca;     /* what a test loads */
    X509 *sent[SENT_MAX];           /* what its client sends */
    enum certs_refusal refusal;
    struct error err;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    temp_dir_make(&world->dir);
    world->file = temp_path(&world->dir, "clients.crt");
    client_ca_make(&world->root, "Root", NULL, now);
    client_ca_make(&world->middle, "Middle", &world->root, now);
    client_ca_make(&world->other, "Other", NULL, now);
    world->key = EVP_EC_gen("P-256");
    world->spec = client_spec(&world->root, world->key, now);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < SENT_MAX; i++)
        X509_free(world->sent[i]);
    certs_client_ca_unref(world->ca);
    client_ca_free(&world->root);
    client_ca_free(&world->middle);
    client_ca_free(&world->other);
    EVP_PKEY_free(world->key);
    temp_dir_remove(&world->dir);
    assert_int_equal(ERR_peek_error(), 0);
    free(world);
    return 0;
}

static bool load(struct world *world, X509 *first, X509 *second, const char *names)
{
    X509 *authorities[] = {first, second, NULL};

    certs_fixture_write_chain(world->file.text, authorities);
    certs_client_ca_unref(world->ca);
    world->ca = certs_client_ca_load(world->file.text, str_from(names), now, &world->err);
    return world->ca != NULL;
}

static bool check_sent(struct world *world, size_t count)
{
    struct certs_der sent[SENT_MAX] = {{NULL, 0}};
    unsigned char *encoded[SENT_MAX] = {NULL};
    bool good;

    for (size_t i = 0; i < count; i++) {
        int len = i2d_X509(world->sent[i], &encoded[i]);

        assert_true(len > 0);
        sent[i] = (struct certs_der){encoded[i], (size_t)len};
    }
    good = certs_client_ca_check(world->ca, sent, count, now, &world->refusal, &world->err);
    for (size_t i = 0; i < count; i++)
        OPENSSL_free(encoded[i]);
    return good;
}

/* Lets a client of the spec, as it is now, be checked. */
static bool check(struct world *world)
{
    X509_free(world->sent[0]);
    world->sent[0] = certs_fixture_sign(&world->spec);
    return check_sent(world, 1);
}

static void expect_refused(struct world *world, enum certs_refusal refusal, const char *message)
{
    assert_false(check(world));
    assert_string_equal(world->err.message, message);
    assert_int_equal(world->refusal, refusal);
}

static bool let_in(struct world *world)
{
    bool good = check(world);

    if (!good)
        fail_msg("refused: %s", world->err.message);
    return good;
}

/* --- one client ------------------------------------------------------------------------------ */

static void test_good(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    assert_true(let_in(world));
    world->spec.extended_key_usage = "serverAuth,clientAuth";
    assert_true(let_in(world));
    world->spec.extended_key_usage = NULL; /* no restriction, as for the API server's own clients */
    assert_true(let_in(world));
    world->spec.common_name = NULL;
    assert_true(let_in(world));
}

static void test_absent(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    assert_false(check_sent(world, 0));
    assert_int_equal(world->refusal, CERTS_REFUSED_ABSENT);
    assert_string_equal(world->err.message, "the client sent no certificate");
}

static void test_dates(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    world->spec.not_after = now - 1;
    expect_refused(world, CERTS_REFUSED_EXPIRED,
                   "the client's certificate (CN = kube-apiserver) has expired");
    world->spec.not_after = now + 1;
    assert_true(let_in(world));
    world->spec.not_before = now + 1;
    world->spec.not_after = now + DAY;
    expect_refused(world, CERTS_REFUSED_EXPIRED,
                   "the client's certificate (CN = kube-apiserver) is not valid yet");
}

static void test_other_ca(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->other.certificate, NULL, NULL));
    expect_refused(world, CERTS_REFUSED_CA,
                   "the client's certificate (CN = kube-apiserver) is by none of the client CAs");
    world->spec.issuer = NULL;
    world->spec.signer = world->key;
    expect_refused(
        world, CERTS_REFUSED_CA,
        "the client's certificate (CN = kube-apiserver) is signed by itself, not by a client CA");
}

/* One that calls itself by the name of the right CA. */
static void test_forged(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    world->spec.signer = world->other.key;
    expect_refused(
        world, CERTS_REFUSED_BAD,
        "the client's certificate (CN = kube-apiserver) has a signature that does not fit");
}

/* Sending the root along does not make it one that is trusted. */
static void test_own_root(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->other.certificate, NULL, NULL));
    world->sent[0] = certs_fixture_sign(&world->spec);
    world->sent[1] = X509_dup(world->root.certificate);
    assert_false(check_sent(world, 2));
    assert_int_equal(world->refusal, CERTS_REFUSED_CA);
    assert_string_equal(world->err.message,
                        "the client's certificate (CN = kube-apiserver) has an issuer (CN = Root) "
                        "that is not one of the client CAs");
}

static void test_purpose(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    world->spec.extended_key_usage = "serverAuth";
    expect_refused(world, CERTS_REFUSED_PURPOSE,
                   "the client's certificate (CN = kube-apiserver) is not for TLS clients: its "
                   "extendedKeyUsage must hold clientAuth");
}

static void test_weak(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    world->spec.digest = EVP_sha1();
    expect_refused(
        world, CERTS_REFUSED_PURPOSE,
        "the client's certificate (CN = kube-apiserver) is signed with a digest that is too weak");
    world->spec.digest = EVP_sha256();
    world->spec.key = EVP_RSA_gen(1024);
    expect_refused(world, CERTS_REFUSED_PURPOSE,
                   "the client's certificate (CN = kube-apiserver) has a key that is too weak");
    EVP_PKEY_free(world->spec.key);
}

static void test_intermediate(void **state)
{
    struct world *world = *state;

    world->spec = client_spec(&world->middle, world->key, now);
    assert_true(load(world, world->root.certificate, NULL, NULL));
    expect_refused(world, CERTS_REFUSED_CA,
                   "the client's certificate (CN = kube-apiserver) is by none of the client CAs");
    world->sent[1] = X509_dup(world->middle.certificate);
    assert_true(check_sent(world, 2));
    /* It may be trusted for itself, without the root above it. */
    assert_true(load(world, world->middle.certificate, NULL, NULL));
    assert_true(let_in(world));
    world->spec = client_spec(&world->root, world->key, now);
    assert_false(check(world));
}

/* A client that issues certificates by its own. */
static void test_issuer_is_no_ca(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    world->sent[1] = certs_fixture_sign(&world->spec);
    world->spec.issuer = world->sent[1];
    world->spec.signer = world->key;
    world->spec.common_name = "admin";
    world->sent[0] = certs_fixture_sign(&world->spec);
    assert_false(check_sent(world, 2));
    assert_string_equal(world->err.message, "the client's certificate (CN = admin) has an issuer "
                                            "(CN = kube-apiserver) that is not a CA");
}

static void test_damaged(void **state)
{
    static const unsigned char garbage[] = "\x30\x03hello";
    struct world *world = *state;
    const struct certs_der sent = {garbage, sizeof garbage};

    assert_true(load(world, world->root.certificate, NULL, NULL));
    assert_false(certs_client_ca_check(world->ca, &sent, 1, now, &world->refusal, &world->err));
    assert_int_equal(world->refusal, CERTS_REFUSED_BAD);
    assert_string_equal(world->err.message, "the client's certificate is damaged");
}

static void test_too_many(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, NULL, NULL));
    for (size_t i = 0; i < SENT_MAX; i++)
        world->sent[i] = certs_fixture_sign(&world->spec);
    assert_false(check_sent(world, SENT_MAX));
    assert_int_equal(world->refusal, CERTS_REFUSED_BAD);
    assert_true(check_sent(world, SENT_MAX - 1));
}

static void test_subject_is_escaped(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->other.certificate, NULL, NULL));
    world->spec.common_name = "a\nb\x1b[31m";
    assert_false(check(world));
    assert_null(strchr(world->err.message, '\n'));
    assert_null(strchr(world->err.message, '\x1b'));
}

/* --- names ----------------------------------------------------------------------------------- */

static void test_names(void **state)
{
    static const struct {
        const char *names;
        const char *common_name;
        const char *dns;
        bool good;
    } cases[] = {
        {"kube-apiserver", "kube-apiserver", NULL, true},
        {"a,kube-apiserver,b", "kube-apiserver", NULL, true},
        {"system:masters of all", "system:masters of all", NULL, true},
        {"kube-apiserver", "Kube-APIserver", NULL, false},
        {"kube-apiserver", "kube-apiserver2", NULL, false},
        {"kube-apiserver2", "kube-apiserver", NULL, false},
        {"a,b", "a,b", NULL, false},
        {"api.example", "other", "DNS:x.example,DNS:api.example", true},
        {"API.Example", "other", "DNS:api.eXample", true},
        {"api.example", "other", "DNS:*.example", false},
        {"api.example", NULL, "DNS:api.example", true},
        {"api.example", NULL, NULL, false},
        {"127.0.0.1", "other", "IP:127.0.0.1", false},
        {"a@api.example", "other", "email:a@api.example", false},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(load(world, world->root.certificate, NULL, cases[i].names));
        world->spec.common_name = cases[i].common_name;
        world->spec.names = cases[i].dns;
        if (check(world) != cases[i].good)
            fail_msg("%s: case %zu", cases[i].names, i);
        if (!cases[i].good)
            assert_int_equal(world->refusal, CERTS_REFUSED_NAME);
    }
    assert_string_equal(world->err.message, "the client's certificate (CN = other) has none of the "
                                            "names that are let in");
}

static void test_last_common_name_counts(void **state)
{
    struct world *world = *state;
    X509 *client;

    assert_true(load(world, world->root.certificate, NULL, "first"));
    world->spec.common_name = "first";
    client = certs_fixture_sign(&world->spec);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(client), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"second", -1, -1, 0);
    assert_true(X509_sign(client, world->root.key, EVP_sha256()) > 0);
    world->sent[0] = client;
    assert_false(check_sent(world, 1));
    assert_true(load(world, world->root.certificate, NULL, "second"));
    assert_true(check_sent(world, 1));
}

/* "kube-apiserver\0.example" is not "kube-apiserver". */
static void test_nul_in_a_name(void **state)
{
    static const unsigned char name[] = "kube-apiserver\0.example";
    struct world *world = *state;
    X509 *client;

    assert_true(load(world, world->root.certificate, NULL, "kube-apiserver"));
    world->spec.common_name = NULL;
    client = certs_fixture_sign(&world->spec);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(client), "CN", MBSTRING_UTF8, name,
                               (int)sizeof name - 1, -1, 0);
    assert_true(X509_sign(client, world->root.key, EVP_sha256()) > 0);
    world->sent[0] = client;
    assert_false(check_sent(world, 1));
    assert_int_equal(world->refusal, CERTS_REFUSED_NAME);
}

static void test_names_check(void **state)
{
    static const char *const bad[] = {"", ",", "a,", ",a", "a,,b", " a", "a ", "a, b"};
    struct error err;

    (void)state;
    assert_true(certs_client_names_check(str_from(NULL), &err));
    assert_true(certs_client_names_check(STR("a"), &err));
    assert_true(certs_client_names_check(STR("a b,c"), &err));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(certs_client_names_check(str_from(bad[i]), &err));
}

/* --- the file -------------------------------------------------------------------------------- */

static void test_tells_what_it_holds(void **state)
{
    struct world *world = *state;

    assert_true(load(world, world->root.certificate, world->other.certificate, NULL));
    assert_int_equal(certs_client_ca_count(world->ca), 2);
    assert_int_equal(certs_client_ca_not_after(world->ca, 0), now + 90 * (time_t)DAY);
    assert_string_equal(certs_client_ca_summary(world->ca), "CN = Root; CN = Other");
    assert_non_null(strstr(certs_client_ca_pem(world->ca), "BEGIN CERTIFICATE"));
    assert_true(let_in(world));
    world->spec = client_spec(&world->other, world->key, now);
    assert_true(let_in(world));
}

static void expect_not_loaded(struct world *world, const char *content, const char *part)
{
    temp_write(&world->dir, "clients.crt", content);
    assert_null(certs_client_ca_load(world->file.text, str_from(NULL), now, &world->err));
    assert_non_null(strstr(world->err.message, "clients.crt: "));
    if (!strstr(world->err.message, part))
        fail_msg("%s", world->err.message);
}

static void test_bad_files(void **state)
{
    struct world *world = *state;
    struct certs_client_ca *loaded;

    expect_not_loaded(world, "", "is empty");
    expect_not_loaded(world, "hello\n", "holds no PEM certificate");
    expect_not_loaded(world, "-----BEGIN CERTIFICATE-----\nhello\n", "has a damaged PEM block");
    temp_delete(&world->dir, "clients.crt");
    loaded = certs_client_ca_load(world->file.text, str_from(NULL), now, &world->err);
    assert_null(loaded);
    assert_non_null(strstr(world->err.message, "No such file"));
}

static void test_not_a_ca(void **state)
{
    struct world *world = *state;

    world->sent[0] = certs_fixture_sign(&world->spec);
    assert_false(load(world, world->root.certificate, world->sent[0], NULL));
    assert_non_null(strstr(world->err.message, "certificate 2 (CN = kube-apiserver) is not a CA"));
}

/* Of a kind that nobody knows: OpenSSL takes such a certificate, and then no client of it. */
static void test_key_of_a_ca(void **state)
{
    static const unsigned char ec_key[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
    struct world *world = *state;
    unsigned char *der = NULL;
    int len = i2d_X509(world->root.certificate, &der);
    unsigned char *at = memmem(der, (size_t)len, ec_key, sizeof ec_key);
    const unsigned char *end = der;

    assert_non_null(at);
    at[sizeof ec_key - 1] = 0x7F;
    world->sent[0] = d2i_X509(NULL, &end, len);
    assert_non_null(world->sent[0]);
    assert_false(load(world, world->root.certificate, world->sent[0], NULL));
    assert_non_null(strstr(world->err.message,
                           "certificate 2 (CN = Root) has a public key that can't be read"));
    OPENSSL_free(der);
}

static void test_too_many_cas(void **state)
{
    struct world *world = *state;
    X509 *authorities[CERTS_CHAIN_MAX + 2] = {NULL};

    for (size_t i = 0; i < CERTS_CHAIN_MAX + 1; i++)
        authorities[i] = world->root.certificate;
    certs_fixture_write_chain(world->file.text, authorities);
    assert_null(certs_client_ca_load(world->file.text, str_from(NULL), now, &world->err));
    assert_non_null(strstr(world->err.message, "holds more than 16 certificates: give only the CAs "
                                               "that issue clients' certificates"));
}

/* An old CA beside the new one is what a rotation leaves behind. */
static void test_expired_ca(void **state)
{
    struct world *world = *state;
    struct client_ca old = {.key = NULL};

    client_ca_make(&old, "Old", NULL, now - 100 * (time_t)DAY);
    assert_false(load(world, old.certificate, NULL, NULL));
    assert_non_null(strstr(world->err.message, "holds only CAs that have expired, the last on "
                                               "2025-06-05T15:06:40Z"));
    assert_true(load(world, old.certificate, world->root.certificate, NULL));
    assert_true(let_in(world));
    world->spec = client_spec(&old, world->key, now);
    expect_refused(world, CERTS_REFUSED_EXPIRED,
                   "the client's certificate (CN = kube-apiserver) has an issuer (CN = Old) that "
                   "has expired");
    client_ca_free(&old);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_good),
        WITH_WORLD(test_absent),
        WITH_WORLD(test_dates),
        WITH_WORLD(test_other_ca),
        WITH_WORLD(test_forged),
        WITH_WORLD(test_own_root),
        WITH_WORLD(test_purpose),
        WITH_WORLD(test_weak),
        WITH_WORLD(test_intermediate),
        WITH_WORLD(test_issuer_is_no_ca),
        WITH_WORLD(test_damaged),
        WITH_WORLD(test_too_many),
        WITH_WORLD(test_subject_is_escaped),
        WITH_WORLD(test_names),
        WITH_WORLD(test_last_common_name_counts),
        WITH_WORLD(test_nul_in_a_name),
        cmocka_unit_test(test_names_check),
        WITH_WORLD(test_tells_what_it_holds),
        WITH_WORLD(test_bad_files),
        WITH_WORLD(test_not_a_ca),
        WITH_WORLD(test_key_of_a_ca),
        WITH_WORLD(test_too_many_cas),
        WITH_WORLD(test_expired_ca),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
