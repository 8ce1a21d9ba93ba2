/* SPDX-License-Identifier: Apache-2.0 */
/* Several requests on one connection, one after the other or all at once: answered in order. */
#include "base/text.h"
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void assert_next(struct tls_client *client, int status, const char *words)
{
    struct http_response response;

    if (!http_receive(client, false, &response))
        fail_msg("no answer where %d with \"%s\" was to come: %s", status, words, client->problem);
    assert_int_equal(response.status, status);
    if (!strstr(response.body, words))
        fail_msg("expected \"%s\": %s", words, response.body);
    http_response_free(&response);
}

static void test_keep_alive(void **state)
{
    struct serving *serving = *state;
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 20; i++) {
        assert_true(
            http_send(&client, "POST", "/validate", serving_review, strlen(serving_review)));
        assert_next(&client, 200, "\"allowed\":true");
        /* An answer that refuses does not cost the connection either. */
        assert_true(http_send(&client, "POST", "/nowhere", serving_review, strlen(serving_review)));
        assert_next(&client, 404, "not found");
        assert_true(http_send(&client, "POST", "/mutate", "{", 1));
        assert_next(&client, 400, "the text ends too early");
    }
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* A review with its own uid, announced or in two chunks. */
static void add_review(struct text *requests, size_t number)
{
    static const char *const urls[] = {"/validate", "/mutate?timeout=5s"};
    CLEANUP_TEXT struct text body = TEXT_INIT(1024);

    text_addf(&body,
              "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
              "\"uid\":\"number-%zu.\",\"kind\":{\"group\":\"kubevirt.io\",\"version\":\"v1\","
              "\"kind\":\"VirtualMachine\"},\"operation\":\"CREATE\",\"object\":{}}}",
              number);
    text_addf(requests, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n",
              urls[number % 2]);
    if (number % 3 == 0)
        text_addf(requests, "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n%zx\r\n%s\r\n0\r\n\r\n",
                  body.len - 1, text_get(&body) + 1);
    else
        text_addf(requests, "Content-Length: %zu\r\n\r\n%s", body.len, text_get(&body));
}

#define REVIEWS 200U

/* More than the connection's buffer holds at once. */
static void test_reviews_in_order(void **state)
{
    struct serving *serving = *state;
    CLEANUP_TEXT struct text requests = TEXT_INIT((size_t)1024 * 1024);
    struct tls_client client;

    for (size_t i = 0; i < REVIEWS; i++)
        add_review(&requests, i);
    assert_true(tls_connect(&client, &serving->target));
    assert_true(tls_send(&client, text_get(&requests), requests.len));
    for (size_t i = 0; i < REVIEWS; i++) {
        char uid[64];

        snprintf(uid, sizeof uid, "\"uid\":\"number-%zu.\"", i);
        assert_next(&client, 200, uid);
    }
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

static void test_answers_of_all_kinds(void **state)
{
    struct serving *serving = *state;
    static const char requests[] =
        "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET"
        "\r\nGET /mutate HTTP/1.1\r\nHost: a\r\n\r\n" SERVING_HEAD
        "Content-Length: 2\r\n\r\n[]" SERVING_HEAD
        "Transfer-Encoding: chunked\r\n\r\n1\r\n7\r\n0\r\nX: GET /x HTTP/1.1\r\n\r\n"
        "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"
        "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    static const struct {
        int status;
        const char *words;
    } answers[] = {
        {200, "ok\n"},
        {404, "not found"},
        {405, "/mutate takes POST only"},
        {400, "must be an AdmissionReview object"},
        {400, "must be an AdmissionReview object"},
        {415, "the request has no Content-Type"},
        {200, "ok\n"},
    };
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    assert_true(tls_send(&client, requests, sizeof requests - 1));
    for (size_t i = 0; i < COUNT(answers); i++)
        assert_next(&client, answers[i].status, answers[i].words);
    /* What was sent behind the last one is not answered. */
    assert_true(tls_at_end(&client));
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* HEAD is answered without the body that its length is of; the next answer follows at once. */
static void test_head(void **state)
{
    struct serving *serving = *state;
    static const char requests[] = "HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "HEAD /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    static const int expected[] = {200, 404};
    struct http_response response;
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    assert_true(tls_send(&client, requests, sizeof requests - 1));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(http_receive(&client, true, &response));
        assert_int_equal(response.status, expected[i]);
        http_response_free(&response);
    }
    assert_next(&client, 200, "ok\n");
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

static const struct wire_case lifetimes[] = {
    {"HTTP/1.0", STR_INIT("GET /livez HTTP/1.0\r\n\r\n"), 200, WIRE_CLOSES, "ok\n"},
    {"HTTP/1.0 that would stay", STR_INIT("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
     200, WIRE_STAYS, "ok\n"},
    {"HTTP/1.1 that leaves",
     STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), 200, WIRE_CLOSES,
     "ok\n"},
    {"HTTP/1.1 that leaves, in capitals",
     STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: CLOSE\r\n\r\n"), 200, WIRE_CLOSES,
     "ok\n"},
    {"HTTP/1.1", STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"), 200, WIRE_STAYS, "ok\n"},
};

static void test_lifetimes(void **state)
{
    wire_check(*state, lifetimes, COUNT(lifetimes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_keep_alive),
        WITH_SERVER(test_reviews_in_order),
        WITH_SERVER(test_answers_of_all_kinds),
        WITH_SERVER(test_head),
        WITH_SERVER(test_lifetimes),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
