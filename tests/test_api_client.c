/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, streams and what can go wrong with them, against a scripted HTTPS server. Nothing is
 * timed: a deadline that is to be passed is short, and every other one long.
 */
#include "server/api/api_client.h"

#include "tests/support/api_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- what the server answers ----------------------------------------------------------------- */

static void write_length(struct fake_call *call)
{
    char text[256];
    size_t len;

    fake_call_body(call, &len);
    snprintf(text, sizeof text, "%s %s %zu", fake_call_method(call),
             fake_call_header(call, "Content-Type"), len);
    fake_reply(call, 200, NULL, text);
}

static void write_status(struct fake_call *call)
{
    fake_reply(call, (int)strtol(fake_call_path(call) + strlen("/status/"), NULL, 10),
               "Retry-After: 7\r\nLocation: /echo\r\n",
               "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"message\":\"it is \\\"so\\\"\\n\"}");
}

static void write_empty(struct fake_call *call)
{
    fake_reply(call, 200, NULL, "");
}

static void write_patience(struct fake_call *call)
{
    fake_reply(call, 429, "Retry-After: 99999999\r\n", "");
}

static void write_pieces(struct fake_call *call)
{
    fake_stream_begin(call, 200);
    fake_stream_send(call, "one ", 4);
    fake_stream_send(call, "two ", 4);
    fake_stream_send(call, "three", 5);
    fake_stream_end(call);
}

static void write_piece_and_hang(struct fake_call *call)
{
    fake_stream_begin(call, 200);
    fake_stream_send(call, "one ", 4);
    fake_hang(call);
}

static void write_head_and_hang(struct fake_call *call)
{
    fake_stream_begin(call, 200);
    fake_hang(call);
}

static void write_endless(struct fake_call *call)
{
    static const char piece[65536] = "endless";

    fake_stream_begin(call, 200);
    while (fake_stream_send(call, piece, sizeof piece))
        ;
}

static void write_half(struct fake_call *call)
{
    fake_stream_begin(call, 200);
    fake_stream_send(call, "half", 4);
    fake_break_off(call);
}

static void write_garbage(struct fake_call *call)
{
    static const char garbage[] = "\x1b[31mno HTTP\r\n\r\n";

    fake_send(call, garbage, sizeof garbage - 1);
    fake_break_off(call);
}

static const struct api_fixture_answer answers[] = {
    {"/echo", api_fixture_echo},
    {"/length", write_length},
    {"/status/", write_status},
    {"/empty", write_empty},
    {"/patience", write_patience},
    {"/pieces", write_pieces},
    {"/piece-and-hang", write_piece_and_hang},
    {"/head-and-hang", write_head_and_hang},
    {"/endless", write_endless},
    {"/half", write_half},
    {"/nothing", fake_break_off},
    {"/garbage", write_garbage},
    {"/hang", fake_hang},
    {NULL, NULL},
};

static int set_up(void **state)
{
    static struct api_fixture fixture;

    api_fixture_make(&fixture, answers);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    api_fixture_remove(*state);
    return 0;
}

/* --- requests -------------------------------------------------------------------------------- */

static void test_get(void **state)
{
    struct api_fixture *fixture = *state;
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    char expected[512];

    api_fixture_start(fixture);
    reply = api_fixture_get(fixture, "/echo?a=%2Fb/../c&d");
    assert_int_equal(reply.status, 200);
    snprintf(expected, sizeof expected,
             "GET /echo?a=%%2Fb/../c&d\nHost: %s\n"
             "User-Agent: hostdev-webhook/" HOSTDEV_WEBHOOK_VERSION "\nAccept: application/json\n",
             fixture->server + strlen("https://"));
    assert_string_equal(reply.body, expected);
    assert_int_equal(reply.len, strlen(expected));
    assert_int_equal(reply.retry_after, 0);
}

static void send_body(struct api_fixture *fixture, const char *method, struct str body)
{
    const struct api_request request = {.method = method,
                                        .path = "/length",
                                        .content_type = "application/merge-patch+json",
                                        .body = body,
                                        .deadline_ms = API_LONG_MS};
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    char expected[128];
    struct error err;

    if (!api_client_call(fixture->client, &request, &reply, &err))
        fail_msg("%s", err.message);
    snprintf(expected, sizeof expected, "%s application/merge-patch+json %zu", method, body.len);
    assert_string_equal(reply.body, expected);
}

static void test_bodies(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    static const size_t sizes[] = {0, 1, 3000, 3000000};
    static const char body[3000000];
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            send_body(fixture, methods[i], (struct str){body, sizes[j]});
    }
    /* What was sent last does not stay, nor does the connection change. */
    test_get(state);
}

