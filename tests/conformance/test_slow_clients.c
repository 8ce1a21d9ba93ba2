/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two thousand clients that send a byte now and then, in their handshakes, heads and bodies, and an
 * honest one that is answered within a second all the same. The deadlines are set so far away that
 * all of them are still there while the honest one asks.
 */
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Most stay below TLS, where a client costs the test as little as the server. */
#define IN_HANDSHAKES 1880U
#define IN_HEADS 60U
#define IN_BODIES 60U
#define ALL (IN_HANDSHAKES + IN_HEADS + IN_BODIES)

#define HONEST_REQUESTS 41U

struct crowd {
    int handshakes[IN_HANDSHAKES];
    struct tls_client heads[IN_HEADS];
    struct tls_client bodies[IN_BODIES];
    bool hurried; /* the deadlines are short: some may be gone before all are there */
    pthread_t thread;
    atomic_bool stop;
    atomic_size_t rounds; /* how often each of them has sent a byte */
    size_t refused;       /* bytes that could not be sent: the server has ended the connection */
};

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void allow_files(rlim_t count)
{
    struct rlimit files;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_cur >= count)
        return;
    files.rlim_cur = files.rlim_max < count ? files.rlim_max : count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_cur < count)
        skip();
}

/* --- the crowd -------------------------------------------------------------------------------- */

static void begin(const struct crowd *crowd, const struct serving *serving,
                  struct tls_client *client, const char *bytes)
{
    if (tls_connect(client, &serving->target) && tls_send(client, bytes, strlen(bytes)))
        return;
    if (!crowd->hurried)
        fail_msg("a slow client could not begin: %s", client->problem);
    tls_close(client);
}

static void connect_all(struct crowd *crowd, const struct serving *serving)
{
    static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    static const char head[] = "GET /livez HTTP/1.1\r\nHost: a\r\nX: ";
    static const char body[] = SERVING_HEAD "Content-Length: 100000\r\n\r\n{";

    for (size_t i = 0; i < IN_HANDSHAKES; i++) {
        crowd->handshakes[i] = wire_connect(serving);
        assert_int_equal(send(crowd->handshakes[i], hello, 1 + i % 10, MSG_NOSIGNAL), 1 + i % 10);
    }
    for (size_t i = 0; i < IN_HEADS; i++)
        begin(crowd, serving, &crowd->heads[i], head);
    for (size_t i = 0; i < IN_BODIES; i++)
        begin(crowd, serving, &crowd->bodies[i], body);
}

static void *drip(void *cls)
{
    struct crowd *crowd = cls;

    while (!atomic_load(&crowd->stop)) {
        /* Nothing of TLS that is true, but within the length that the first bytes gave. */
        for (size_t i = 0; i < IN_HANDSHAKES; i++) {
            if (atomic_load(&crowd->rounds) < 400)
                crowd->refused += send(crowd->handshakes[i], "\x03", 1, MSG_NOSIGNAL) != 1;
        }
        for (size_t i = 0; i < IN_HEADS; i++)
            crowd->refused += !tls_send(&crowd->heads[i], "a", 1);
        for (size_t i = 0; i < IN_BODIES; i++)
            crowd->refused += !tls_send(&crowd->bodies[i], " ", 1);
        atomic_fetch_add(&crowd->rounds, 1);
        poll(NULL, 0, 200);
    }
    return NULL;
}

static void close_all(struct crowd *crowd)
{
    for (size_t i = 0; i < IN_HANDSHAKES; i++)
        close(crowd->handshakes[i]);
    for (size_t i = 0; i < IN_HEADS; i++)
        tls_close(&crowd->heads[i]);
    for (size_t i = 0; i < IN_BODIES; i++)
        tls_close(&crowd->bodies[i]);
}

/* --- the honest one --------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    long long left = *(const long long *)a, right = *(const long long *)b;

    return (left > right) - (left < right);
}

static void ask(struct tls_client *client)
{
    struct http_response response;

    assert_true(http_send(client, "POST", "/validate", serving_review, strlen(serving_review)));
    if (!http_receive(client, false, &response))
        fail_msg("the honest client got no answer: %s", client->problem);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
}

/*
 * Every other request comes on a connection of its own. How long they took: at most so long, but
 * for one in twenty, which a busy machine may have held up.
 */
static long long ask_often(const struct serving *serving)
{
    long long took[HONEST_REQUESTS];
    struct tls_client kept;

    assert_true(tls_connect(&kept, &serving->target));
    for (size_t i = 0; i < HONEST_REQUESTS; i++) {
        long long begin = now_ms();
        struct tls_client fresh;

        if (i % 2 == 0) {
            ask(&kept);
        } else {
            assert_true(tls_connect(&fresh, &serving->target));
            ask(&fresh);
            tls_close(&fresh);
        }
        took[i] = now_ms() - begin;
    }
    tls_close(&kept);
    qsort(took, HONEST_REQUESTS, sizeof took[0], compare);
    print_message("beside %u slow clients: median %lld ms, slowest %lld ms\n", ALL,
                  took[HONEST_REQUESTS / 2], took[HONEST_REQUESTS - 1]);
    return took[HONEST_REQUESTS - 1 - HONEST_REQUESTS / 20];
}

static void test_one_honest_client(void **state)
{
    struct serving *serving = *state;
    struct crowd *crowd = calloc(1, sizeof *crowd);

    assert_non_null(crowd);
    allow_files(ALL + 100);
    serving_start_with(serving,
                       (const char *const[]){"--tls-handshake-timeout", "600", "--header-timeout",
                                             "600", "--body-timeout", "600", NULL});
    connect_all(crowd, serving);
    assert_int_equal(pthread_create(&crowd->thread, NULL, drip, crowd), 0);
    while (atomic_load(&crowd->rounds) == 0)
        poll(NULL, 0, 10);
    assert_true(ask_often(serving) < 1000);
    atomic_store(&crowd->stop, true);
    pthread_join(crowd->thread, NULL);
    /* They were there all the time. */
    assert_int_equal(crowd->refused, 0);
    close_all(crowd);
    free(crowd);
    assert_int_equal(serving_get(serving, "/livez"), 200);
    serving_stop(serving);
}

static bool has_ended(struct tls_client *client)
{
    return !client->ssl || wire_await_tls_end(client);
}

static void test_the_crowd_is_sent_away(void **state)
{
    struct serving *serving = *state;
    struct crowd *crowd = calloc(1, sizeof *crowd);
    size_t open = 0;

    assert_non_null(crowd);
    crowd->hurried = true;
    allow_files(ALL + 100);
    serving_start_with(serving,
                       (const char *const[]){"--tls-handshake-timeout", "3", "--header-timeout",
                                             "1", "--body-timeout", "1", NULL});
    connect_all(crowd, serving);
    for (size_t i = 0; i < IN_HANDSHAKES; i++)
        open += !wire_await_end(crowd->handshakes[i]);
    for (size_t i = 0; i < IN_HEADS; i++)
        open += !has_ended(&crowd->heads[i]);
    for (size_t i = 0; i < IN_BODIES; i++)
        open += !has_ended(&crowd->bodies[i]);
    assert_int_equal(open, 0);
    close_all(crowd);
    free(crowd);
    assert_int_equal(serving_get(serving, "/livez"), 200);
    serving_stop(serving);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILES(test_one_honest_client),
        WITH_FILES(test_the_crowd_is_sent_away),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
