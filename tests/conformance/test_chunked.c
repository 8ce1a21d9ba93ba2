/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies in chunks: their sizes, extensions and trailers. libmicrohttpd hands out what the chunks
 * hold, not how they were written, so what it takes for good (a line that ends with a line feed
 * alone, a carriage return in an extension) can't be refused here; it must only never be taken for
 * two requests.
 */
#include "base/text.h"
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define BODY_MAX ((size_t)7340032)
#define DRAIN_MAX ((size_t)16 * 1024 * 1024)

#define HEAD SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define CLOSES(what, chunks, status)                           \
    {                                                          \
        what, STR_INIT(HEAD chunks), status, WIRE_CLOSES, NULL \
    }
/* The chunks hold [1], which is no review: that the words say so shows that all of it was read. */
#define READ(what, chunks)                                                                \
    {                                                                                     \
        what, STR_INIT(HEAD chunks), 400, WIRE_STAYS, "must be an AdmissionReview object" \
    }

static const struct wire_case good_chunks[] = {
    READ("one chunk", "3\r\n[1]\r\n0\r\n\r\n"),
    READ("three chunks", "1\r\n[\r\n1\r\n1\r\n1\r\n]\r\n0\r\n\r\n"),
    READ("size with leading zeros", "0003\r\n[1]\r\n000\r\n\r\n"),
    READ("size with many leading zeros", "0000000000000000000000003\r\n[1]\r\n0\r\n\r\n"),
    READ("size in small hex", "a\r\n[1       ]\r\n0\r\n\r\n"),
    READ("size in capital hex", "A\r\n[1       ]\r\n0\r\n\r\n"),
    READ("extension", "3;a\r\n[1]\r\n0;b\r\n\r\n"),
    READ("extension with a value", "3;a=b;c=\"d;e\"\r\n[1]\r\n0\r\n\r\n"),
    READ("trailer", "3\r\n[1]\r\n0\r\nX: a\r\nY: b\r\n\r\n"),
    READ("trailer that would frame", "3\r\n[1]\r\n0\r\nContent-Length: 40\r\n\r\n"),
    READ("trailer with another coding", "3\r\n[1]\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n"),
    READ("trailer with another type", "3\r\n[1]\r\n0\r\nContent-Type: text/plain\r\n\r\n"),
    {"no chunk", STR_INIT(HEAD "0\r\n\r\n"), 400, WIRE_STAYS, "the text ends too early"},
};

