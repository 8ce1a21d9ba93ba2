/* SPDX-License-Identifier: Apache-2.0 */
/* The running server over TLS: requests whose end is in doubt; heads and bodies at their limits. */
#include "base/text.h"
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The largest body that is read as one, and the longest that is read at all. */
#define BODY_MAX ((size_t)7340032)
#define DRAIN_MAX ((size_t)16 * 1024 * 1024)

/*
 * Heads that leave open where the request ends, or that hide something. Whoever refuses them, the
 * library or the program, the answer is a 4xx and the connection is not used any further.
 */
static const struct {
    const char *what;
    const char *request;
    int status; /* 0: refused in any way, even without an answer */
} bad_heads[] = {
    {"length and coding", SERVING_HEAD "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
     400},
    {"coding and length",
     SERVING_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400},
    {"two lengths", SERVING_HEAD "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
    {"the same length twice", SERVING_HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
    {"negative length", SERVING_HEAD "Content-Length: -2\r\n\r\n{}", 400},
    {"length with a sign", SERVING_HEAD "Content-Length: +2\r\n\r\n{}", 400},
    {"length list", SERVING_HEAD "Content-Length: 2, 2\r\n\r\n{}", 400},
    {"length in hex", SERVING_HEAD "Content-Length: 0x2\r\n\r\n{}", 400},
    {"endless length", SERVING_HEAD "Content-Length: 18446744073709551615\r\n\r\n{}", 413},
    {"length beyond 64 bits", SERVING_HEAD "Content-Length: 18446744073709551616\r\n\r\n{}", 413},
    {"coding gzip", SERVING_HEAD "Transfer-Encoding: gzip\r\n\r\n{}", 400},
    {"coding identity", SERVING_HEAD "Transfer-Encoding: identity\r\n\r\n{}", 400},
    {"two codings", SERVING_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
    {"chunked twice",
     SERVING_HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"space behind a name", SERVING_HEAD "Content-Length : 2\r\n\r\n{}", 400},
    {"space in a name", SERVING_HEAD "Content-Length: 2\r\nA B: c\r\n\r\n{}", 400},
    {"folded length", SERVING_HEAD "Content-Length:\r\n 2\r\n\r\n{}", 400},
    {"folded length of a GET", "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 2\r\n\r\n{}",
     400},
    {"no length", SERVING_HEAD "\r\n{}", 411},
    {"no host", "GET /livez HTTP/1.1\r\n\r\n", 400},
    {"two hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"NUL in the path", "GET /livez%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"NUL in the query", "GET /livez?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"space in the path", "GET /livez /x HTTP/1.1\r\nHost: a\r\n\r\n", 0},
    {"control character in the path", "GET /livez\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"no target", "GET\r\nHost: a\r\n\r\n", 0},
    {"chunked in HTTP/1.0",
     "POST /validate HTTP/1.0\r\nContent-Type: application/json\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0},
    {"bad chunk size", SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
    {"chunk size beyond 64 bits",
     SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n{}\r\n0\r\n\r\n", 413},
};

static void test_framing(void **state)
{
    struct serving *serving = *state;

    for (size_t i = 0; i < sizeof bad_heads / sizeof bad_heads[0]; i++) {
        const char *request = bad_heads[i].request;
        int status = serving_send(serving, request, strlen(request));

        if (bad_heads[i].status != 0 ? status != bad_heads[i].status : status != 0 && status < 400)
            fail_msg("%s: answered %d, expected %d", bad_heads[i].what, status,
                     bad_heads[i].status);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* Nothing behind a head that was refused is taken for another request. */
static void test_framing_closes(void **state)
{
    struct serving *serving = *state;
    static const char request[] = SERVING_HEAD
        "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    struct http_response response;
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    assert_true(tls_send(&client, request, sizeof request - 1));
    assert_true(http_receive(&client, false, &response));
    assert_int_equal(response.status, 400);
    http_response_free(&response);
    assert_true(tls_at_end(&client));
    tls_close(&client);
}

/* The connection ends or is answered, at once, however many there are. */
static void test_many_arguments(void **state)
{
    struct serving *serving = *state;
    static const size_t counts[] = {64, 65, 500, 1000, 3000, 5000};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        CLEANUP_TEXT struct text request = TEXT_INIT(65536);
        int status;

        text_add(&request, "GET /livez?");
        for (size_t j = 0; j < counts[i]; j++)
            text_add(&request, j > 0 ? "&a" : "a");
        text_add(&request, " HTTP/1.1\r\nHost: a\r\n\r\n");
        status = serving_send(serving, text_get(&request), request.len);
        if (counts[i] <= 64)
            assert_int_equal(status, 200);
        else
            assert_true(status == 0 || status >= 400);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

static void test_large_head(void **state)
{
    struct serving *serving = *state;
    CLEANUP_TEXT struct text request = TEXT_INIT((size_t)128 * 1024);
    int status;

    text_add(&request, "GET /livez HTTP/1.1\r\nHost: a\r\n");
    while (!request.truncated)
        text_addf(&request, "X-%zu: 0123456789\r\n", request.len);
    status = serving_send(serving, text_get(&request), request.len);
    assert_true(status == 0 || status == 431);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* --- bodies ---------------------------------------------------------------------------------- */

/* A review, cut or filled up with white space to `size` bytes. */
static char *body_of(size_t size)
{
    char *body;

    assert_int_equal(asprintf(&body, "%-*.*s", (int)size, (int)size, serving_review), size);
    return body;
}

static int status_of_body(const struct serving *serving, size_t size, bool *ret_closed)
{
    struct http_response response = {.status = 0};
    struct tls_client client;
    char *body = body_of(size);
    char value[64];
    int status;

    assert_true(tls_connect(&client, &serving->target));
    if (!http_send(&client, "POST", "/validate", body, size) ||
        !http_receive(&client, false, &response))
        fail_msg("a body of %zu bytes: %s", size, client.problem);
    status = response.status;
    *ret_closed = http_header(&response, "Connection", value, sizeof value) &&
                  strcasecmp(value, "close") == 0;
    http_response_free(&response);
    if (*ret_closed)
        assert_true(tls_at_end(&client));
    tls_close(&client);
    free(body);
    return status;
}

static void test_body_limit(void **state)
{
    struct serving *serving = *state;
    bool closed;

    assert_int_equal(status_of_body(serving, BODY_MAX, &closed), 200);
    assert_false(closed);
    assert_int_equal(status_of_body(serving, BODY_MAX + 1, &closed), 413);
    assert_true(closed);
    assert_int_equal(status_of_body(serving, DRAIN_MAX, &closed), 413);
    assert_true(closed);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* A body that was announced too long to be read to its end is refused before it is sent. */
static void test_announced_beyond_all(void **state)
{
    struct serving *serving = *state;
    static const char request[] = SERVING_HEAD "Content-Length: 16777217\r\n\r\n";

    assert_int_equal(serving_send(serving, request, sizeof request - 1), 413);
}

static bool send_chunk(struct tls_client *client, const char *data, size_t len)
{
    char line[32];

    snprintf(line, sizeof line, "%zx\r\n", len);
    return tls_send(client, line, strlen(line)) && tls_send(client, data, len) &&
           tls_send(client, "\r\n", 2);
}

/* Sends `size` bytes in chunks of `step`. Returns the status, 0: the connection ended instead. */
static int status_of_chunks(const struct serving *serving, size_t size, size_t step)
{
    static const char head[] = SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n";
    struct http_response response = {.status = 0};
    struct tls_client client;
    char *body = body_of(size);
    bool sent;
    int status;

    assert_true(tls_connect(&client, &serving->target));
    sent = tls_send(&client, head, sizeof head - 1);
    for (size_t at = 0; sent && at < size; at += step)
        sent = send_chunk(&client, body + at, size - at < step ? size - at : step);
    if (sent && tls_send(&client, "0\r\n\r\n", 5))
        http_receive(&client, false, &response);
    status = response.status;
    http_response_free(&response);
    tls_close(&client);
    free(body);
    return status;
}

static void test_chunked_body(void **state)
{
    struct serving *serving = *state;

    assert_int_equal(status_of_chunks(serving, strlen(serving_review), 7), 200);
    assert_int_equal(status_of_chunks(serving, BODY_MAX, 50000), 200);
    assert_int_equal(status_of_chunks(serving, BODY_MAX + 1, 50000), 413);
    assert_int_equal(status_of_chunks(serving, DRAIN_MAX, 1000000), 413);
    /* An endless one can't be answered while it comes in: the connection ends. */
    assert_int_equal(status_of_chunks(serving, DRAIN_MAX + 1, 1000000), 0);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

static void test_empty_body(void **state)
{
    struct serving *serving = *state;
    struct http_response response;

    assert_true(http_fetch(&serving->target, "POST", "/validate", "", 0, &response));
    assert_int_equal(response.status, 400);
    http_response_free(&response);
    assert_int_equal(status_of_chunks(serving, 0, 1), 400);
}

/* Clients that leave in the middle cost nothing; a leak would show when the server stops. */

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, serving_set_up, serving_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_framing),        WITH_SERVER(test_framing_closes),
        WITH_SERVER(test_many_arguments), WITH_SERVER(test_large_head),
        WITH_SERVER(test_body_limit),     WITH_SERVER(test_announced_beyond_all),
        WITH_SERVER(test_chunked_body),   WITH_SERVER(test_empty_body),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
