/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong methods, paths, content types and hosts, and what a client may expect. */
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- method and path -------------------------------------------------------------------------- */

static void test_wrong_method(void **state)
{
    struct serving *serving = *state;
    static const struct {
        const char *method, *url, *allow;
    } cases[] = {
        {"GET", "/validate", "POST"},       {"HEAD", "/validate", "POST"},
        {"PUT", "/mutate", "POST"},         {"PATCH", "/mutate", "POST"},
        {"OPTIONS", "/validate", "POST"},   {"POST", "/livez", "GET, HEAD"},
        {"DELETE", "/readyz", "GET, HEAD"}, {"TRACE", "/livez", "GET, HEAD"},
        {"CONNECT", "/livez", "GET, HEAD"}, {"BREW", "/readyz", "GET, HEAD"},
        {"get", "/livez", "GET, HEAD"},     {"HEA", "/livez", "GET, HEAD"},
        {"GETS", "/livez", "GET, HEAD"},    {"post", "/validate", "POST"},
    };
    struct http_response response;
    struct tls_client client;
    char value[64];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(tls_connect(&client, &serving->target));
        assert_true(http_send(&client, cases[i].method, cases[i].url, "{}", 2));
        assert_true(http_receive(&client, strcmp(cases[i].method, "HEAD") == 0, &response));
        assert_int_equal(response.status, 405);
        assert_non_null(http_header(&response, "Allow", value, sizeof value));
        assert_string_equal(value, cases[i].allow);
        http_response_free(&response);
        /* The connection is still good. */
        assert_true(http_send(&client, "GET", "/livez", NULL, 0));
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 200);
        http_response_free(&response);
        tls_close(&client);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

#define NOT_FOUND(target)                                                                \
    {                                                                                    \
        target, STR_INIT("GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"), 404, WIRE_STAYS, \
            "not found; there is /validate, /mutate"                                     \
    }

