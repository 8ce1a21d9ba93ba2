/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection that is slow in one phase ends when the time for that phase is over, however often
 * it sends another byte; one that is idle is not taken for slow. The one deadline that a test is
 * about is set to a second or two, the others stay as they are.
 */
#include "base/text.h"
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A busy machine may be late, so this much later than it should is still fine. */
#define PATIENCE_MS 20000

#define BEGUN SERVING_HEAD "Content-Length: 7000\r\n\r\n"
#define CHUNKED SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define ONE "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Whether something is there to be read, or the end. */
static bool has_news(int fd)
{
    struct pollfd source = {.fd = fd, .events = POLLIN};

    return poll(&source, 1, 0) > 0;
}

/* --- the handshake ---------------------------------------------------------------------------- */

/* The beginning of a ClientHello that says it is 512 bytes long. */
static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

/* Bytes of it that are sent at once, and how many of others, one by one, ten a second. */
static const struct {
    size_t at_once, dripped;
} hellos[] = {{0, 0}, {1, 0}, {sizeof hello - 1, 0}, {0, 500}, {5, 500}, {sizeof hello - 1, 500}};

static void test_handshake(void **state)
{
    struct serving *serving = *state;
    int fds[COUNT(hellos)];
    long long begin, took[COUNT(hellos)] = {0};
    size_t open = COUNT(hellos);

    serving_start(serving, "--tls-handshake-timeout", "1");
    begin = now_ms();
    for (size_t i = 0; i < COUNT(hellos); i++) {
        fds[i] = wire_connect(serving);
        assert_int_equal(send(fds[i], hello, hellos[i].at_once, MSG_NOSIGNAL), hellos[i].at_once);
    }
    for (size_t sent = 0; open > 0 && now_ms() < begin + PATIENCE_MS; sent++) {
        poll(NULL, 0, 100);
        for (size_t i = 0; i < COUNT(hellos); i++) {
            size_t at = hellos[i].at_once + sent;

            if (took[i] == 0 && has_news(fds[i])) {
                took[i] = now_ms() - begin;
                open--;
            } else if (took[i] == 0 && sent < hellos[i].dripped) {
                send(fds[i], at < sizeof hello - 1 ? hello + at : "x", 1, MSG_NOSIGNAL);
            }
        }
    }
    for (size_t i = 0; i < COUNT(hellos); i++) {
        if (took[i] < 1000)
            fail_msg("row %zu: ended after %lld ms", i, took[i]);
        assert_true(wire_await_end(fds[i]));
        close(fds[i]);
    }
    assert_int_equal(serving_get(serving, "/livez"), 200);
    serving_stop(serving);
}

/* --- heads and bodies ------------------------------------------------------------------------- */

/* Bytes at once, and others that are sent one by one, ten a second, over and over. */
struct drip {
    const char *what, *at_once, *dripped;
    int answers; /* good ones that come first */
};

static const struct drip heads[] = {
    {"a request line", "G", "E", 0},
    {"a path", "GET /", "a", 0},
    {"a header", "GET /livez HTTP/1.1\r\nHost: ", "a", 0},
    {"headers", "GET /livez HTTP/1.1\r\nHost: a\r\n", "X: a\r\n", 0},
    {"a head that stops", "GET /livez HTTP/1.1\r\nHost: a\r\n", "", 0},
    {"empty lines before a request", "\r\n", "\r\n", 0},
    {"the second request", ONE "GET /", "a", 1},
    {"the second request, empty lines", ONE "\r\n", "\r\n", 1},
};

static const struct drip bodies[] = {
    {"a body", BEGUN, " ", 0},
    {"a body that stops", BEGUN "{", "", 0},
    {"a body that does not begin", BEGUN, "", 0},
    {"a body nobody wants", "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 7000\r\n\r\n",
     " ", 0},
    {"a body that is too long", SERVING_HEAD "Content-Length: 9000000\r\n\r\n", " ", 0},
    {"chunks", CHUNKED, "1\r\n \r\n", 0},
    {"a chunk", CHUNKED "fff\r\n", " ", 0},
    {"a chunk's size", CHUNKED, "0", 0},
    {"a chunk's extension", CHUNKED "1;", "a", 0},
    {"trailers", CHUNKED "1\r\n1\r\n0\r\n", "X: a\r\n", 0},
    {"the second body", ONE BEGUN, " ", 1},
};

static void expect_answers(struct tls_client *client, int count)
{
    for (int i = 0; i < count; i++) {
        struct http_response response;

        assert_true(http_receive(client, false, &response));
        assert_int_equal(response.status, 200);
        http_response_free(&response);
    }
}

/* One of these on its connection. */
struct dripping {
    struct tls_client client;
    long long begin, took; /* 0: it is still open */
};

static void begin_drip(const struct serving *serving, const struct drip *row,
                       struct dripping *dripping)
{
    dripping->took = 0;
    assert_true(tls_connect(&dripping->client, &serving->target));
    dripping->begin = now_ms();
    assert_true(tls_send(&dripping->client, row->at_once, strlen(row->at_once)));
    expect_answers(&dripping->client, row->answers);
}

/* False: it has ended. */
static bool go_on(const struct drip *row, struct dripping *dripping, size_t round)
{
    size_t len = strlen(row->dripped);

    if (dripping->took == 0 && has_news(SSL_get_fd(dripping->client.ssl)))
        dripping->took = now_ms() - dripping->begin;
    else if (dripping->took == 0 && len > 0)
        tls_send(&dripping->client, row->dripped + round % len, 1);
    return dripping->took == 0;
}

