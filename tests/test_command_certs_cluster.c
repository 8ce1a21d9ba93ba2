/* SPDX-License-Identifier: Apache-2.0 */
/* `certs create`, `certs patch` and `certs renew` as people type them: options, output, exit codes.
 */
#include "tests/support/certs_cluster.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

static struct certs_cluster cluster;
static struct temp_dir dir;
static struct temp_path kubeconfig;

static int set_up(void **state)
{
    CLEANUP_TEXT struct text file = TEXT_INIT(4096);

    (void)state;
    certs_cluster_start(&cluster);
    temp_dir_make(&dir);
    temp_write(&dir, "ca.crt", fake_api_ca_pem(cluster.api));
    text_addf(&file,
              "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
              "contexts:\n- {name: here, context: {cluster: c, user: u, namespace: ns}}\n"
              "- {name: odd, context: {cluster: c, user: u, namespace: ../ns}}\n"
              "clusters:\n- name: c\n  cluster: {server: \"%s\", certificate-authority: ca.crt}\n"
              "users:\n- {name: u, user: {token: secret-token}}\n",
              fake_api_url(cluster.api));
    temp_write(&dir, "kubeconfig", text_get(&file));
    kubeconfig = temp_path(&dir, "kubeconfig");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certs_cluster_stop(&cluster);
    temp_dir_remove(&dir);
    return 0;
}

#define RUN(...) run_program((const char *const[]){__VA_ARGS__, NULL})
#define CREATE(...) \
    RUN("certs", "create", "--secret", "tls", "--host", CERTS_CLUSTER_HOST, __VA_ARGS__)
#define PATCH(...) \
    RUN("certs", "patch", "--secret", "tls", "--webhook-configuration", "webhook", __VA_ARGS__)
#define RENEW(...)                                                                           \
    RUN("certs", "renew", "--secret", "tls", "--webhook-configuration", "webhook", "--host", \
        CERTS_CLUSTER_HOST, __VA_ARGS__)

static bool has(const char *text, const char *part)
{
    return text && strstr(text, part);
}

/* Nothing on stderr, and each part on stdout, one a line. */
static void assert_printed(struct run_result result, size_t lines, const char *part)
{
    size_t found = 0;

    for (const char *c = result.out; c && *c; c++)
        found += *c == '\n';
    if (result.exit_code != 0 || found != lines || !has(result.out, part) || result.err[0] != '\0')
        fail_msg("exit code %d, %s%s", result.exit_code, result.out, result.err);
    run_result_free(&result);
}

static void assert_refused(struct run_result result, int exit_code, const char *part)
{
    if (result.exit_code != exit_code || !has(result.err, part) || result.out[0] != '\0')
        fail_msg("exit code %d, no \"%s\" in: %s%s", result.exit_code, part, result.err,
                 result.out);
    assert_int_equal(strcspn(result.err, "\n"), strlen(result.err) - 1);
    run_result_free(&result);
}

static void test_from_nothing_to_a_renewal(void **state)
{
    const char *file = kubeconfig.text;

    (void)state;
    assert_refused(PATCH("--kubeconfig", file), 1, "secret ns/tls is not there");
    assert_printed(CREATE("--kubeconfig", file), 1, "secret ns/tls created, valid until 20");
    assert_printed(CREATE("--kubeconfig", file), 1, "secret ns/tls left alone");
    assert_printed(PATCH("--kubeconfig", file), 2, "mutatingwebhookconfiguration webhook patched");
    assert_printed(PATCH("--kubeconfig", file), 2, "webhookconfiguration webhook left alone");
    assert_printed(RENEW("--kubeconfig", file), 1, "secret ns/tls left alone: valid until 20");
    assert_printed(RENEW("--kubeconfig", file, "--force", "--settle", "0", "--days", "100"), 4,
                   "secret ns/tls renewed, valid until 20");
    assert_true(certs_cluster_is_trusted(&cluster));
    assert_int_equal(cluster.distrusted, 0);
}