static const struct wire_case bad_chunks[] = {
    CLOSES("no number", "zz\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("no size", "\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("only an extension", ";a=b\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("negative size", "-2\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("size with a sign", "+2\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("size with 0x", "0x2\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("size behind a space", " 2\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("size before a space", "2 \r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("size with a NUL", "2\0\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("size smaller than the chunk", "1\r\n{}\r\n0\r\n\r\n", 400),
    CLOSES("no line end behind a chunk", "2\r\n{}0\r\n\r\n", 400),
    CLOSES("size beyond 64 bits", "1ffffffffffffffff\r\n{}\r\n0\r\n\r\n", 413),
    CLOSES("size beyond 64 bits, 2 when cut", "10000000000000002\r\n{}\r\n0\r\n\r\n", 413),
    CLOSES("trailer without a colon", "2\r\n{}\r\n0\r\nX\r\n\r\n", 400),
};

static void test_good_chunks(void **state)
{
    wire_check(*state, good_chunks, COUNT(good_chunks));
}

static void test_bad_chunks(void **state)
{
    wire_check(*state, bad_chunks, COUNT(bad_chunks));
}

/* One answer for each of what is written as one request, however its chunks are written. */
static void test_lenient_chunks(void **state)
{
    struct serving *serving = *state;
    static const char *const rows[] = {
        HEAD "3\n[1]\n0\n\n",
        HEAD "3;a\rb\r\n[1]\r\n0\r\n\r\n",
        HEAD "4\r\n[1]\r\n0\r\n\r\n", /* the CR belongs to the chunk, which the LF ends */
        HEAD "3\r\n[1]\r\n0\r\nX: a\r\n b\r\n\r\n",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_TEXT struct text request = TEXT_INIT(1024);
        struct http_response response;
        struct tls_client client;

        text_add(&request, rows[i]);
        text_add(&request, "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_true(tls_connect(&client, &serving->target));
        assert_true(tls_send(&client, text_get(&request), request.len));
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 400);
        http_response_free(&response);
        if (http_receive(&client, false, &response)) {
            assert_int_equal(response.status, 404);
            http_response_free(&response);
        }
        assert_true(wire_await_tls_end(&client));
        tls_close(&client);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* What a head may not take, trailers and extensions may not either. */
static void test_long_lines(void **state)
{
    static const struct {
        const char *what, *before, *part, *after;
    } rows[] = {
        {"extension", HEAD "3;", "a", "\r\n[1]\r\n0\r\n\r\n"},
        {"size of zeros", HEAD, "0", "3\r\n[1]\r\n0\r\n\r\n"},
        {"trailer", HEAD "3\r\n[1]\r\n0\r\nX: ", "a", "\r\n\r\n"},
        {"trailers", HEAD "3\r\n[1]\r\n0\r\n", "X: a\r\n", "\r\n"},
    };
    size_t failed = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_TEXT struct text request = TEXT_INIT(200000);

        text_add(&request, rows[i].before);
        while (request.len < 100000)
            text_add(&request, rows[i].part);
        text_add(&request, rows[i].after);
        failed += !wire_check_one(
            *state, &(struct wire_case){
                        rows[i].what, {text_get(&request), request.len}, 0, WIRE_CLOSES, NULL});
    }
    assert_int_equal(failed, 0);
}

/* --- sizes ----------------------------------------------------------------------------------- */

static bool send_chunk(struct tls_client *client, const char *data, size_t len)
{
    char line[32];

    snprintf(line, sizeof line, "%zx\r\n", len);
    return tls_send(client, line, strlen(line)) && tls_send(client, data, len) &&
           tls_send(client, "\r\n", 2);
}

/* A review filled up with white space, in chunks of `step`. 0: the connection ended instead. */
static int status_of_chunks(const struct serving *serving, size_t size, size_t step)
{
    struct http_response response = {.status = 0};
    struct tls_client client;
    char *body;
    bool sent;
    int status;

    assert_int_equal(asprintf(&body, "%-*.*s", (int)size, (int)size, serving_review), size);
    assert_true(tls_connect(&client, &serving->target));
    sent = tls_send(&client, HEAD, strlen(HEAD));
    for (size_t at = 0; sent && at < size; at += step)
        sent = send_chunk(&client, body + at, size - at < step ? size - at : step);
    if (sent)
        tls_send(&client, "0\r\n\r\n", 5);
    http_receive(&client, false, &response);
    status = response.status;
    http_response_free(&response);
    tls_close(&client);
    free(body);
    assert_int_equal(serving_get(serving, "/livez"), 200);
    return status;
}

static void test_sizes(void **state)
{
    struct serving *serving = *state;
    int status;

    assert_int_equal(status_of_chunks(serving, strlen(serving_review), 1), 200);
    assert_int_equal(status_of_chunks(serving, strlen(serving_review), 7), 200);
    assert_int_equal(status_of_chunks(serving, BODY_MAX, 50000), 200);
    assert_int_equal(status_of_chunks(serving, BODY_MAX, BODY_MAX), 200);
    assert_int_equal(status_of_chunks(serving, BODY_MAX + 1, 50000), 413);
    assert_int_equal(status_of_chunks(serving, BODY_MAX + 1, BODY_MAX + 1), 413);
    assert_int_equal(status_of_chunks(serving, DRAIN_MAX, 1000000), 413);
    assert_int_equal(status_of_chunks(serving, DRAIN_MAX + 1, 1000000), 413);
    assert_int_equal(status_of_chunks(serving, DRAIN_MAX + 1, DRAIN_MAX + 1), 413);
    /* An endless one is answered as well, but whoever goes on sending may not come to read it. */
    status = status_of_chunks(serving, 2 * DRAIN_MAX, 1000000);
    assert_true(status == 413 || status == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_good_chunks),    WITH_SERVER(test_bad_chunks),
        WITH_SERVER(test_lenient_chunks), WITH_SERVER(test_long_lines),
        WITH_SERVER(test_sizes),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
