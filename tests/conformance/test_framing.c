/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a request ends. Heads that leave it open, or that whoever stands in front of the server
 * could read otherwise than it does, are refused; the connection ends, and nothing that was sent
 * behind them is taken for another request.
 */
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define GET "GET /livez HTTP/1.1\r\nHost: a\r\n"

/* Bodies that would be answered if they were taken for one: {} of two bytes, and no chunk. */
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define NO_CHUNK "\r\n0\r\n\r\n"

#define CLOSES(what, request, status)                      \
    {                                                      \
        what, STR_INIT(request), status, WIRE_CLOSES, NULL \
    }
#define STAYS(what, request, status)                      \
    {                                                     \
        what, STR_INIT(request), status, WIRE_STAYS, NULL \
    }

static const struct wire_case lengths[] = {
    CLOSES("length and coding", SERVING_HEAD "Content-Length: 2\r\n" CHUNKED "\r\n{}", 400),
    CLOSES("coding and length", SERVING_HEAD CHUNKED "Content-Length: 2\r\n" NO_CHUNK, 400),
    CLOSES("both, of a GET", GET CHUNKED "Content-Length: 2\r\n" NO_CHUNK, 400),
    CLOSES("two lengths", SERVING_HEAD "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    CLOSES("two lengths, the second longer",
           SERVING_HEAD "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}", 400),
    CLOSES("the same length twice", SERVING_HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
           400),
    CLOSES("negative length", SERVING_HEAD "Content-Length: -2\r\n\r\n{}", 400),
    CLOSES("length with a sign", SERVING_HEAD "Content-Length: +2\r\n\r\n{}", 400),
    CLOSES("length list", SERVING_HEAD "Content-Length: 2, 2\r\n\r\n{}", 400),
    CLOSES("length in hex", SERVING_HEAD "Content-Length: 0x2\r\n\r\n{}", 400),
    CLOSES("length with a fraction", SERVING_HEAD "Content-Length: 2.0\r\n\r\n{}", 400),
    CLOSES("length with an exponent", SERVING_HEAD "Content-Length: 2e0\r\n\r\n{}", 400),
    CLOSES("length with an underscore", SERVING_HEAD "Content-Length: 0_2\r\n\r\n{}", 400),
    CLOSES("length in other digits", SERVING_HEAD "Content-Length: \xd9\xa2\r\n\r\n{}", 400),
    CLOSES("length in quotes", SERVING_HEAD "Content-Length: \"2\"\r\n\r\n{}", 400),
    CLOSES("empty length", SERVING_HEAD "Content-Length:\r\n\r\n{}", 400),
    CLOSES("length of spaces", SERVING_HEAD "Content-Length:   \r\n\r\n{}", 400),
    CLOSES("endless length", SERVING_HEAD "Content-Length: 18446744073709551615\r\n\r\n{}", 413),
    CLOSES("length beyond 63 bits", SERVING_HEAD "Content-Length: 9223372036854775808\r\n\r\n{}",
           413),
    CLOSES("length beyond 64 bits", SERVING_HEAD "Content-Length: 18446744073709551616\r\n\r\n{}",
           413),
    CLOSES("length beyond 64 bits, 2 when cut",
           SERVING_HEAD "Content-Length: 18446744073709551618\r\n\r\n{}", 413),
    CLOSES("endless length of a GET", GET "Content-Length: 18446744073709551615\r\n\r\n", 413),
    CLOSES("no length", SERVING_HEAD "\r\n", 411),
    CLOSES("no length in HTTP/1.0",
           "POST /validate HTTP/1.0\r\nContent-Type: application/json\r\n\r\n{}", 411),
    STAYS("length with leading zeros", SERVING_HEAD "Content-Length: 0002\r\n\r\n{}", 400),
    STAYS("length behind a tab", SERVING_HEAD "Content-Length:\t2\r\n\r\n{}", 400),
    STAYS("length without a space", SERVING_HEAD "content-length:2\r\n\r\n{}", 400),
    STAYS("body of a GET", GET "Content-Length: 5\r\n\r\nhello", 200),
    STAYS("chunks of a GET", GET CHUNKED "\r\n5\r\nhello\r\n0\r\n\r\n", 200),
};

