/* SPDX-License-Identifier: Apache-2.0 */
/* The running server over TLS: what it answers to well-formed requests, and who may ask. */
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- answers --------------------------------------------------------------------------------- */

static void test_probes(void **state)
{
    struct serving *serving = *state;
    static const char *const urls[] = {"/livez", "/readyz", "/readyz?verbose"};
    struct http_response response;
    char value[64];

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_true(http_fetch(&serving->target, "GET", urls[i], NULL, 0, &response));
        assert_int_equal(response.status, 200);
        assert_string_equal(response.body, "ok\n");
        http_response_free(&response);
    }
    assert_true(http_fetch(&serving->target, "HEAD", "/livez", NULL, 0, &response));
    assert_int_equal(response.status, 200);
    assert_string_equal(http_header(&response, "Content-Length", value, sizeof value), "3");
    http_response_free(&response);
}

static void test_review(void **state)
{
    struct serving *serving = *state;
    static const char *const urls[] = {"/validate?timeout=5s", "/mutate?timeout=5s"};
    struct http_response response;
    char value[64];

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_true(http_fetch(&serving->target, "POST", urls[i], serving_review,
                               strlen(serving_review), &response));
        assert_int_equal(response.status, 200);
        assert_string_equal(http_header(&response, "Content-Type", value, sizeof value),
                            "application/json");
        assert_non_null(strstr(response.body, "\"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\""));
        assert_non_null(strstr(response.body, "\"allowed\":true"));
        http_response_free(&response);
    }
}

/* Probes of old tools: HTTP/1.0 needs no Host. */
static void test_http_1_0(void **state)
{
    struct serving *serving = *state;
    static const char request[] = "GET /livez HTTP/1.0\r\n\r\n";

    assert_int_equal(serving_send(serving, request, sizeof request - 1), 200);
}

static void test_wrong_path(void **state)
{
    struct serving *serving = *state;
    struct http_response response;

    assert_true(http_fetch(&serving->target, "GET", "/", NULL, 0, &response));
    assert_int_equal(response.status, 404);
    http_response_free(&response);
    assert_true(http_fetch(&serving->target, "POST", "/validate/", "{}", 2, &response));
    assert_int_equal(response.status, 404);
    http_response_free(&response);
}

static void test_wrong_method(void **state)
{
    struct serving *serving = *state;
    static const struct {
        const char *method, *url, *allow;
    } cases[] = {
        {"GET", "/validate", "POST"},     {"PUT", "/mutate", "POST"},
        {"POST", "/livez", "GET, HEAD"},  {"DELETE", "/readyz", "GET, HEAD"},
        {"BREW", "/readyz", "GET, HEAD"}, {"get", "/livez", "GET, HEAD"},
        {"HEA", "/livez", "GET, HEAD"},
    };
    struct http_response response;
    char value[64];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(
            http_fetch(&serving->target, cases[i].method, cases[i].url, "{}", 2, &response));
        assert_int_equal(response.status, 405);
        assert_string_equal(http_header(&response, "Allow", value, sizeof value), cases[i].allow);
        http_response_free(&response);
    }
}

static int status_of_type(const struct serving *serving, const char *type_line)
{
    char request[4096];

    snprintf(request, sizeof request,
             "POST /validate HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s", type_line,
             strlen(serving_review), serving_review);
    return serving_send(serving, request, strlen(request));
}

static void test_content_type(void **state)
{
    struct serving *serving = *state;

    assert_int_equal(status_of_type(serving, "Content-Type: application/json\r\n"), 200);
    assert_int_equal(status_of_type(serving, "content-type: Application/JSON;charset=utf-8\r\n"),
                     200);
    assert_int_equal(status_of_type(serving, "Content-Type: application/json ; a=b\r\n"), 200);
    assert_int_equal(status_of_type(serving, ""), 415);
    assert_int_equal(status_of_type(serving, "Content-Type:\r\n"), 415);
    assert_int_equal(status_of_type(serving, "Content-Type: text/plain\r\n"), 415);
    assert_int_equal(status_of_type(serving, "Content-Type: application/json-patch+json\r\n"), 415);
}

