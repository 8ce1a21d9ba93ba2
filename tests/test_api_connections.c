/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that the client keeps and that are dead when it wants to use them again. A relay
 * between it and the scripted server breaks them as a network does: with a reset, while something
 * that was not read yet makes them look alive.
 */
#include "server/api/api_client.h"

#include "tests/support/api_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the relay ------------------------------------------------------------------------------- */

/* What the relay is told to do with its connection, and what comes after it. */
enum order { BREAK = 'b', BREAK_AND_REFUSE = 'r', END = 'e' };

struct relay {
    pthread_t thread;
    int listener;
    int orders[2]; /* pipe */
    struct sockaddr_in upstream;
    sem_t done; /* an order was carried out */
};

static struct sockaddr_in loopback(in_port_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = port};
}

static int connect_upstream(const struct relay *relay)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&relay->upstream, sizeof relay->upstream) != 0)
        abort();
    return fd;
}

/* False: there is nothing more to come. */
static bool pass_on(int from, int to)
{
    char data[16384];
    ssize_t len = recv(from, data, sizeof data, 0);

    return len > 0 && send(to, data, (size_t)len, MSG_NOSIGNAL) == len;
}

/* Half of the head of a TLS record, and then a reset. */
static void break_connection(int fd)
{
    const struct linger at_once = {.l_onoff = 1};

    if (send(fd, "\x17\x03", 2, MSG_NOSIGNAL) != 2)
        abort();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* Passes on what comes until the relay is given an order. */
static enum order serve_connection(struct relay *relay, int client)
{
    int server = connect_upstream(relay);
    struct pollfd watched[] = {
        {.fd = relay->orders[0], .events = POLLIN},
        {.fd = client, .events = POLLIN},
        {.fd = server, .events = POLLIN},
    };
    char order;

    while (poll(watched, 3, -1) > 0 && watched[0].revents == 0) {
        if ((watched[1].revents && !pass_on(client, server)) ||
            (watched[2].revents && !pass_on(server, client)))
            watched[1].fd = watched[2].fd = -1; /* over: only orders count */
    }
    if (read(relay->orders[0], &order, 1) != 1)
        abort();
    if (order != END)
        break_connection(client);
    close(server);
    close(client);
    return (enum order)order;
}

static void *run_relay(void *argument)
{
    struct relay *relay = argument;
    enum order order = BREAK;

    while (order == BREAK) {
        int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);

        if (client < 0)
            abort();
        order = serve_connection(relay, client);
        if (order == BREAK_AND_REFUSE)
            close(relay->listener);
        sem_post(&relay->done);
    }
    if (order == END)
        close(relay->listener);
    return NULL;
}