/* Whatever the status, it is an answer; a redirect is not followed. */
static void test_statuses(void **state)
{
    static const char advice[] = "; the token or client certificate is not accepted: look whether "
                                 "it has expired, and whether it is one of this cluster";
    static const int statuses[] = {200, 201, 301, 302, 307, 308, 400, 401, 403,
                                   404, 409, 410, 422, 429, 500, 502, 503, 504};
    struct api_fixture *fixture = *state;
    size_t count = sizeof statuses / sizeof *statuses;

    api_fixture_start(fixture);
    for (size_t i = 0; i < count; i++) {
        CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
        char path[32];
        char expected[256];
        struct error err;

        snprintf(path, sizeof path, "/status/%d", statuses[i]);
        reply = api_fixture_get(fixture, path);
        assert_int_equal(reply.status, statuses[i]);
        assert_int_equal(reply.retry_after, 7);
        assert_false(api_reply_error(&reply, "list pods", &err));
        snprintf(expected, sizeof expected, "list pods: HTTP %d: it is \"so\"\\n%s", statuses[i],
                 statuses[i] == 401 ? advice : "");
        assert_string_equal(err.message, expected);
    }
    assert_int_equal(fake_api_requests(fixture->api), count);
    assert_int_equal(fake_api_connections(fixture->api), 1);
}

static void test_empty_body(void **state)
{
    struct api_fixture *fixture = *state;
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};

    api_fixture_start(fixture);
    reply = api_fixture_get(fixture, "/empty");
    assert_string_equal(reply.body, "");
    assert_int_equal(reply.len, 0);
}

static void test_retry_after_is_bounded(void **state)
{
    struct api_fixture *fixture = *state;
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};

    api_fixture_start(fixture);
    reply = api_fixture_get(fixture, "/patience");
    assert_int_equal(reply.status, 429);
    assert_int_equal(reply.retry_after, 3600);
}

static void test_reply_error(void **state)
{
    static const struct {
        const char *body;
        const char *expected;
    } rows[] = {
        {"", "get x: HTTP 503"},
        {"<html>", "get x: HTTP 503"},
        {"[]", "get x: HTTP 503"},
        {"\"message\"", "get x: HTTP 503"},
        {"{\"message\":5}", "get x: HTTP 503"},
        {"{\"message\":\"\"}", "get x: HTTP 503"},
        {"{\"message\":\"a\"", "get x: HTTP 503"},
        {"{\"message\":\"etcd\\u001b[2J\\u0000 \\\\n\"}",
         "get x: HTTP 503: etcd\\u001b[2J\\u0000 \\\\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *body = strdup(rows[i].body);
        const struct api_reply reply = {.status = 503, .body = body, .len = strlen(body)};
        struct error err;

        assert_false(api_reply_error(&reply, "get x", &err));
        assert_string_equal(err.message, rows[i].expected);
        free(body);
    }
}

static void test_long_reply_error(void **state)
{
    char body[4096];
    struct api_reply reply = {.status = 500, .body = body, .len = sizeof body - 1};
    struct error err;

    (void)state;
    memset(body, 'x', sizeof body);
    memcpy(body, "{\"message\":\"", 12);
    memcpy(body + sizeof body - 3, "\"}", 3);
    assert_false(api_reply_error(&reply, "get", &err));
    assert_true(strlen(err.message) < 600);
    assert_string_equal(err.message + strlen(err.message) - 5, "xx…");
    /* The advice comes in any case. */
    reply.status = 401;
    assert_false(api_reply_error(&reply, "get", &err));
    assert_contains(err.message, "xx…; the token or client certificate is not accepted: ");
}

/* --- connections ----------------------------------------------------------------------------- */

static void test_one_connection_is_kept(void **state)
{
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    for (int i = 0; i < 20; i++)
        assert_int_equal(api_fixture_status(fixture, i % 2 ? "/echo" : "/unknown"),
                         i % 2 ? 200 : 404);
    assert_int_equal(fake_api_connections(fixture->api), 1);
    /* One that the server has closed meanwhile is replaced. */
    fake_api_cut(fixture->api);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    assert_int_equal(fake_api_connections(fixture->api), 2);
}

static void test_proxies_are_ignored(void **state)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy",
                                        "ALL_PROXY"};
    struct api_fixture *fixture = *state;
    size_t count = sizeof names / sizeof *names;

    for (size_t i = 0; i < count; i++)
        assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    api_fixture_start(fixture);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    for (size_t i = 0; i < count; i++)
        unsetenv(names[i]);
}