static const struct wire_case wrong_paths[] = {
    NOT_FOUND("/"),
    NOT_FOUND("//livez"),
    NOT_FOUND("/livez/"),
    NOT_FOUND("/LIVEZ"),
    NOT_FOUND("/./livez"),
    NOT_FOUND("/x/../livez"),
    NOT_FOUND("/livez#a"),
    NOT_FOUND("/livez;a"),
    NOT_FOUND("/livez%20"),
    NOT_FOUND("/livez%2F"),
    NOT_FOUND("/livez%zz"),
    NOT_FOUND("/%2e%2e/%2e%2e/etc/passwd"),
    NOT_FOUND("livez"),
    NOT_FOUND("*"),
    NOT_FOUND("https://a/livez"),
    NOT_FOUND("/metrics"),
    NOT_FOUND("/debug/pprof/"),
    {"POST", STR_INIT("POST /validate/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"), 404,
     WIRE_STAYS, "not found"},
    {"POST without length", STR_INIT("POST /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"), 404, WIRE_STAYS,
     "not found"},
    {"CONNECT", STR_INIT("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), 404, WIRE_STAYS,
     "not found"},
    {"OPTIONS *", STR_INIT("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 404, WIRE_STAYS, "not found"},
};

static void test_wrong_path(void **state)
{
    wire_check(*state, wrong_paths, COUNT(wrong_paths));
}

/* --- content type ----------------------------------------------------------------------------- */

static const struct {
    const char *lines;
    int status;
    const char *words;
} types[] = {
    {"Content-Type: application/json\r\n", 200, NULL},
    {"content-type: Application/JSON;charset=utf-8\r\n", 200, NULL},
    {"Content-Type: application/json ; a=b\r\n", 200, NULL},
    {"Content-Type:application/json\r\n", 200, NULL},
    {"", 415, "the request has no Content-Type; it must be application/json"},
    {"Content-Type:\r\n", 415, "the Content-Type must be application/json, not \"\""},
    {"Content-Type: ;\r\n", 415, "must be application/json"},
    {"Content-Type: text/plain\r\n", 415, "must be application/json, not \"text/plain\""},
    {"Content-Type: application/json-patch+json\r\n", 415, "must be application/json"},
    {"Content-Type: application/jso\r\n", 415, "must be application/json"},
    {"Content-Type: application/json, text/plain\r\n", 415, "must be application/json"},
    {"Content-Type: application/yaml\r\n", 415, "must be application/json"},
    {"Content-Type: application/vnd.kubernetes.protobuf\r\n", 415, "must be application/json"},
    {"Content-Type: multipart/form-data; boundary=a\r\n", 415, "must be application/json"},
    {"Content-Type: application/x-www-form-urlencoded\r\n", 415, "must be application/json"},
    {"Content-Type: \xff\xfe\r\n", 415, "must be application/json"},
};

static void test_content_type(void **state)
{
    size_t failed = 0;

    for (size_t i = 0; i < COUNT(types); i++) {
        char request[4096];

        snprintf(request, sizeof request,
                 "POST /validate HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s",
                 types[i].lines, strlen(serving_review), serving_review);
        failed += !wire_check_one(*state,
                                  &(struct wire_case){types[i].lines, str_from(request),
                                                      types[i].status, WIRE_STAYS, types[i].words});
    }
    assert_int_equal(failed, 0);
}

/* --- host --------------------------------------------------------------------------------------
 */

#define HOST(what, lines, status, after)                                            \
    {                                                                               \
        what, STR_INIT("GET /livez HTTP/1.1\r\n" lines "\r\n"), status, after, NULL \
    }

static const struct wire_case hosts[] = {
    HOST("none", "", 400, WIRE_CLOSES),
    HOST("two", "Host: a\r\nHost: b\r\n", 400, WIRE_CLOSES),
    HOST("the same twice", "Host: a\r\nHost: a\r\n", 400, WIRE_CLOSES),
    HOST("with a space", "Host: a b\r\n", 400, WIRE_CLOSES),
    HOST("with a path", "Host: a/b\r\n", 400, WIRE_CLOSES),
    HOST("with a user", "Host: a@b\r\n", 400, WIRE_CLOSES),
    HOST("with quotes", "Host: \"a\"\r\n", 400, WIRE_CLOSES),
    HOST("with a byte above ASCII", "Host: \xc3\xa4\r\n", 400, WIRE_CLOSES),
    HOST("empty", "Host:\r\n", 200, WIRE_STAYS),
    HOST("of anybody", "Host: example.com\r\n", 200, WIRE_STAYS),
    HOST("as kube-apiserver sends it", "Host: hostdev-webhook.hostdev-webhook.svc:443\r\n", 200,
         WIRE_STAYS),
    HOST("IPv6 with a port", "Host: [fd00::1]:8443\r\n", 200, WIRE_STAYS),
    {"none in HTTP/1.0", STR_INIT("GET /livez HTTP/1.0\r\n\r\n"), 200, WIRE_EITHER, NULL},
};

static void test_host(void **state)
{
    wire_check(*state, hosts, COUNT(hosts));
}

/* --- expectations ------------------------------------------------------------------------------
 */

static const struct wire_case expectations[] = {
    {"something else", STR_INIT(SERVING_HEAD "Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}"),
     417, WIRE_CLOSES, "the only expectation that is understood is 100-continue"},
    {"two in a list",
     STR_INIT(SERVING_HEAD "Expect: 100-continue, a\r\nContent-Length: 2\r\n\r\n{}"), 417,
     WIRE_CLOSES, NULL},
    {"two", STR_INIT(SERVING_HEAD "Expect: 100-continue\r\nExpect: a\r\nContent-Length: 2\r\n\r\n"),
     417, WIRE_CLOSES, NULL},
    {"nothing", STR_INIT(SERVING_HEAD "Expect:\r\nContent-Length: 2\r\n\r\n{}"), 417, WIRE_CLOSES,
     NULL},
    {"of a GET", STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nExpect: a\r\n\r\n"), 417, WIRE_CLOSES,
     NULL},
    {"of a body that is sent at once",
     STR_INIT(SERVING_HEAD "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n{}"), 400, WIRE_STAYS,
     "apiVersion"},
    /* What is refused anyway need not be sent. */
    {"to nowhere",
     STR_INIT("POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
              "Content-Length: 9000000\r\n\r\n"),
     404, WIRE_CLOSES, "not found"},
    {"with a wrong type",
     STR_INIT("POST /validate HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
              "Content-Type: text/plain\r\nContent-Length: 20\r\n\r\n"),
     415, WIRE_CLOSES, "must be application/json"},
    {"of an upgrade",
     STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"),
     200, WIRE_STAYS, "ok\n"},
    {"of a web socket",
     STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
     200, WIRE_STAYS, "ok\n"},
};

static void test_expectations(void **state)
{
    wire_check(*state, expectations, COUNT(expectations));
}

static void test_continue(void **state)
{
    struct serving *serving = *state;
    struct http_response response;
    struct tls_client client;

    assert_true(serving_begin_review(serving, &client));
    assert_true(tls_send(&client, serving_review, strlen(serving_review)));
    assert_true(http_receive(&client, false, &response));
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_wrong_method), WITH_SERVER(test_wrong_path),
        WITH_SERVER(test_content_type), WITH_SERVER(test_host),
        WITH_SERVER(test_expectations), WITH_SERVER(test_continue),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