/* Something may be said before the end, but nothing good. */
static void end_drip(const struct drip *row, struct dripping *dripping)
{
    struct http_response response;

    if (dripping->took < 1000)
        fail_msg("%s: ended after %lld ms (0: not at all)", row->what, dripping->took);
    if (http_receive(&dripping->client, false, &response)) {
        assert_true(response.status >= 400);
        http_response_free(&response);
    }
    assert_true(wire_await_tls_end(&dripping->client));
    tls_close(&dripping->client);
}

#define MAX_ROWS 16

/* All rows at the same time. */
static void check(const struct serving *serving, const struct drip *rows, size_t count)
{
    struct dripping drippings[MAX_ROWS];
    long long begin = now_ms();
    size_t open = count;

    assert_true(count <= MAX_ROWS);
    for (size_t i = 0; i < count; i++)
        begin_drip(serving, &rows[i], &drippings[i]);
    for (size_t round = 0; open > 0 && now_ms() < begin + PATIENCE_MS; round++) {
        poll(NULL, 0, 100);
        open = 0;
        for (size_t i = 0; i < count; i++)
            open += go_on(&rows[i], &drippings[i], round);
    }
    for (size_t i = 0; i < count; i++)
        end_drip(&rows[i], &drippings[i]);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

static void test_header(void **state)
{
    serving_start(*state, "--header-timeout", "1");
    check(*state, heads, COUNT(heads));
    serving_stop(*state);
}

static void test_body(void **state)
{
    serving_start(*state, "--body-timeout", "1");
    check(*state, bodies, COUNT(bodies));
    serving_stop(*state);
}

/* --- the answer ------------------------------------------------------------------------------- */

/* Asks again and again and reads nothing, until the server ends that. */
static long long ask_and_never_read(const struct serving *serving)
{
    CLEANUP_TEXT struct text requests = TEXT_INIT((size_t)64 * 1024);
    long long begin = now_ms();
    struct tls_client client;
    size_t sent;
    int fd;

    while (requests.len < 16000)
        text_add(&requests, ONE);
    assert_true(tls_connect(&client, &serving->target));
    fd = SSL_get_fd(client.ssl);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    SSL_set_mode(client.ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    while (now_ms() < begin + 2LL * PATIENCE_MS) {
        struct pollfd room = {.fd = fd, .events = POLLOUT};

        if (SSL_write_ex(client.ssl, text_get(&requests), requests.len, &sent) == 1)
            continue;
        if (SSL_get_error(client.ssl, 0) != SSL_ERROR_WANT_WRITE)
            break;
        if (poll(&room, 1, 100) > 0 && (room.revents & (POLLERR | POLLHUP)))
            break;
    }
    tls_close(&client);
    return now_ms() - begin;
}

static void test_reply(void **state)
{
    struct serving *serving = *state;
    long long took;

    serving_start(serving, "--reply-timeout", "1");
    took = ask_and_never_read(serving);
    if (took < 1000 || took > 2LL * PATIENCE_MS - 1)
        fail_msg("ended after %lld ms", took);
    assert_int_equal(serving_get(serving, "/livez"), 200);
    serving_stop(serving);
}

/* --- idle ------------------------------------------------------------------------------------- */

static const struct drip idle[] = {
    {"before the first request", "", "", 0},
    {"behind a request", ONE, "", 1},
    {"behind two", ONE ONE, "", 2},
};

static void test_idle(void **state)
{
    serving_start(*state, "--idle-timeout", "1");
    check(*state, idle, COUNT(idle));
    serving_stop(*state);
}

/* Go keeps connections on which nothing was sent yet, and uses them much later. */
static void test_idle_is_not_slow(void **state)
{
    struct serving *serving = *state;
    struct tls_client client;

    serving_start_with(serving, (const char *const[]){"--tls-handshake-timeout", "1",
                                                      "--header-timeout", "1", "--body-timeout",
                                                      "1", "--reply-timeout", "1", NULL});
    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 3; i++) {
        poll(NULL, 0, 2500);
        assert_true(tls_send(&client, ONE, strlen(ONE)));
        expect_answers(&client, 1);
    }
    tls_close(&client);
    assert_int_equal(serving_get(serving, "/livez"), 200);
    serving_stop(serving);
}

/* Each request has its own time: a connection that is used all along stays. */
static void test_each_request_counts_anew(void **state)
{
    struct serving *serving = *state;
    struct http_response response;
    struct tls_client client;

    serving_start_with(serving,
                       (const char *const[]){"--header-timeout", "3", "--body-timeout", "3",
                                             "--reply-timeout", "3", "--idle-timeout", "3", NULL});
    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 10; i++) {
        assert_true(tls_send(&client, BEGUN, strlen(BEGUN)));
        poll(NULL, 0, 600);
        for (int j = 0; j < 7000; j += 1000) {
            char spaces[1001];

            snprintf(spaces, sizeof spaces, "%1000s", "");
            assert_true(tls_send(&client, spaces, 1000));
        }
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 400);
        http_response_free(&response);
    }
    tls_close(&client);
    serving_stop(serving);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILES(test_handshake),
        WITH_FILES(test_header),
        WITH_FILES(test_body),
        WITH_FILES(test_reply),
        WITH_FILES(test_idle),
        WITH_FILES(test_idle_is_not_slow),
        WITH_FILES(test_each_request_counts_anew),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