/* A socket on a free port of 127.0.0.1 that nobody accepts from; its address goes to `server`. */
static int listen_silently(struct api_fixture *fixture, int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    if (backlog >= 0)
        assert_int_equal(listen(fd, backlog), 0);
    snprintf(fixture->server, sizeof fixture->server, "https://127.0.0.1:%d",
             (int)ntohs(address.sin_port));
    api_fixture_start(fixture);
    return fd;
}

static void test_refused(void **state)
{
    struct api_fixture *fixture = *state;
    int fd = listen_silently(fixture, -1);

    api_fixture_fails(fixture, "/", API_LONG_MS, "can't connect: Connection refused");
    close(fd);
}

static void test_unknown_name(void **state)
{
    struct api_fixture *fixture = *state;

    /* No label of a name has more than 63 characters, so this is found out without a server. */
    snprintf(fixture->server, sizeof fixture->server, "https://%070d.example:6443", 0);
    api_fixture_start(fixture);
    api_fixture_fails(fixture, "/", API_LONG_MS, "can't resolve the server's name: ");
}

/* Fills the queue of a socket until connecting to it hangs. */
static void test_hanging_connect(void **state)
{
    struct api_fixture *fixture = *state;
    int fd = listen_silently(fixture, 0);
    int fillers[4];
    struct sockaddr_in address;
    socklen_t len = sizeof address;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    for (size_t i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (const struct sockaddr *)&address, len);
    }
    api_fixture_fails(fixture, "/", API_SHORT_MS,
                      "no answer in time: it was connecting or negotiating TLS");
    for (size_t i = 0; i < 4; i++)
        close(fillers[i]);
    close(fd);
}

static void test_hanging_handshake(void **state)
{
    struct api_fixture *fixture = *state;
    int fd = listen_silently(fixture, 5);

    api_fixture_fails(fixture, "/", API_SHORT_MS,
                      "no answer in time: it was connecting or negotiating TLS");
    close(fd);
}