static const struct wire_case codings[] = {
    CLOSES("coding gzip", SERVING_HEAD "Transfer-Encoding: gzip\r\n\r\n{}", 400),
    CLOSES("coding identity", SERVING_HEAD "Transfer-Encoding: identity\r\n\r\n{}", 400),
    CLOSES("empty coding", SERVING_HEAD "Transfer-Encoding:\r\n\r\n{}", 400),
    CLOSES("empty coding beside a length",
           SERVING_HEAD "Transfer-Encoding:\r\nContent-Length: 2\r\n\r\n{}", 400),
    CLOSES("two codings", SERVING_HEAD "Transfer-Encoding: gzip, chunked\r\n" NO_CHUNK, 400),
    CLOSES("chunked first", SERVING_HEAD "Transfer-Encoding: chunked, identity\r\n" NO_CHUNK, 400),
    CLOSES("chunked twice", SERVING_HEAD CHUNKED CHUNKED NO_CHUNK, 400),
    CLOSES("chunked twice in one line",
           SERVING_HEAD "Transfer-Encoding: chunked, chunked\r\n" NO_CHUNK, 400),
    CLOSES("chunked with a parameter", SERVING_HEAD "Transfer-Encoding: chunked;q=1\r\n" NO_CHUNK,
           400),
    CLOSES("chunked in quotes", SERVING_HEAD "Transfer-Encoding: \"chunked\"\r\n" NO_CHUNK, 400),
    CLOSES("almost chunked", SERVING_HEAD "Transfer-Encoding: xchunked\r\n" NO_CHUNK, 400),
    CLOSES("chunked behind a vertical tab",
           SERVING_HEAD "Transfer-Encoding: \vchunked\r\n" NO_CHUNK, 400),
    CLOSES("chunked and a space", SERVING_HEAD "Transfer-Encoding: chunked \r\n" NO_CHUNK, 400),
    CLOSES("chunked in HTTP/1.0",
           "POST /validate HTTP/1.0\r\nContent-Type: application/json\r\n" CHUNKED NO_CHUNK, 400),
    STAYS("another header of a similar name",
          SERVING_HEAD "Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", 400),
    STAYS("chunked in capitals", SERVING_HEAD "TRANSFER-ENCODING: CHUNKED\r\n" NO_CHUNK, 400),
};