static void start_relay(struct relay *relay, struct api_fixture *fixture)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;

    relay->upstream =
        loopback(htons((uint16_t)strtoul(strrchr(fake_api_url(fixture->api), ':') + 1, NULL, 10)));
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(relay->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(relay->listener, 8), 0);
    assert_int_equal(getsockname(relay->listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(pipe2(relay->orders, O_CLOEXEC), 0);
    sem_init(&relay->done, 0, 0);
    assert_int_equal(pthread_create(&relay->thread, NULL, run_relay, relay), 0);
    snprintf(fixture->server, sizeof fixture->server, "https://127.0.0.1:%d",
             (int)ntohs(address.sin_port));
}

static void order(struct relay *relay, enum order what)
{
    char byte = (char)what;

    assert_int_equal(write(relay->orders[1], &byte, 1), 1);
    while (sem_wait(&relay->done) != 0)
        ;
}

static void join_relay(struct relay *relay)
{
    pthread_join(relay->thread, NULL);
    close(relay->orders[0]);
    close(relay->orders[1]);
    sem_destroy(&relay->done);
}

/* --- the server ------------------------------------------------------------------------------ */

static atomic_bool may_answer;

/* Closes the connection without an answer, once. */
static void write_second_time(struct fake_call *call)
{
    if (atomic_exchange(&may_answer, true))
        fake_reply(call, 200, NULL, "");
    else
        fake_break_off(call);
}

static const struct api_fixture_answer answers[] = {
    {"/echo", api_fixture_echo},
    {"/second-time", write_second_time},
    {"/nothing", fake_break_off},
    {NULL, NULL},
};

static int set_up(void **state)
{
    static struct api_fixture fixture;

    atomic_store(&may_answer, false);
    api_fixture_make(&fixture, answers);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    api_fixture_remove(*state);
    return 0;
}

/* --- tests ----------------------------------------------------------------------------------- */

/* A client with a connection through the relay. */
static void connect_through(struct relay *relay, struct api_fixture *fixture)
{
    start_relay(relay, fixture);
    api_fixture_start(fixture);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
}

static void test_another_connection(void **state)
{
    struct api_fixture *fixture = *state;
    struct relay relay;

    connect_through(&relay, fixture);
    for (size_t i = 2; i < 5; i++) {
        order(&relay, BREAK);
        assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
        assert_int_equal(fake_api_requests(fixture->api), i);
        assert_int_equal(fake_api_connections(fixture->api), i);
    }
    order(&relay, END);
    join_relay(&relay);
}

/* What is told is what keeps the client from connecting now, not what became of the old one. */
static void test_no_other_connection(void **state)
{
    struct api_fixture *fixture = *state;
    struct relay relay;

    connect_through(&relay, fixture);
    order(&relay, BREAK_AND_REFUSE);
    api_fixture_fails(fixture, "/echo", API_LONG_MS, "can't connect: Connection refused");
    join_relay(&relay);
}

static void test_no_other_handshake(void **state)
{
    const struct api_request request = {
        .method = "GET", .path = "/echo", .deadline_ms = API_LONG_MS};
    struct api_fixture *fixture = *state;
    struct api_reply reply;
    struct relay relay;
    struct error err;

    connect_through(&relay, fixture);
    fake_api_renew(fixture->api);
    order(&relay, BREAK);
    assert_false(api_client_call(fixture->client, &request, &reply, &err));
    assert_contains(err.message, "TLS: the server's certificate is not trusted: ");
    assert_lacks(err.message, "failure");
    assert_lacks(err.message, "reset");
    order(&relay, END);
    join_relay(&relay);
}

/* The server closes just when the request comes: on a connection that was kept, and only there,
 * that can be bad luck. */
static void test_closed_without_an_answer(void **state)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH"};
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const struct api_request request = {.method = methods[i],
                                            .path = "/second-time",
                                            .content_type = i > 0 ? "application/json" : NULL,
                                            .deadline_ms = API_LONG_MS};
        CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
        struct error err;

        atomic_store(&may_answer, false);
        assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
        if (!api_client_call(fixture->client, &request, &reply, &err))
            fail_msg("%s: %s", methods[i], err.message);
        assert_int_equal(reply.status, 200);
        assert_int_equal(fake_api_requests(fixture->api), 3 * (i + 1));
        assert_int_equal(fake_api_connections(fixture->api), i + 2);
    }
}

/* Repeated once, and on a new connection not at all. */
static void test_never_an_answer(void **state)
{
    struct api_fixture *fixture = *state;

    api_fixture_start(fixture);
    assert_int_equal(api_fixture_status(fixture, "/echo"), 200);
    api_fixture_fails(fixture, "/nothing", API_LONG_MS, "the connection broke off: ");
    assert_int_equal(fake_api_requests(fixture->api), 3);
    api_fixture_fails(fixture, "/nothing", API_LONG_MS, "the connection broke off: ");
    assert_int_equal(fake_api_requests(fixture->api), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_another_connection), TEST(test_no_other_connection),
        TEST(test_no_other_handshake), TEST(test_closed_without_an_answer),
        TEST(test_never_an_answer),
    };
    struct error err;

    if (!api_client_library_init(&err))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