static void test_hanging_answers(void **state)
{
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    api_fixture_fails(fixture, "/hang", API_SHORT_MS,
                      "no answer in time: it was waiting for the answer");
    /* The same on a connection that is there already. */
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    api_fixture_fails(fixture, "/hang", API_SHORT_MS,
                      "no answer in time: it was waiting for the answer");
    api_fixture_fails(fixture, "/head-and-hang", API_SHORT_MS,
                      "no answer in time: it was receiving the answer");
    api_fixture_fails(fixture, "/piece-and-hang", API_SHORT_MS,
                      "no answer in time: it was receiving the answer");
    api_fixture_fails(fixture, "/echo", 0, "no answer in time: it was ");
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

static void test_bad_answers(void **state)
{
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    api_fixture_fails(fixture, "/endless", API_LONG_MS, "the answer is larger than 16777216 bytes");
    api_fixture_fails(fixture, "/half", API_LONG_MS, "the connection broke off: ");
    api_fixture_fails(fixture, "/nothing", API_LONG_MS, "the connection broke off: ");
    api_fixture_fails(fixture, "/garbage", API_LONG_MS, "the answer is not HTTP/1.1: ");
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

/* --- streams --------------------------------------------------------------------------------- */

/* What a stream brought. */
struct stream {
    char text[256];
    size_t len;
    size_t enough; /* bytes after which it is left */
};

static bool take_piece(void *receiver, const char *data, size_t len)
{
    struct stream *stream = receiver;

    assert_true(len < sizeof stream->text - stream->len);
    memcpy(stream->text + stream->len, data, len);
    stream->len += len;
    return stream->len < stream->enough;
}

static struct stream receive_stream(struct api_fixture *fixture, const char *path, size_t enough)
{
    struct stream stream = {.enough = enough};
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    struct error err;

    if (!api_client_stream(fixture->client, path, take_piece, &stream, &reply, &err))
        fail_msg("%s: %s", path, err.message);
    assert_int_equal(reply.status, 200);
    assert_null(reply.body);
    return stream;
}

static void stream_fails(struct api_fixture *fixture, const char *path, const char *received,
                         const char *expected)
{
    struct stream stream = {.enough = SIZE_MAX};
    struct api_reply reply = {.status = 77};
    struct error err;

    assert_false(api_client_stream(fixture->client, path, take_piece, &stream, &reply, &err));
    assert_int_equal(reply.status, 77);
    assert_string_equal(stream.text, received);
    assert_contains(err.message, expected);
    assert_contains(err.message, fixture->server);
}

static void test_stream(void **state)
{
    struct api_fixture *fixture = *state;
    struct stream stream;

    api_fixture_start(fixture);
    stream = receive_stream(fixture, "/pieces", SIZE_MAX);
    assert_string_equal(stream.text, "one two three");
    stream = receive_stream(fixture, "/empty", SIZE_MAX);
    assert_string_equal(stream.text, "");
    /* A stream that has ended leaves its connection to the next request. */
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    assert_int_equal(fake_api_connections(fixture->api), 1);
}

static void test_stream_is_left(void **state)
{
    struct api_fixture *fixture = *state;
    struct stream stream;

    api_fixture_start(fixture);
    stream = receive_stream(fixture, "/piece-and-hang", 1);
    assert_string_equal(stream.text, "one ");
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

static void test_stream_of_another_status(void **state)
{
    static const int statuses[] = {201, 302, 401, 403, 410, 503};
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct stream stream = {.enough = SIZE_MAX};
        CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
        char path[32];
        struct error err;

        snprintf(path, sizeof path, "/status/%d", statuses[i]);
        assert_true(api_client_stream(fixture->client, path, take_piece, &stream, &reply, &err));
        assert_int_equal(reply.status, statuses[i]);
        assert_int_equal(reply.retry_after, 7);
        assert_contains(reply.body, "\"Status\"");
        assert_int_equal(stream.len, 0);
    }
}

static void test_stream_breaks_off(void **state)
{
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    stream_fails(fixture, "/half", "half", "the connection broke off: ");
    stream_fails(fixture, "/nothing", "", "the connection broke off: ");
    stream_fails(fixture, "/garbage", "", "the answer is not HTTP/1.1: ");
}

static void test_stream_falls_silent(void **state)
{
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    api_client_set_silence(fixture->client, API_SHORT_MS);
    stream_fails(fixture, "/piece-and-hang", "one ", "nothing was received for 100 ms");
    stream_fails(fixture, "/head-and-hang", "", "nothing was received for 100 ms");
}

/* --- interrupting ---------------------------------------------------------------------------- */

static void *interrupt_when_called(void *argument)
{
    struct api_fixture *fixture = argument;

    while (sem_wait(&fixture->called) != 0)
        ;
    api_client_interrupt(fixture->client);
    return NULL;
}

static void test_interrupted_call(void **state)
{
    static const char *const paths[] = {"/hang", "/head-and-hang"};
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    for (size_t i = 0; i < 2; i++) {
        const struct api_request request = {
            .method = "GET", .path = paths[i], .deadline_ms = API_LONG_MS};
        struct api_reply reply;
        struct error err;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, interrupt_when_called, fixture), 0);
        assert_false(api_client_call(fixture->client, &request, &reply, &err));
        assert_string_equal(err.message, "interrupted");
        pthread_join(thread, NULL);
    }
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

static void test_interrupted_stream(void **state)
{
    struct api_fixture *fixture = *state;
    struct stream stream = {.enough = SIZE_MAX};
    struct api_reply reply;
    struct error err;
    pthread_t thread;

    api_fixture_start(fixture);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_called, fixture), 0);
    assert_false(
        api_client_stream(fixture->client, "/piece-and-hang", take_piece, &stream, &reply, &err));
    assert_string_equal(err.message, "interrupted");
    pthread_join(thread, NULL);
}

static void test_interrupted_before(void **state)
{
    const struct api_request request = {
        .method = "GET", .path = "/hang", .deadline_ms = API_LONG_MS};
    struct api_fixture *fixture = *state;
    struct api_reply reply;
    struct error err;

    api_fixture_start(fixture);
    api_client_interrupt(fixture->client);
    api_client_interrupt(fixture->client);
    assert_false(api_client_call(fixture->client, &request, &reply, &err));
    assert_string_equal(err.message, "interrupted");
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_get),
        TEST(test_bodies),
        TEST(test_statuses),
        TEST(test_empty_body),
        TEST(test_retry_after_is_bounded),
        cmocka_unit_test(test_reply_error),
        cmocka_unit_test(test_long_reply_error),
        TEST(test_one_connection_is_kept),
        TEST(test_proxies_are_ignored),
        TEST(test_refused),
        TEST(test_unknown_name),
        TEST(test_hanging_connect),
        TEST(test_hanging_handshake),
        TEST(test_hanging_answers),
        TEST(test_bad_answers),
        TEST(test_stream),
        TEST(test_stream_is_left),
        TEST(test_stream_of_another_status),
        TEST(test_stream_breaks_off),
        TEST(test_stream_falls_silent),
        TEST(test_interrupted_call),
        TEST(test_interrupted_stream),
        TEST(test_interrupted_before),
    };
    struct error err;

    if (!api_client_library_init(&err))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
