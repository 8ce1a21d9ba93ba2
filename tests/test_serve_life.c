/* SPDX-License-Identifier: Apache-2.0 */
/* The running server from start to stop: addresses, readiness, signals, failures, its log. */
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- addresses ------------------------------------------------------------------------------- */

static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

/* A minimal container has no /etc/hosts. */
static bool knows_localhost(void)
{
    struct addrinfo *found = NULL;
    bool knows = getaddrinfo("localhost", NULL, NULL, &found) == 0;

    if (knows)
        freeaddrinfo(found);
    return knows;
}

static void assert_serves(const char *bind_address, const char *const *hosts)
{
    serving_start(&serving_shared, "--bind-address", bind_address);
    for (; *hosts; hosts++) {
        struct http_response response;

        serving_shared.target.host = *hosts;
        if (!http_fetch(&serving_shared.target, "GET", "/livez", NULL, 0, &response))
            fail_msg("bound to %s, no answer at %s", bind_address, *hosts);
        assert_int_equal(response.status, 200);
        http_response_free(&response);
    }
    server_stop(&serving_shared.server);
    server_clean_up(&serving_shared.server);
}

static void test_addresses(void **state)
{
    (void)state;
    assert_serves("127.0.0.1:0", (const char *const[]){"127.0.0.1", NULL});
    if (knows_localhost())
        assert_serves("localhost:0", (const char *const[]){"localhost", NULL});
    if (!has_ipv6()) {
        assert_serves(":0", (const char *const[]){"127.0.0.1", NULL});
        return;
    }
    assert_serves(":0", (const char *const[]){"127.0.0.1", "::1", NULL});
    assert_serves("[::]:0", (const char *const[]){"127.0.0.1", "::1", NULL});
    assert_serves("[::1]:0", (const char *const[]){"::1", NULL});
}

/* --- readiness ------------------------------------------------------------------------------- */

static void test_ready_once_the_list_is_there(void **state)
{
    struct http_response response;
    char value[16];

    (void)state;
    serving_shared.list = temp_path(&serving_shared.dir, "later.yaml");
    serving_start(&serving_shared, NULL, NULL);
    assert_int_equal(serving_get(&serving_shared, "/livez"), 200);
    assert_true(http_fetch(&serving_shared.target, "GET", "/readyz", NULL, 0, &response));
    assert_int_equal(response.status, 503);
    assert_non_null(strstr(response.body, "later.yaml: No such file or directory"));
    http_response_free(&response);

    assert_true(http_fetch(&serving_shared.target, "POST", "/validate", serving_review,
                           strlen(serving_review), &response));
    assert_int_equal(response.status, 503);
    assert_string_equal(http_header(&response, "Retry-After", value, sizeof value), "1");
    http_response_free(&response);

    temp_replace(&serving_shared.dir, "later.yaml", serving_list);
    assert_true(server_log_wait(&serving_shared.server, "permitted list loaded"));
    assert_int_equal(serving_get(&serving_shared, "/readyz"), 200);

    /* A file that goes away or breaks later changes nothing. */
    temp_delete(&serving_shared.dir, "later.yaml");
    assert_true(server_log_wait(&serving_shared.server, "the last good one stays in force"));
    assert_int_equal(serving_get(&serving_shared, "/readyz"), 200);
    server_stop(&serving_shared.server);
    serving_shared.list = temp_path(&serving_shared.dir, "hyperconverged.yaml");
}

/* --- end ------------------------------------------------------------------------------------- */

static void test_stop_with_request_in_flight(void **state)
{
    struct http_response response;
    struct tls_client client;
    char value[16];

    (void)state;
    serving_start(&serving_shared, NULL, NULL);
    assert_true(serving_begin_review(&serving_shared, &client));
    kill(serving_shared.server.pid, SIGTERM);
    assert_true(server_log_wait(&serving_shared.server, "stopping"));
    /* Still there for others, but not ready. */
    assert_int_equal(serving_get(&serving_shared, "/livez"), 200);
    assert_int_equal(serving_get(&serving_shared, "/readyz"), 503);
    assert_true(tls_send(&client, serving_review, strlen(serving_review)));
    assert_true(http_receive(&client, false, &response));
    assert_int_equal(response.status, 200);
    assert_string_equal(http_header(&response, "Connection", value, sizeof value), "close");
    http_response_free(&response);
    tls_close(&client);
    server_await_end(&serving_shared.server);
    assert_non_null(strstr(server_log(&serving_shared.server), "stopped"));
}

