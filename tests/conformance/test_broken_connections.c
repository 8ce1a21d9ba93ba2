/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that leave, with or without a word, at any point: in the handshake, a head, a body, an
 * answer. They cost nothing; what leaks would show when the server stops.
 */
#include "base/text.h"
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What was sent when the client left. */
static const char *const parts[] = {
    "",
    "\r\n",
    "POST",
    "POST /validate HTTP/1.1\r\n",
    "POST /validate HTTP/1.1\r\nHost:",
    SERVING_HEAD,
    SERVING_HEAD "Content-Length: 100\r\n\r\n",
    SERVING_HEAD "Content-Length: 100\r\n\r\n{",
    SERVING_HEAD "Content-Length: 7000000\r\n\r\n{",
    SERVING_HEAD "Content-Length: 9000000\r\n\r\n{",
    SERVING_HEAD "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
    SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n",
    SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n5",
    SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nX: a\r\n",
    "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /l",
};

static void connect_and_send(struct tls_client *client, const struct serving *serving,
                             const char *part)
{
    assert_true(tls_connect(client, &serving->target));
    assert_true(tls_send(client, part, strlen(part)));
}

static void test_clients_that_leave(void **state)
{
    struct serving *serving = *state;
    struct tls_client client;

    for (size_t i = 0; i < COUNT(parts); i++) {
        connect_and_send(&client, serving, parts[i]);
        tls_close(&client);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

static void test_clients_that_reset(void **state)
{
    struct serving *serving = *state;
    struct tls_client client;

    for (size_t i = 0; i < COUNT(parts); i++) {
        connect_and_send(&client, serving, parts[i]);
        wire_reset_tls(&client);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* The other direction stays open: a whole request is answered, a part of one is not. */
static void test_clients_that_end_one_direction(void **state)
{
    struct serving *serving = *state;
    static const char whole[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    struct http_response response;
    struct tls_client client;

    connect_and_send(&client, serving, whole);
    shutdown(SSL_get_fd(client.ssl), SHUT_WR);
    assert_true(http_receive(&client, false, &response));
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    assert_true(wire_await_tls_end(&client));
    tls_close(&client);

    connect_and_send(&client, serving, SERVING_HEAD "Content-Length: 100\r\n\r\n{");
    shutdown(SSL_get_fd(client.ssl), SHUT_WR);
    assert_true(wire_await_tls_end(&client));
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* --- in the handshake ------------------------------------------------------------------------- */

/* The first message of a real client, as it is on the wire. */
static size_t client_hello(char *bytes, size_t size)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    BIO *out = BIO_new(BIO_s_mem());
    int len;

    assert_non_null(ssl);
    assert_non_null(out);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    SSL_connect(ssl);
    len = BIO_read(out, bytes, (int)size);
    SSL_free(ssl);
    SSL_CTX_free(context);
    assert_true(len > 0);
    return (size_t)len;
}

static void test_resets_in_the_handshake(void **state)
{
    struct serving *serving = *state;
    char hello[4096];
    size_t len = client_hello(hello, sizeof hello);
    const size_t cuts[] = {0, 1, 5, 6, 20, len - 1, len};

    for (size_t i = 0; i < 2 * COUNT(cuts); i++) {
        int fd = wire_connect(serving);
        size_t cut = cuts[i / 2];

        assert_int_equal(send(fd, hello, cut, MSG_NOSIGNAL), cut);
        if (i % 2 == 0)
            wire_reset(fd);
        else
            close(fd);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* After the server's answer to the hello, with and without reading it. */
static void test_resets_behind_the_hello(void **state)
{
    struct serving *serving = *state;
    char hello[4096];
    size_t len = client_hello(hello, sizeof hello);

    for (int i = 0; i < 10; i++) {
        int fd = wire_connect(serving);
        struct pollfd answer = {.fd = fd, .events = POLLIN};

        assert_int_equal(send(fd, hello, len, MSG_NOSIGNAL), len);
        assert_int_equal(poll(&answer, 1, 30000), 1);
        if (i % 2 == 0)
            assert_true(read(fd, hello, 1) == 1);
        hello[0] = '\x16';
        wire_reset(fd);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* A hello with one byte turned around, at each place. */
static void test_broken_hellos(void **state)
{
    struct serving *serving = *state;
    char hello[4096];
    size_t len = client_hello(hello, sizeof hello);

    for (size_t i = 0; i < len; i += 3) {
        int fd = wire_connect(serving);

        hello[i] = (char)~hello[i];
        assert_int_equal(send(fd, hello, len, MSG_NOSIGNAL), len);
        hello[i] = (char)~hello[i];
        shutdown(fd, SHUT_WR);
        assert_true(wire_await_end(fd));
        close(fd);
        if (i % 30 == 0)
            assert_int_equal(serving_get(serving, "/livez"), 200);
    }
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* --- in the answer ---------------------------------------------------------------------------- */

/* Reviews whose answers, which nobody reads, fill every buffer on the way. */
static void test_resets_in_the_answer(void **state)
{
    struct serving *serving = *state;
    CLEANUP_TEXT struct text requests = TEXT_INIT((size_t)1024 * 1024);

    for (int i = 0; i < 500; i++)
        text_addf(&requests, SERVING_HEAD "Content-Length: %zu\r\n\r\n%s", strlen(serving_review),
                  serving_review);
    for (int i = 0; i < 5; i++) {
        struct http_response response;
        struct tls_client client;

        connect_and_send(&client, serving, text_get(&requests));
        if (i % 2 == 0) {
            assert_true(http_receive(&client, false, &response));
            http_response_free(&response);
        }
        wire_reset_tls(&client);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* A record that does not decrypt, in the middle of a body. */
static void test_a_broken_record(void **state)
{
    struct serving *serving = *state;
    static const char record[] = "\x17\x03\x03\x00\x20"
                                 "01234567890123456789012345678901";
    struct tls_client client;

    connect_and_send(&client, serving, SERVING_HEAD "Content-Length: 100\r\n\r\n{");
    assert_int_equal(send(SSL_get_fd(client.ssl), record, sizeof record - 1, MSG_NOSIGNAL),
                     sizeof record - 1);
    assert_true(wire_await_tls_end(&client));
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_clients_that_leave),
        WITH_SERVER(test_clients_that_reset),
        WITH_SERVER(test_clients_that_end_one_direction),
        WITH_SERVER(test_resets_in_the_handshake),
        WITH_SERVER(test_resets_behind_the_hello),
        WITH_SERVER(test_broken_hellos),
        WITH_SERVER(test_resets_in_the_answer),
        WITH_SERVER(test_a_broken_record),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
