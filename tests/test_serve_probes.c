/* SPDX-License-Identifier: Apache-2.0 */
/* The plain port of the running server: what kubelets and Prometheus ask. */
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct http_response ask(const char *method, const char *url)
{
    struct http_response response = {.status = 0};

    if (!http_fetch(&serving_shared.probes, method, url, NULL, 0, &response))
        fail_msg("%s %s: no answer", method, url);
    return response;
}

static void expect(const char *method, const char *url, int status, const char *body)
{
    struct http_response response = ask(method, url);

    assert_int_equal(response.status, status);
    assert_string_equal(response.body, body);
    http_response_free(&response);
}

static void test_good(void **state)
{
    (void)state;
    expect("GET", "/livez", 200, "ok\n");
    expect("GET", "/readyz", 200, "ok\n");
    expect("GET", "/readyz?verbose", 200,
           "[+]shutdown ok\n[+]permitted-list ok\n[+]certificate ok\nreadyz check passed\n");
    expect("GET", "/readyz?verbose=1", 200,
           "[+]shutdown ok\n[+]permitted-list ok\n[+]certificate ok\nreadyz check passed\n");
}

/* Reviews are answered over TLS only: this port asks nobody who he is. */
static void test_no_reviews(void **state)
{
    struct http_response response = {.status = 0};

    (void)state;
    assert_true(http_fetch(&serving_shared.probes, "POST", "/validate", serving_review,
                           strlen(serving_review), &response));
    assert_int_equal(response.status, 404);
    assert_non_null(strstr(response.body, "there is /livez, /readyz"));
    http_response_free(&response);
}

static void test_method(void **state)
{
    struct http_response response = ask("DELETE", "/readyz");
    char value[32];

    (void)state;
    assert_int_equal(response.status, 405);
    assert_string_equal(http_header(&response, "Allow", value, sizeof value), "GET, HEAD");
    http_response_free(&response);
}

/* 30 s at most. The log says that the list is loaded a moment before it counts. */
static void await_ready(void)
{
    bool ready = false;

    for (int i = 0; i < 300 && !ready; i++) {
        struct http_response response = ask("GET", "/readyz");

        ready = response.status == 200;
        http_response_free(&response);
        usleep(100000);
    }
    assert_true(ready);
}

static void test_not_ready(void **state)
{
    (void)state;
    serving_stop(&serving_shared);
    temp_replace(&serving_shared.dir, "hyperconverged.yaml", "kind: Wrong\n");
    serving_start(&serving_shared, NULL, NULL);
    expect("GET", "/livez", 200, "ok\n");
    for (int verbose = 0; verbose < 2; verbose++) {
        struct http_response response = ask("GET", verbose ? "/readyz?verbose" : "/readyz");

        assert_int_equal(response.status, 503);
        assert_non_null(strstr(response.body, "hyperconverged.yaml"));
        assert_int_equal(strstr(response.body, "[-]permitted-list failed: ") != NULL, verbose);
        http_response_free(&response);
    }
    temp_replace(&serving_shared.dir, "hyperconverged.yaml", serving_list);
    await_ready();
    expect("GET", "/readyz", 200, "ok\n");
}

/* While it stops it says so here as well. */
static void test_stopping(void **state)
{
    (void)state;
    serving_stop(&serving_shared);
    serving_start(&serving_shared, "--shutdown-delay", "2");
    kill(serving_shared.server.pid, SIGTERM);
    assert_true(server_log_wait(&serving_shared.server, "stopping"));
    expect("GET", "/readyz", 503, "the server is shutting down\n");
    server_await_end(&serving_shared.server);
    server_clean_up(&serving_shared.server);
    serving_start(&serving_shared, NULL, NULL);
}

static void test_turned_off(void **state)
{
    (void)state;
    serving_stop(&serving_shared);
    serving_start(&serving_shared, "--metrics-bind-address", "0");
    assert_string_equal(serving_shared.server.probe_port, "");
    assert_int_equal(serving_get(&serving_shared, "/readyz"), 200);
}

/* A connection from an address of the loopback net. -1: the server did not take it. */
static int connect_from(const char *address)
{
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(serving_shared.server.probe_port)),
                             .sin_addr.s_addr = inet_addr("127.0.0.1")};
    const struct timeval patience = {.tv_sec = 30};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static bool is_answered(int fd)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    char answer[64] = "";

    return send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == (ssize_t)sizeof request - 1 &&
           recv(fd, answer, sizeof answer - 1, 0) > 12 && strncmp(answer, "HTTP/1.1 200", 12) == 0;
}

/* Whoever holds all the connections that he gets does not keep others, the kubelet, from theirs. */
static void test_one_address_takes_all_it_can(void **state)
{
    int silent[200], other;

    (void)state;
    for (size_t i = 0; i < 200; i++)
        silent[i] = connect_from("127.0.0.2");
    for (int i = 0; i < 10; i++) {
        other = connect_from("127.0.0.3");
        assert_true(is_answered(other));
        close(other);
    }
    assert_false(is_answered(silent[199]));
    for (size_t i = 0; i < 200; i++)
        close(silent[i]);
    expect("GET", "/livez", 200, "ok\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_good),
        WITH_SERVER(test_no_reviews),
        WITH_SERVER(test_method),
        WITH_SERVER(test_not_ready),
        WITH_SERVER(test_stopping),
        WITH_SERVER(test_turned_off),
        WITH_SERVER(test_one_address_takes_all_it_can),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