static void test_stop_with_idle_connection(void **state)
{
    struct tls_client client;

    (void)state;
    serving_start(&serving_shared, NULL, NULL);
    assert_true(tls_connect(&client, &serving_shared.target));
    server_stop(&serving_shared.server);
    assert_true(tls_at_end(&client));
    tls_close(&client);
}

/* New requests, and those of connections that are open, are answered as long as the delay lasts. */
static void test_stop_with_a_delay(void **state)
{
    struct http_response response;
    struct tls_client client;
    char value[16];

    (void)state;
    serving_start(&serving_shared, "--shutdown-delay", "2");
    assert_true(tls_connect(&client, &serving_shared.target));
    kill(serving_shared.server.pid, SIGTERM);
    assert_true(server_log_wait(&serving_shared.server, "stopping"));
    assert_int_equal(serving_get(&serving_shared, "/readyz"), 503);
    assert_true(http_send(&client, "POST", "/validate", serving_review, strlen(serving_review)));
    assert_true(http_receive(&client, false, &response));
    assert_int_equal(response.status, 200);
    assert_string_equal(http_header(&response, "Connection", value, sizeof value), "close");
    http_response_free(&response);
    tls_close(&client);
    server_await_end(&serving_shared.server);
}

static void test_second_signal(void **state)
{
    struct tls_client client;
    int status;

    (void)state;
    serving_start(&serving_shared, NULL, NULL);
    assert_true(serving_begin_review(&serving_shared, &client));
    kill(serving_shared.server.pid, SIGINT);
    assert_true(server_log_wait(&serving_shared.server, "stopping"));
    kill(serving_shared.server.pid, SIGTERM);
    assert_int_equal(waitpid(serving_shared.server.pid, &status, 0), serving_shared.server.pid);
    serving_shared.server.pid = 0;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    tls_close(&client);
}

/* --- start that fails ------------------------------------------------------------------------ */

static void assert_fails(const char *const *arguments, int exit_code, const char *message)
{
    struct run_result result = run_program(arguments);
    size_t len = result.err ? strlen(result.err) : 0;

    if (result.exit_code != exit_code || !result.err || !strstr(result.err, message))
        fail_msg("exit code %d, expected %d with \"%s\": %s", result.exit_code, exit_code, message,
                 result.err ? result.err : "no output");
    /* One line. */
    assert_true(len > 0 && strcspn(result.err, "\n") == len - 1);
    run_result_free(&result);
}

/* The command line with a pair that is fine; what is wrong stands after it. */
#define SERVE_WITH_PAIR                                                            \
    "serve", "--tls-cert-file", serving_shared.crt.text, "--tls-private-key-file", \
        serving_shared.key.text
#define SERVE_WITH_LIST SERVE_WITH_PAIR, "--hyperconverged-file", serving_shared.list.text

#define ASSERT_FAILS(exit_code, message, ...) \
    assert_fails((const char *const[]){__VA_ARGS__, NULL}, exit_code, message)

