/* SPDX-License-Identifier: Apache-2.0 */
/* The running server's certificate is exchanged under it: by a new issue, in place, by a broken
 * one. */
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_issue_is_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_are_written_in_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_broken_one_changes_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
