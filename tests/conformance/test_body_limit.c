/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies at, under and over the largest that is read as one (7 MiB), announced. The client writes
 * all of its body before it reads, as Go's does: a longer one is read up to 16 MiB all the same, so
 * that the 413 arrives and no reset. (Bodies in chunks: test_chunked.c.)
 */
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BODY_MAX ((size_t)7340032)
#define DRAIN_MAX ((size_t)16 * 1024 * 1024)

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A review, cut or filled up with white space to `size` bytes. */
static char *body_of(size_t size)
{
    char *body;

    if (asprintf(&body, "%-*.*s", (int)size, (int)size, serving_review) != (int)size)
        abort();
    return body;
}

/* 0: no answer. Called by several threads. */
static int post(const struct serving *serving, const char *url, size_t size, bool *ret_closed)
{
    struct http_response response = {.status = 0};
    struct tls_client client;
    char *body = body_of(size);
    char value[64];
    int status;

    *ret_closed = false;
    if (tls_connect(&client, &serving->target) && http_send(&client, "POST", url, body, size) &&
        http_receive(&client, false, &response)) {
        *ret_closed = http_header(&response, "Connection", value, sizeof value) &&
                      strcasecmp(value, "close") == 0 && tls_at_end(&client);
    } else {
        fprintf(stderr, "a body of %zu bytes: %s\n", size, client.problem);
    }
    status = response.status;
    http_response_free(&response);
    tls_close(&client);
    free(body);
    return status;
}

static void test_sizes(void **state)
{
    struct serving *serving = *state;
    static const struct {
        const char *url;
        size_t size;
        int status;
    } rows[] = {
        {"/validate", 1, 400},
        {"/validate", 0, 400},
        {"/validate", BODY_MAX - 1, 200},
        {"/validate", BODY_MAX, 200},
        {"/mutate", BODY_MAX, 200},
        {"/validate", BODY_MAX + 1, 413},
        {"/mutate", BODY_MAX + 1, 413},
        {"/validate", DRAIN_MAX - 1, 413},
        {"/validate", DRAIN_MAX, 413},
        /* What is refused for another reason is read as well. */
        {"/nowhere", BODY_MAX, 404},
        {"/nowhere", DRAIN_MAX, 404},
        {"/livez", BODY_MAX, 405},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        bool closed;
        int status = post(serving, rows[i].url, rows[i].size, &closed);

        if (status != rows[i].status || closed != (status == 413))
            fail_msg("%s, %zu bytes: answered %d, expected %d; %s", rows[i].url, rows[i].size,
                     status, rows[i].status, closed ? "closed" : "still open");
        assert_int_equal(serving_get(serving, "/livez"), 200);
    }
}

/* --- several at once -------------------------------------------------------------------------- */

#define CLIENTS 4
#define ROUNDS 5

static void *post_too_much(void *serving)
{
    size_t answered = 0;

    for (size_t i = 0; i < ROUNDS; i++) {
        bool closed;

        answered += post(serving, "/validate", BODY_MAX + 1 + i * 2000000, &closed) == 413;
    }
    return answered == ROUNDS ? serving : NULL;
}

static void test_no_answer_is_lost(void **state)
{
    pthread_t clients[CLIENTS];

    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, post_too_much, *state), 0);
    for (size_t i = 0; i < CLIENTS; i++) {
        void *good = NULL;

        pthread_join(clients[i], &good);
        assert_non_null(good);
    }
    assert_int_equal(serving_get(*state, "/livez"), 200);
}

/* --- refused before it is sent ---------------------------------------------------------------- */

static const struct wire_case announced[] = {
    {"too long to be read to its end", STR_INIT(SERVING_HEAD "Content-Length: 16777217\r\n\r\n"),
     413, WIRE_CLOSES, "the body is larger than 7340032 bytes"},
    {"too long, of a client that waits for a word",
     STR_INIT(SERVING_HEAD "Expect: 100-continue\r\nContent-Length: 7340033\r\n\r\n"), 413,
     WIRE_CLOSES, "the body is larger than 7340032 bytes"},
    {"too long, where none is wanted",
     STR_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n"), 413,
     WIRE_CLOSES, "the body is larger than 7340032 bytes"},
    {"too long, to nowhere",
     STR_INIT("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n"), 404,
     WIRE_CLOSES, "not found"},
};

static void test_announced_too_long(void **state)
{
    wire_check(*state, announced, COUNT(announced));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_sizes),
        WITH_SERVER(test_no_answer_is_lost),
        WITH_SERVER(test_announced_too_long),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
