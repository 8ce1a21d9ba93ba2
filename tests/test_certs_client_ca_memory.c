/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client CA is read while each allocation of OpenSSL fails in turn: it is not taken, or it lets
 * its clients in. One that refused them would stay in force until its file changes.
 */
#include "certs/client_ca.h"
#include "tests/support/client_certs.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <stdlib.h>

static long calls, fail_at; /* 0: none fails */

static bool is_due(void)
{
    return fail_at > 0 && ++calls == fail_at;
}

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_due() ? NULL : malloc(size);
}

static void *reallocate(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_due() ? NULL : realloc(block, size);
}

static void release(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

/* What the file holds, and one client of it. */
static struct temp_dir dir;
static struct temp_path file;
static struct certs_der sent;

static int set_up(void **state)
{
    time_t now = time(NULL);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct certs_fixture_spec spec;
    struct client_ca ca;
    X509 *chain[] = {NULL, NULL};
    unsigned char *der = NULL;

    (void)state;
    temp_dir_make(&dir);
    file = temp_path(&dir, "clients.crt");
    client_ca_make(&ca, "Clients", NULL, now);
    chain[0] = ca.certificate;
    certs_fixture_write_chain(file.text, chain);
    spec = client_spec(&ca, key, now);
    chain[0] = certs_fixture_sign(&spec);
    sent.len = (size_t)i2d_X509(chain[0], &der);
    sent.data = der;
    X509_free(chain[0]);
    client_ca_free(&ca);
    EVP_PKEY_free(key);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    OPENSSL_free((void *)(uintptr_t)sent.data);
    temp_dir_remove(&dir);
    return 0;
}

/* True: it was taken. */
static bool load_and_check(long number)
{
    struct certs_client_ca *ca;
    enum certs_refusal refusal;
    struct error err;
    bool taken;

    calls = 0;
    fail_at = number;
    ca = certs_client_ca_load(file.text, str_from(NULL), time(NULL), &err);
    fail_at = 0;
    taken = ca != NULL;
    if (taken && !certs_client_ca_check(ca, &sent, 1, time(NULL), &refusal, &err))
        fail_msg("allocation %ld of %ld failed, and then %s", number, calls, err.message);
    certs_client_ca_unref(ca);
    return taken;
}

static void test_each_allocation(void **state)
{
    long number = 0;
    long refused = 0;

    (void)state;
    assert_true(load_and_check(0)); /* what is made once is there now */
    do {
        refused += !load_and_check(++number);
    } while (calls >= number);
    assert_true(refused > 0 && refused < number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation)};

    if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
