/* SPDX-License-Identifier: Apache-2.0 */
/* A kubeconfig with insecure-skip-tls-verify is heeded, and whoever runs the program is told. */
#include "tests/support/certs_cluster.h"
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static struct certs_cluster cluster;
static struct temp_path secure, insecure;

static void write_kubeconfig(const char *name, const char *trust)
{
    CLEANUP_TEXT struct text file = TEXT_INIT(4096);

    text_addf(&file,
              "current-context: here\n"
              "contexts:\n- {name: here, context: {cluster: c, user: u, namespace: ns}}\n"
              "clusters:\n- {name: c, cluster: {server: \"%s\", %s}}\n"
              "users:\n- {name: u, user: {token: secret-token}}\n",
              fake_api_url(cluster.api), trust);
    temp_write(&serving_shared.dir, name, text_get(&file));
}

static int set_up(void **state)
{
    serving_make_files(state);
    certs_cluster_start(&cluster);
    temp_write(&serving_shared.dir, "api.crt", fake_api_ca_pem(cluster.api));
    write_kubeconfig("secure", "certificate-authority: api.crt");
    write_kubeconfig("insecure", "insecure-skip-tls-verify: true");
    secure = temp_path(&serving_shared.dir, "secure");
    insecure = temp_path(&serving_shared.dir, "insecure");
    return 0;
}

static int tear_down(void **state)
{
    server_clean_up(&serving_shared.server);
    certs_cluster_stop(&cluster);
    return serving_remove_files(state);
}

static int clean_up(void **state)
{
    (void)state;
    server_clean_up(&serving_shared.server);
    return 0;
}

static size_t count(const char *text, const char *part)
{
    size_t found = 0;

    for (; (text = strstr(text, part)); text++)
        found++;
    return found;
}

/* Serves until the cluster was asked. Returns how often the log has the warning. */
static size_t warnings_of_serve(const char *kubeconfig)
{
    const char *const arguments[] = {"--tls-cert-file",
                                     serving_shared.crt.text,
                                     "--tls-private-key-file",
                                     serving_shared.key.text,
                                     "--kubeconfig",
                                     kubeconfig,
                                     NULL};
    size_t warnings;

    server_start(&serving_shared.server, arguments);
    assert_true(server_log_wait(&serving_shared.server, "the permitted list is not known"));
    server_stop(&serving_shared.server);
    warnings = count(server_log(&serving_shared.server), "insecure-skip-tls-verify: true");
    server_clean_up(&serving_shared.server);
    return warnings;
}

static void test_serve(void **state)
{
    (void)state;
    assert_int_equal(warnings_of_serve(secure.text), 0);
    assert_int_equal(warnings_of_serve(insecure.text), 1);
}

static struct run_result create(const char *kubeconfig)
{
    return run_program((const char *const[]){"certs", "create", "--secret", "tls", "--host",
                                             CERTS_CLUSTER_HOST, "--kubeconfig", kubeconfig, NULL});
}

static void test_certs(void **state)
{
    struct run_result result = create(insecure.text);

    (void)state;
    assert_int_equal(result.exit_code, 0);
    assert_non_null(strstr(result.out, "secret ns/tls created"));
    assert_int_equal(count(result.err, "\n"), 1);
    assert_int_equal(strncmp(result.err, "hostdev-webhook certs: ", 23), 0);
    assert_non_null(strstr(result.err, "insecure-skip-tls-verify: true"));
    run_result_free(&result);
    result = create(secure.text);
    assert_int_equal(result.exit_code, 0);
    assert_string_equal(result.err, "");
    run_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_serve, clean_up),
        cmocka_unit_test(test_certs),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
