/* SPDX-License-Identifier: Apache-2.0 */
/* Below HTTP: versions of TLS, names, protocols that are offered, and clients that speak no TLS. */
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Beyond what the buffers of two sockets hold. */
#define ENDLESS ((size_t)14 * 1024 * 1024)

static void test_versions(void **state)
{
    struct serving *serving = *state;
    static const struct {
        int version;
        bool accepted;
    } cases[] = {{SSL3_VERSION, false},
                 {TLS1_VERSION, false},
                 {TLS1_1_VERSION, false},
                 {TLS1_2_VERSION, true},
                 {TLS1_3_VERSION, true}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tls_target target = serving->target;
        struct tls_client client;

        target.min_version = target.max_version = cases[i].version;
        assert_int_equal(tls_connect(&client, &target), cases[i].accepted);
        if (cases[i].accepted)
            assert_int_equal(SSL_version(client.ssl), cases[i].version);
        tls_close(&client);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

static void test_certificate_names(void **state)
{
    struct serving *serving = *state;
    static const struct {
        const char *name;
        bool accepted;
    } cases[] = {{"localhost", true}, {"127.0.0.1", true}, {"::1", true}, {"example.com", false}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tls_target target = serving->target;
        struct tls_client client;

        target.server_name = cases[i].name;
        assert_int_equal(tls_connect(&client, &target), cases[i].accepted);
        tls_close(&client);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* --- what is offered beside ------------------------------------------------------------------- */

/* A client that offers protocols (ALPN, as on the wire); NULL: none. */
static void connect_offering(struct tls_client *client, const struct serving *serving,
                             const char *protocols, unsigned len)
{
    struct tls_target target = serving->target;

    target.protocols = protocols;
    target.protocols_len = len;
    if (!tls_connect(client, &target))
        fail_msg("offering %.20s: %s", protocols, client->problem);
}

/* HTTP/1 of a version that is offered, or nothing at all, but never HTTP/2. */
static void test_protocols(void **state)
{
    struct serving *serving = *state;
    static const struct str offers[] = {
        STR_INIT("\x02h2\x08http/1.1"),
        STR_INIT("\x08http/1.1\x02h2"),
        STR_INIT("\x08http/1.1"),
        STR_INIT("\x02h2"),
        STR_INIT("\x03h2c"),
        STR_INIT("\x08http/1.0"),
        STR_INIT("\x06spdy/3"),
    };

    for (size_t i = 0; i < COUNT(offers); i++) {
        const unsigned char *chosen = NULL;
        struct http_response response;
        struct tls_client client;
        unsigned len = 0;

        connect_offering(&client, serving, offers[i].data, (unsigned)offers[i].len);
        SSL_get0_alpn_selected(client.ssl, &chosen, &len);
        if (len != 0 && (len != 8 || memcmp(chosen, "http/1.", 7) != 0))
            fail_msg("chose %.*s", (int)len, (const char *)chosen);
        assert_true(http_send(&client, "GET", "/livez", NULL, 0));
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 200);
        http_response_free(&response);
        tls_close(&client);
    }
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* A client that speaks HTTP/2 all the same is told in HTTP/1.1, or the connection ends. */
static void test_http2_without_asking(void **state)
{
    struct serving *serving = *state;
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    struct http_response response = {.status = 0};
    struct tls_client client;

    connect_offering(&client, serving, "\x02h2", 3);
    assert_true(tls_send(&client, preface, sizeof preface - 1));
    if (http_receive(&client, false, &response))
        assert_int_equal(response.status, 505);
    http_response_free(&response);
    assert_true(wire_await_tls_end(&client));
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* A client of TLS 1.2 may not begin anew, again and again: that costs the server most. */
static void test_renegotiation(void **state)
{
    struct serving *serving = *state;
    struct tls_target target = serving->target;
    struct tls_client client;

    target.max_version = TLS1_2_VERSION;
    assert_true(tls_connect(&client, &target));
    assert_int_equal(SSL_renegotiate(client.ssl), 1);
    assert_int_not_equal(SSL_do_handshake(client.ssl), 1);
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

/* --- no TLS ----------------------------------------------------------------------------------- */

static const struct {
    const char *what;
    struct str bytes;
} strangers[] = {
    {"plain HTTP", STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"plain HTTP/2", STR_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
    {"SSH", STR_INIT("SSH-2.0-OpenSSH_9.2\r\n")},
    {"a proxy's line", STR_INIT("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n")},
    {"SSL 2", STR_INIT("\x80\x2b\x01\x00\x02\x00\x12\x00\x00\x00\x10"
                       "\x01\x00\x80\x02\x00\x80\x03\x00\x80\x04\x00\x80\x05\x00\x80\x06\x00\x40"
                       "0123456789012345")},
    {"SSL 3", STR_INIT("\x16\x03\x00\x00\x2b\x01\x00\x00\x27\x03\x00"
                       "01234567890123456789012345678901\x00\x00\x02\x00\x05\x01\x00")},
    {"an alert", STR_INIT("\x15\x03\x03\x00\x02\x02\x28")},
    {"data before the handshake", STR_INIT("\x17\x03\x03\x00\x05hello")},
    {"a heartbeat that asks for more than it sends", STR_INIT("\x18\x03\x02\x00\x03\x01\x40\x00")},
    {"a message of no known type", STR_INIT("\x16\x03\x01\x00\x04\xee\x00\x00\x00")},
    {"a record larger than there may be", STR_INIT("\x16\x03\x01\xff\xff")},
};

static void test_no_tls(void **state)
{
    struct serving *serving = *state;

    for (size_t i = 0; i < COUNT(strangers); i++) {
        char answer[256];
        int fd = wire_connect(serving);
        ssize_t got;

        assert_int_equal(write(fd, strangers[i].bytes.data, strangers[i].bytes.len),
                         strangers[i].bytes.len);
        got = read(fd, answer, sizeof answer - 1);
        answer[got > 0 ? got : 0] = '\0';
        assert_null(strstr(answer, "HTTP/"));
        if (!wire_await_end(fd))
            fail_msg("%s: the connection stays open", strangers[i].what);
        close(fd);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* A million bytes of nothing that is TLS, in records of no length. */
/*
 * A handshake message says how long it will be, up to 16 MiB, and the library would gather all of
 * it: the connection ends long before. Returns how many bytes were taken.
 */
static size_t send_endless_hello(const struct serving *serving)
{
    static const char record[5 + 16384] = "\x16\x03\x01\x40\x00" /* 16,384 bytes of a handshake */
                                          "\x01\xF0\x00\x00";    /* ClientHello, 15 MiB */
    int fd = wire_connect(serving);
    size_t taken = 0;
    ssize_t sent;

    while ((sent = send(fd, record, sizeof record, MSG_NOSIGNAL)) > 0 && taken < ENDLESS)
        taken += (size_t)sent;
    close(fd);
    return taken;
}

static void test_endless_hello(void **state)
{
    struct serving *serving = *state;

    for (int i = 0; i < 20; i++) {
        assert_true(send_endless_hello(serving) < ENDLESS);
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

static void test_empty_records(void **state)
{
    struct serving *serving = *state;
    int fd = wire_connect(serving);

    for (int i = 0; i < 200000; i++) {
        if (send(fd, "\x16\x03\x01\x00\x00", 5, MSG_NOSIGNAL) != 5)
            break;
    }
    assert_true(wire_await_end(fd));
    close(fd);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_versions),      WITH_SERVER(test_certificate_names),
        WITH_SERVER(test_protocols),     WITH_SERVER(test_http2_without_asking),
        WITH_SERVER(test_renegotiation), WITH_SERVER(test_no_tls),
        WITH_SERVER(test_empty_records), WITH_SERVER(test_endless_hello),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