static void test_starts_that_fail_on_options(void **state)
{
    const char *const crt = serving_shared.crt.text;

    (void)state;
    ASSERT_FAILS(2, "brackets", SERVE_WITH_LIST, "--bind-address", "::1:0");
    ASSERT_FAILS(2,
                 "no source for the permitted list: give --hyperconverged-file or --kubeconfig, "
                 "or run in a pod",
                 SERVE_WITH_PAIR);
    ASSERT_FAILS(2, "two sources", SERVE_WITH_LIST, "--kubeconfig", serving_shared.list.text);
    ASSERT_FAILS(2, "--permitted-from chooses a resource of the cluster, which is not asked with",
                 SERVE_WITH_LIST, "--permitted-from", "kubevirt");
    ASSERT_FAILS(2, "which are only asked for with --client-ca-file", SERVE_WITH_LIST,
                 "--client-names", "a");
    ASSERT_FAILS(2, "--client-names: has an empty name", SERVE_WITH_LIST, "--client-ca-file", crt,
                 "--client-names", "a,,b");
    ASSERT_FAILS(2, "serve: --context chooses from a kubeconfig: give --kubeconfig too\n",
                 SERVE_WITH_PAIR, "--context", "x");
    ASSERT_FAILS(2, "--shutdown-delay 30 is longer than --shutdown-timeout 25", SERVE_WITH_LIST,
                 "--shutdown-delay", "30");
}

static void test_starts_that_fail_on_what_is_there(void **state)
{
    const char *const crt = serving_shared.crt.text;
    char taken[80];

    (void)state;
    ASSERT_FAILS(1, "/nonexistent/tls.crt", "serve", "--bind-address", "127.0.0.1:0",
                 "--tls-cert-file", "/nonexistent/tls.crt", "--tls-private-key-file",
                 serving_shared.key.text, "--hyperconverged-file", serving_shared.list.text);
    ASSERT_FAILS(1, "can't listen on 192.0.2.1:0: Cannot assign requested address", SERVE_WITH_LIST,
                 "--bind-address", "192.0.2.1:0");
    ASSERT_FAILS(1, "tls.crt: certificate 1 (O = hostdev-webhook, CN = localhost) is not a CA",
                 SERVE_WITH_LIST, "--client-ca-file", crt);
    ASSERT_FAILS(1, "/nonexistent/kubeconfig", SERVE_WITH_PAIR, "--kubeconfig",
                 "/nonexistent/kubeconfig");
    serving_start(&serving_shared, NULL, NULL);
    snprintf(taken, sizeof taken, "127.0.0.1:%s", serving_shared.server.port);
    ASSERT_FAILS(1, "Address already in use", SERVE_WITH_LIST, "--bind-address", taken,
                 "--log-format", "json");
    server_stop(&serving_shared.server);
}

/* --- the log --------------------------------------------------------------------------------- */

static void test_log_has_no_key(void **state)
{
    char *key = temp_read(serving_shared.key.text, NULL);
    char *line;

    (void)state;
    serving_start(&serving_shared, "--log-level", "debug");
    assert_int_equal(serving_get(&serving_shared, "/readyz"), 200);
    server_stop(&serving_shared.server);
    assert_non_null(strstr(server_log(&serving_shared.server), "certificate loaded"));
    assert_null(strstr(server_log(&serving_shared.server), "PRIVATE"));
    line = strchr(key, '\n') + 1;
    line[20] = '\0';
    assert_null(strstr(server_log(&serving_shared.server), line));
    assert_null(strstr(server_log(&serving_shared.server), serving_list));
    free(key);
}

/* A reader that went away costs log lines, nothing else. */
static void test_log_reader_gone(void **state)
{
    (void)state;
    serving_start(&serving_shared, "--log-level", "debug");
    close(serving_shared.server.log_fd);
    serving_shared.server.log_fd = -1;
    for (int i = 0; i < 5; i++)
        assert_int_equal(serving_get(&serving_shared, "/readyz"), 200);
    server_stop(&serving_shared.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILES(test_addresses),
        WITH_FILES(test_ready_once_the_list_is_there),
        WITH_FILES(test_stop_with_request_in_flight),
        WITH_FILES(test_stop_with_idle_connection),
        WITH_FILES(test_stop_with_a_delay),
        WITH_FILES(test_second_signal),
        WITH_FILES(test_starts_that_fail_on_options),
        WITH_FILES(test_starts_that_fail_on_what_is_there),
        WITH_FILES(test_log_has_no_key),
        WITH_FILES(test_log_reader_gone),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
