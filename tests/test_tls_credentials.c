/* SPDX-License-Identifier: Apache-2.0 */
/* What GnuTLS gets for a handshake. That handshakes work with it, the tests of the server show. */
#include "server/http/tls_credentials.h"

#include "base/text.h"
#include "certs/issue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What one handshake is given. */
struct retrieved {
    int result;
    gnutls_pcert_st *chain;
    unsigned int chain_length;
    gnutls_ocsp_data_st *ocsp;
    unsigned int ocsp_length;
    gnutls_privkey_t key;
    unsigned int flags;
};

static struct retrieved retrieve(void)
{
    struct retrieved got = {.result = 0};

    got.result = tls_credentials_retrieve(NULL, NULL, &got.chain, &got.chain_length, &got.ocsp,
                                          &got.ocsp_length, &got.key, &got.flags);
    return got;
}

/* As GnuTLS does on GNUTLS_CERT_RETR_DEINIT_ALL. */
static void release(struct retrieved *got)
{
    for (unsigned int i = 0; i < got->chain_length; i++)
        gnutls_pcert_deinit(&got->chain[i]);
    gnutls_free(got->chain);
    gnutls_privkey_deinit(got->key);
}

/* Whether the key that was given is the one of the certificate that was given. */
static bool belong_together(const struct retrieved *got)
{
    unsigned char of_key[64];
    unsigned char of_certificate[64];
    size_t key_size = sizeof of_key;
    size_t certificate_size = sizeof of_certificate;
    gnutls_pubkey_t public_key;
    bool same;

    assert_int_equal(gnutls_pubkey_init(&public_key), 0);
    assert_int_equal(gnutls_pubkey_import_privkey(public_key, got->key, 0, 0), 0);
    assert_int_equal(gnutls_pubkey_get_key_id(public_key, 0, of_key, &key_size), 0);
    gnutls_pubkey_deinit(public_key);
    assert_int_equal(
        gnutls_pubkey_get_key_id(got->chain[0].pubkey, 0, of_certificate, &certificate_size), 0);
    same = key_size == certificate_size && memcmp(of_key, of_certificate, key_size) == 0;
    return same;
}

static struct certs_bundle issue(void)
{
    const struct certs_request request = {
        .hosts = STR_INIT("localhost"), .days = 1, .now = time(NULL)};
    struct certs_bundle bundle;
    struct error err;

    if (!certs_generate(&request, &bundle, &err))
        fail_msg("%s", err.message);
    return bundle;
}

static int tear_down(void **state)
{
    (void)state;
    tls_credentials_clear();
    return 0;
}

static void test_none(void **state)
{
    struct retrieved got = retrieve();

    (void)state;
    assert_int_equal(got.result, -1);
    assert_null(got.chain);
    assert_null(got.key);
}

static void test_pair(void **state)
{
    CLEANUP_CERTS_BUNDLE struct certs_bundle bundle = issue();
    struct retrieved got;
    struct error err;

    (void)state;
    assert_true(tls_credentials_set(bundle.tls_crt, bundle.tls_key, &err));
    got = retrieve();
    assert_int_equal(got.result, 0);
    assert_int_equal(got.chain_length, 1);
    assert_int_equal(got.flags & GNUTLS_CERT_RETR_DEINIT_ALL, GNUTLS_CERT_RETR_DEINIT_ALL);
    assert_int_equal(got.ocsp_length, 0);
    assert_true(belong_together(&got));
    /* A handshake that has begun goes on with its own copy. */
    tls_credentials_clear();
    assert_true(belong_together(&got));
    release(&got);
    assert_int_equal(retrieve().result, -1);
}

static void test_chain(void **state)
{
    CLEANUP_CERTS_BUNDLE struct certs_bundle bundle = issue();
    char chain[16384];
    struct retrieved got;
    struct error err;

    (void)state;
    assert_true(strlen(bundle.tls_crt) + strlen(bundle.ca_crt) < sizeof chain);
    snprintf(chain, sizeof chain, "%s%s", bundle.tls_crt, bundle.ca_crt);
    assert_true(tls_credentials_set(chain, bundle.tls_key, &err));
    got = retrieve();
    assert_int_equal(got.result, 0);
    assert_int_equal(got.chain_length, 2);
    assert_true(belong_together(&got));
    release(&got);
}

static void test_bad_pair_keeps_the_old(void **state)
{
    CLEANUP_CERTS_BUNDLE struct certs_bundle bundle = issue();
    CLEANUP_TEXT struct text long_chain = TEXT_INIT(65536);
    struct retrieved got;
    struct error err;

    (void)state;
    assert_true(tls_credentials_set(bundle.tls_crt, bundle.tls_key, &err));
    assert_false(tls_credentials_set("", bundle.tls_key, &err));
    assert_non_null(strstr(err.message, "GnuTLS can't use the certificate or its key: "));
    assert_false(tls_credentials_set(bundle.tls_crt, "no key", &err));
    for (int i = 0; i <= TLS_CHAIN_MAX; i++)
        text_add(&long_chain, bundle.tls_crt);
    assert_false(long_chain.truncated);
    assert_false(tls_credentials_set(text_get(&long_chain), bundle.tls_key, &err));
    got = retrieve();
    assert_int_equal(got.result, 0);
    assert_int_equal(got.chain_length, 1);
    assert_true(belong_together(&got));
    release(&got);
}

struct handshakes {
    atomic_bool stop;
    atomic_size_t count;
    atomic_size_t mixed;
};

static void *shake_hands(void *argument)
{
    struct handshakes *handshakes = argument;

    while (!atomic_load(&handshakes->stop)) {
        struct retrieved got = retrieve();

        if (got.result != 0 || !belong_together(&got))
            atomic_fetch_add(&handshakes->mixed, 1);
        release(&got);
        atomic_fetch_add(&handshakes->count, 1);
    }
    return NULL;
}

/* Each can be read, so only a trial shows that no handshake would succeed. */
static void test_pair_that_signs_wrongly(void **state)
{
    CLEANUP_CERTS_BUNDLE struct certs_bundle bundle = issue();
    CLEANUP_CERTS_BUNDLE struct certs_bundle other = issue();
    struct retrieved got;
    struct error err;

    (void)state;
    assert_true(tls_credentials_set(bundle.tls_crt, bundle.tls_key, &err));
    assert_false(tls_credentials_set(other.tls_crt, bundle.tls_key, &err));
    assert_non_null(strstr(err.message, "GnuTLS can't use the certificate or its key"));
    got = retrieve();
    assert_int_equal(got.result, 0);
    assert_true(belong_together(&got));
    release(&got);
    assert_true(tls_credentials_library_works());
}

static void test_swapped_under_handshakes(void **state)
{
    struct certs_bundle bundles[2] = {issue(), issue()};
    struct handshakes handshakes = {.stop = false};
    pthread_t threads[3];
    struct error err;

    (void)state;
    assert_true(tls_credentials_set(bundles[0].tls_crt, bundles[0].tls_key, &err));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, shake_hands, &handshakes), 0);
    for (size_t i = 0; i < 100 || atomic_load(&handshakes.count) < 300; i++)
        assert_true(tls_credentials_set(bundles[i % 2].tls_crt, bundles[i % 2].tls_key, &err));
    atomic_store(&handshakes.stop, true);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&handshakes.mixed), 0);
    certs_bundle_free(&bundles[0]);
    certs_bundle_free(&bundles[1]);
}

#define TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_none),
        TEST(test_pair),
        TEST(test_chain),
        TEST(test_bad_pair_keeps_the_old),
        TEST(test_pair_that_signs_wrongly),
        TEST(test_swapped_under_handshakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