static void test_keep_alive(void **state)
{
    struct serving *serving = *state;
    struct http_response response;
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 5; i++) {
        assert_true(
            http_send(&client, "POST", "/validate", serving_review, strlen(serving_review)));
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 200);
        http_response_free(&response);
        /* An answer that refuses does not cost the connection either. */
        assert_true(http_send(&client, "POST", "/nowhere", serving_review, strlen(serving_review)));
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 404);
        http_response_free(&response);
    }
    tls_close(&client);
}

static void test_pipelining(void **state)
{
    struct serving *serving = *state;
    static const int expected[] = {200, 404, 405, 200};
    static const char requests[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /mutate HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
    struct http_response response;
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    assert_true(tls_send(&client, requests, sizeof requests - 1));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, expected[i]);
        http_response_free(&response);
    }
    tls_close(&client);
}

static void test_expect_continue(void **state)
{
    struct serving *serving = *state;
    static const char bad[] = "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                              "Content-Length: 9000000\r\n\r\n";
    struct http_response response;
    struct tls_client client;

    assert_true(serving_begin_review(serving, &client));
    assert_true(tls_send(&client, serving_review, strlen(serving_review)));
    assert_true(http_receive(&client, false, &response));
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    tls_close(&client);
    /* What is refused anyway need not be sent. */
    assert_int_equal(serving_send(serving, bad, sizeof bad - 1), 404);
}

static void test_clients_that_leave(void **state)
{
    struct serving *serving = *state;
    static const char *const parts[] = {
        "", "POST", "POST /validate HTTP/1.1\r\nHost:", SERVING_HEAD "Content-Length: 100\r\n\r\n{",
        SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\n{"};
    struct tls_client client;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_true(tls_connect(&client, &serving->target));
        assert_true(tls_send(&client, parts[i], strlen(parts[i])));
        tls_close(&client);
    }
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* --- TLS ------------------------------------------------------------------------------------- */

static void test_tls_versions(void **state)
{
    struct serving *serving = *state;
    static const struct {
        int version;
        bool accepted;
    } cases[] = {{TLS1_VERSION, false},
                 {TLS1_1_VERSION, false},
                 {TLS1_2_VERSION, true},
                 {TLS1_3_VERSION, true}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_target target = serving->target;
        struct tls_client client;

        target.min_version = target.max_version = cases[i].version;
        assert_int_equal(tls_connect(&client, &target), cases[i].accepted);
        tls_close(&client);
    }
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

static void test_certificate_names(void **state)
{
    struct serving *serving = *state;
    static const struct {
        const char *name;
        bool accepted;
    } cases[] = {{"localhost", true}, {"127.0.0.1", true}, {"::1", true}, {"example.com", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_target target = serving->target;
        struct tls_client client;

        target.server_name = cases[i].name;
        assert_int_equal(tls_connect(&client, &target), cases[i].accepted);
        tls_close(&client);
    }
}

static int connect_plainly(const char *host, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void test_plain_text(void **state)
{
    struct serving *serving = *state;
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    int fd = connect_plainly(serving->server.host, serving->server.port);
    char answer[256];
    ssize_t got;

    assert_int_equal(write(fd, request, sizeof request - 1), sizeof request - 1);
    got = read(fd, answer, sizeof answer - 1);
    answer[got > 0 ? got : 0] = '\0';
    close(fd);
    assert_null(strstr(answer, "HTTP/"));
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, serving_set_up, serving_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_probes),          WITH_SERVER(test_review),
        WITH_SERVER(test_http_1_0),        WITH_SERVER(test_wrong_path),
        WITH_SERVER(test_wrong_method),    WITH_SERVER(test_content_type),
        WITH_SERVER(test_keep_alive),      WITH_SERVER(test_pipelining),
        WITH_SERVER(test_expect_continue), WITH_SERVER(test_clients_that_leave),
        WITH_SERVER(test_tls_versions),    WITH_SERVER(test_certificate_names),
        WITH_SERVER(test_plain_text),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