static void test_a_renewal_makes_it_all(void **state)
{
    (void)state;
    assert_printed(RENEW("--kubeconfig", kubeconfig.text, "--settle", "0"), 4,
                   "secret ns/tls created, valid until 20");
    assert_true(certs_cluster_is_trusted(&cluster));
}

static void test_days(void **state)
{
    const char *file = kubeconfig.text;
    time_t end = time(NULL) + 7 * CERTS_CLUSTER_DAY;
    struct tm utc;
    char today[64];

    (void)state;
    assert_non_null(gmtime_r(&end, &utc));
    assert_true(strftime(today, sizeof today, "valid until %Y-%m-", &utc) > 0);
    assert_printed(CREATE("--kubeconfig", file, "--days", "7"), 1, today);
}

/* What has to be tried again is said once, on stderr, and is no failure. */
static void test_waits(void **state)
{
    struct run_result result;

    (void)state;
    cluster.fault = FAULT_500;
    cluster.fault_count = 2;
    result = CREATE("--kubeconfig", kubeconfig.text);
    assert_int_equal(result.exit_code, 0);
    assert_true(has(result.out, "created"));
    assert_string_equal(result.err, "hostdev-webhook certs: the API server answers: HTTP 500: "
                                    "etcdserver: leader changed; trying again\n");
    run_result_free(&result);
}

static void test_failures(void **state)
{
    const char *file = kubeconfig.text;

    (void)state;
    assert_refused(PATCH("--kubeconfig", file), 1,
                   "hostdev-webhook certs patch: secret ns/tls is not there: make it with "
                   "\"certs create\" or \"certs renew\"");
    assert_refused(CREATE("--kubeconfig", file, "--namespace", "other"), 1,
                   "secret other/tls: the API server answers: HTTP 404: not found");
    assert_refused(CREATE("--kubeconfig", file, "--context", "odd"), 1,
                   "namespace: \"../ns\" is no name");
    assert_refused(CREATE("--kubeconfig", file, "--context", "none"), 1, "none");
    assert_refused(CREATE("--kubeconfig", "/does/not/exist"), 1, "/does/not/exist");
    assert_int_equal(cluster.requests, 6);
}

static void test_wrong_usage(void **state)
{
    static const char long_name[] =
        "a123456789012345678901234567890123456789012345678901234567890123";

    (void)state;
    assert_refused(CREATE("--context", "x"), 2, "--kubeconfig");
    assert_refused(RUN("certs", "create", "--host", "a"), 2, "\"--secret NAME\" is missing");
    assert_refused(RUN("certs", "create", "--secret", "a"), 2, "\"--host NAME[,NAME...]\"");
    assert_refused(RUN("certs", "patch", "--secret", "a"), 2, "\"--webhook-configuration NAME\"");
    assert_refused(RUN("certs", "create", "--secret", "a", "--host", "a b"), 2, "--host: ");
    assert_refused(RUN("certs", "create", "--secret", "a/b", "--host", "a"), 2,
                   "--secret: \"a/b\" is no name");
    assert_refused(RUN("certs", "create", "--secret", "a..b", "--host", "a"), 2, "--secret: ");
    assert_refused(RUN("certs", "create", "--secret", "-a", "--host", "a"), 2, "--secret: ");
    assert_refused(PATCH("--namespace", "Ns"), 2, "--namespace: \"Ns\" is no name");
    assert_refused(PATCH("--namespace", "a.b"), 2, "--namespace: ");
    assert_refused(PATCH("--namespace", long_name), 2, "--namespace: ");
    assert_refused(RUN("certs", "patch", "--secret", "a.b", "--webhook-configuration", "a\x1b[31m"),
                   2, "--webhook-configuration: \"a\\u001b[31m\" is no name");
    assert_refused(RENEW("--settle", "601"), 2, "\"--settle\" needs a whole number from 0 to 600");
    assert_refused(RENEW("--days", "0"), 2, "\"--days\" needs a whole number");
    assert_int_equal(cluster.requests, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_from_nothing_to_a_renewal),
        CASE(test_a_renewal_makes_it_all),
        CASE(test_days),
        CASE(test_waits),
        CASE(test_failures),
        CASE(test_wrong_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