/* What the library reads otherwise than it stands there: see framing.c. */
static const struct wire_case lines[] = {
    CLOSES("space behind a name", SERVING_HEAD "Content-Length : 2\r\n\r\n{}", 400),
    CLOSES("tab behind a name", SERVING_HEAD "Content-Length\t: 2\r\n\r\n{}", 400),
    CLOSES("space behind the coding's name",
           SERVING_HEAD "Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}", 400),
    CLOSES("space in a name", SERVING_HEAD "Content-Length: 2\r\nA B: c\r\n\r\n{}", 400),
    CLOSES("no name", GET ": x\r\n\r\n", 400),
    CLOSES("no colon", GET "Name\r\n\r\n", 400),
    CLOSES("a byte above ASCII in a name", GET "N\xc3\xa4me: x\r\n\r\n", 400),
    CLOSES("folded length", SERVING_HEAD "Content-Length:\r\n 2\r\n\r\n{}", 400),
    CLOSES("folded length of a GET", GET "Content-Length:\r\n 2\r\n\r\n{}", 400),
    CLOSES("folded digits", SERVING_HEAD "Content-Length: 2\r\n 0\r\n\r\n{}", 400),
    CLOSES("folded coding", SERVING_HEAD "Transfer-Encoding:\r\n chunked\r\n" NO_CHUNK, 400),
    CLOSES("coding in a folded line",
           SERVING_HEAD "X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", 400),
    CLOSES("folded with a tab", GET "X: a\r\n\tb\r\n\r\n", 400),
    CLOSES("folded with nothing", GET "X: a\r\n \r\n\r\n", 400),
    CLOSES("folded at once", "GET /livez HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    CLOSES("folded host", "GET /livez HTTP/1.1\r\nHost:\r\n a\r\n\r\n", 400),
    CLOSES("length that ends at a NUL", SERVING_HEAD "Content-Length: 2\0 0\r\n\r\n{}", 400),
    CLOSES("length that ends at two NULs", SERVING_HEAD "Content-Length: 2\0\0000\r\n\r\n{}", 400),
    CLOSES("coding that ends at a NUL",
           SERVING_HEAD "Transfer-Encoding: chunked\0, gzip\r\n" NO_CHUNK, 400),
    CLOSES("NUL in another value", GET "X: a\0b\r\nY: c\r\n\r\n", 400),
    CLOSES("NUL in a name", GET "X\0Y: a\r\n\r\n", 400),
    CLOSES("head that ends at a NUL", GET "\0\r\nContent-Length: 2\r\n\r\n{}", 400),
    CLOSES("head that ends at a line behind a NUL", GET "\0X: a\r\n", 400),
    CLOSES("carriage return in a value", GET "X: a\rContent-Length: 2\r\n\r\n{}", 400),
    CLOSES("carriage return in the host", "GET /livez HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
    CLOSES("lines that end with a line feed", "GET /livez HTTP/1.1\nHost: a\n\n", 400),
    CLOSES("one line that ends with a line feed", GET "X: a\nY: b\r\n\r\n", 400),
    STAYS("empty value", GET "X:\r\nY: \r\n\r\n", 200),
    STAYS("value with bytes above ASCII", GET "X: \xc3\xa4\xff\r\n\r\n", 200),
    STAYS("value with a space behind", GET "X: a \t\r\n\r\n", 200),
    STAYS("empty lines before a request", "\r\n\r\n" GET "\r\n", 200),
};

static const struct wire_case request_lines[] = {
    CLOSES("NUL in the path, encoded", "GET /livez%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("NUL in the query, encoded", "GET /livez?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("NUL behind the path", "GET /livez\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("NUL in the query", "GET /livez?a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("NUL in the method", "GET\0X /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("NUL behind the version", "GET /livez HTTP/1.1\0\r\nHost: a\r\n\r\n", 400),
    CLOSES("space in the path", "GET /livez /x HTTP/1.1\r\nHost: a\r\n\r\n", 0),
    CLOSES("a comma in the method", "GET, /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("two spaces before the version", "GET /livez  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("space behind the version", "GET /livez HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    CLOSES("space before the method", " GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", 0),
    CLOSES("tabs for spaces", "GET\t/livez\tHTTP/1.1\r\nHost: a\r\n\r\n", 0),
    CLOSES("control character in the path", "GET /livez\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("carriage return in the path", "GET /li\rvez HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("a byte above ASCII in the path", "GET /livez\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("no target", "GET\r\nHost: a\r\n\r\n", 0),
    CLOSES("a space for a target", "GET \r\nHost: a\r\n\r\n", 0),
    CLOSES("no version", "GET /livez\r\nHost: a\r\n\r\n", 0),
    CLOSES("HTTP/0.9", "GET /livez\r\n\r\n", 0),
    CLOSES("HTTP/0.9 by name", "GET /livez HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    CLOSES("HTTP/2 in a request line", "GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    CLOSES("HTTP/2, as it begins", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 0),
    CLOSES("a version of three digits", "GET /livez HTTP/1.01\r\nHost: a\r\n\r\n", 400),
    CLOSES("a version of one digit", "GET /livez HTTP/1\r\nHost: a\r\n\r\n", 400),
    CLOSES("a version in small letters", "GET /livez http/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("another protocol", "GET /livez ICAP/1.1\r\nHost: a\r\n\r\n", 400),
    CLOSES("bytes of anything", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 x\r\n\r\n", 0),
    STAYS("two spaces before the path", "GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    STAYS("an encoded letter", "GET /l%69vez HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    STAYS("a later HTTP/1", "GET /livez HTTP/1.2\r\nHost: a\r\n\r\n", 200),
};

static void test_lengths(void **state)
{
    wire_check(*state, lengths, COUNT(lengths));
}

static void test_codings(void **state)
{
    wire_check(*state, codings, COUNT(codings));
}

static void test_lines(void **state)
{
    wire_check(*state, lines, COUNT(lines));
}

static void test_request_lines(void **state)
{
    wire_check(*state, request_lines, COUNT(request_lines));
}

/* The port for probes reads heads as the other one does, but has no reviews that need a length. */
static void check_refusals(const struct serving *plain, const struct wire_case *rows, size_t count)
{
    size_t failed = 0;

    for (size_t i = 0; i < count; i++) {
        struct wire_case row = rows[i];

        if (row.after != WIRE_CLOSES || row.status == 411)
            continue;
        if (row.status == 413)
            row.status = 0;
        failed += !wire_check_one(plain, &row);
    }
    assert_int_equal(failed, 0);
}

static void test_the_plain_port(void **state)
{
    struct serving plain = *(const struct serving *)*state;

    plain.target = plain.probes;
    check_refusals(&plain, lengths, COUNT(lengths));
    check_refusals(&plain, codings, COUNT(codings));
    check_refusals(&plain, lines, COUNT(lines));
    check_refusals(&plain, request_lines, COUNT(request_lines));
}

/* A head that comes byte by byte is read as one that comes at once. */
static void test_a_head_in_pieces(void **state)
{
    struct serving *serving = *state;
    static const char request[] = GET "X: a\r\nY:\r\n\r\n";
    struct http_response response;
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof request - 1; i++)
            assert_true(tls_send(&client, &request[i], 1));
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 200);
        http_response_free(&response);
    }
    tls_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_lengths),        WITH_SERVER(test_codings),
        WITH_SERVER(test_lines),          WITH_SERVER(test_request_lines),
        WITH_SERVER(test_the_plain_port), WITH_SERVER(test_a_head_in_pieces),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
