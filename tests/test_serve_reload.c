/* SPDX-License-Identifier: Apache-2.0 */
/* The running server's certificate is exchanged under it: by a new issue, in place, by a broken
 * one; or it expires. */
#include "tests/support/certs_fixture.h"
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int set_up(void **state)
{
    serving_make(&serving_shared);
    return serving_set_up(state);
}

static int tear_down(void **state)
{
    serving_tear_down(state);
    serving_remove(&serving_shared);
    return 0;
}

static void issue_into(const char *dir)
{
    const char *const arguments[] = {
        "certs", "issue", "--dir", dir, "--host", "localhost,127.0.0.1", "--force", NULL};
    struct run_result result = run_program(arguments);

    if (result.exit_code != 0)
        fail_msg("can't issue: %s", result.err);
    run_result_free(&result);
}

/* Until the server's certificate is one that the target's CA signed; 30 s at most. */
static bool await_trusted(const struct serving *serving)
{
    for (int i = 0; i < 300; i++) {
        if (serving_get(serving, "/readyz") == 200)
            return true;
        usleep(100000);
    }
    return false;
}

/* A connection that is open goes on, new ones get the new certificate. */
static void test_a_new_issue_is_served(void **state)
{
    struct serving *serving = *state;
    struct http_response response;
    struct tls_client before;

    assert_true(tls_connect(&before, &serving->target));
    issue_into(serving->dir.path);
    assert_int_equal(serving_get(serving, "/readyz"), 0); /* the old one is not by the new CA */
    assert_true(await_trusted(serving));
    assert_true(http_send(&before, "GET", "/livez", NULL, 0));
    assert_true(http_receive(&before, false, &response));
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    tls_close(&before);
}

static void copy(const struct temp_dir *to, const char *name, const char *from)
{
    char *content = temp_read(from, NULL);

    temp_write(to, name, content);
    free(content);
}

/* As a script does that copies a new pair over the old one: for a moment the two do not match. */
static void test_files_are_written_in_place(void **state)
{
    struct serving *serving = *state;
    struct temp_dir issued;
    struct temp_path ca, crt, key;

    serving_stop(serving);
    temp_dir_make(&issued);
    issue_into(issued.path);
    ca = temp_path(&issued, "ca.crt");
    crt = temp_path(&issued, "tls.crt");
    key = temp_path(&issued, "tls.key");
    copy(&serving->dir, "plain.crt", crt.text);
    copy(&serving->dir, "plain.key", key.text);
    serving->crt = temp_path(&serving->dir, "plain.crt");
    serving->key = temp_path(&serving->dir, "plain.key");
    serving_start(serving, NULL, NULL);
    serving->target.ca_file = ca.text;
    assert_true(await_trusted(serving));
    issue_into(issued.path);
    copy(&serving->dir, "plain.crt", crt.text);
    assert_true(server_log_wait(&serving->server, "the new certificate can't be used"));
    copy(&serving->dir, "plain.key", key.text);
    assert_true(await_trusted(serving));
    temp_dir_remove(&issued);
}

static void test_a_broken_one_changes_nothing(void **state)
{
    struct serving *serving = *state;

    temp_replace(&serving->dir, "tls.crt", "-----BEGIN CERTIFICATE-----\nhello\n");
    assert_true(server_log_wait(&serving->server, "the new certificate can't be used"));
    assert_int_equal(serving_get(serving, "/readyz"), 200);
    assert_null(strstr(server_log(&serving->server), "PRIVATE"));
    issue_into(serving->dir.path);
    assert_true(await_trusted(serving));
}

/* One that signs itself and expires soon: `ends` is long enough for a slow machine to start. */
static void issue_for_seconds(const struct temp_dir *dir, time_t ends)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    const struct certs_fixture_spec spec = {
        .common_name = "short",
        .names = "DNS:localhost",
        .not_before = time(NULL) - 60,
        .not_after = time(NULL) + ends,
        .key = key,
        .signer = key,
        .digest = EVP_sha256(),
    };
    X509 *certificate = certs_fixture_sign(&spec);

    certs_fixture_write_chain(temp_path(dir, "short.crt").text, (X509 *[]){certificate, NULL});
    certs_fixture_write_key(temp_path(dir, "short.key").text, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* Asks the plain port until the answer has this status; 60 s at most. */
static void await_probe(const struct serving *serving, int status, struct http_response *response)
{
    for (int i = 0; i < 600; i++) {
        assert_true(http_fetch(&serving->probes, "GET", "/readyz", NULL, 0, response));
        if (response->status == status)
            return;
        http_response_free(response);
        usleep(100000);
    }
    fail_msg("never %d", status);
}

static void test_an_expired_one_is_not_ready(void **state)
{
    struct serving *serving = *state;
    struct http_response response;

    serving_stop(serving);
    issue_for_seconds(&serving->dir, 10);
    serving->crt = temp_path(&serving->dir, "short.crt");
    serving->key = temp_path(&serving->dir, "short.key");
    serving_start(serving, NULL, NULL);
    await_probe(serving, 200, &response);
    http_response_free(&response);
    await_probe(serving, 503, &response);
    assert_non_null(strstr(response.body, "short.crt: certificate 1 (CN = short): expired on 20"));
    http_response_free(&response);
    issue_for_seconds(&serving->dir, 3600);
    await_probe(serving, 200, &response);
    http_response_free(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_issue_is_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_are_written_in_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_broken_one_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_expired_one_is_not_ready, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
