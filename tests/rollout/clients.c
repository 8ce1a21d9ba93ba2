/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/rollout/clients.h"

#include "tests/support/serving.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The longest pause of a client that pauses; all of them send several times while a server stops.
 */
#define PAUSE_MS 200
/* A review that begins on a connection which is being torn down at that moment. */
#define KILL_GRACE_MS 500

struct one_client {
    struct clients *all;
    unsigned index;
    pthread_t thread;
    struct tls_client tls;
    bool connected;
    atomic_int server; /* its port; 0: not connected */
};

struct clients {
    struct balancer *balancer;
    struct tls_target target;
    char *bad_review;
    atomic_bool stopping;
    atomic_int killed; /* port of the server that was killed last */
    atomic_llong killed_ms;
    atomic_ulong answered, wrong, failed, excused, connections, closes;
    unsigned count;
    struct one_client clients[];
};

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* --- one client --------------------------------------------------------------------------------
 */

static void leave(struct one_client *client)
{
    tls_close(&client->tls);
    client->connected = false;
    client->server = 0;
}

static int own_port(const struct one_client *client)
{
    struct sockaddr_in address = {.sin_port = 0};
    socklen_t len = sizeof address;

    getsockname(SSL_get_fd(client->tls.ssl), (struct sockaddr *)&address, &len);
    return ntohs(address.sin_port);
}

/* Whether the server, or the balancer for it, has ended the connection since the last answer. */
static bool was_closed(const struct one_client *client)
{
    char byte;
    struct pollfd source = {.fd = SSL_get_fd(client->tls.ssl), .events = POLLIN};

    if (poll(&source, 1, 0) <= 0)
        return false;
    if (recv(source.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
        return true;
    /* A record: the end of TLS, or a ticket, which is read with the next answer. */
    return byte == 0x15 || byte == 0x17;
}

static bool be_connected(struct one_client *client)
{
    if (client->connected && was_closed(client))
        leave(client);
    if (client->connected)
        return true;
    client->connected = tls_connect(&client->tls, &client->all->target);
    if (!client->connected) {
        leave(client);
        return false;
    }
    client->all->connections++;
    client->server = balancer_server_of(client->all->balancer, own_port(client));
    return true;
}

/*
 * Without an answer. `begun_ms` and `server` are those of the review; 0: it got no connection, and
 * when one has just been killed, that was the one that it was being connected to.
 */
static void count_failure(struct one_client *client, int server, long long begun_ms,
                          const char *why)
{
    struct clients *all = client->all;

    if (all->killed != 0 && (server == 0 || server == all->killed) &&
        begun_ms <= all->killed_ms + KILL_GRACE_MS) {
        all->excused++;
    } else {
        all->failed++;
        fprintf(stderr, "a review failed: %s\n", why);
    }
}

static void count_answer(struct one_client *client, const struct http_response *response,
                         bool is_good)
{
    char value[16];
    const char *connection = http_header(response, "Connection", value, sizeof value);
    bool allows = strstr(response->body, "\"allowed\":true") != NULL;
    bool denies = strstr(response->body, "\"allowed\":false") != NULL;

    if (response->status != 200 || allows == denies) {
        client->all->failed++;
        fprintf(stderr, "a review failed: status %d: %s\n", response->status, response->body);
    } else if (allows != is_good) {
        client->all->wrong++;
    } else {
        client->all->answered++;
    }
    if (connection && strcmp(connection, "close") == 0) {
        client->all->closes++;
        leave(client);
    }
}

static void send_review(struct one_client *client, bool is_good)
{
    const char *review = is_good ? serving_review : client->all->bad_review;
    long long begun_ms = now_ms();
    struct http_response response = {.status = 0};
    int server;

    if (!be_connected(client)) {
        count_failure(client, 0, begun_ms, client->tls.problem);
        return;
    }
    server = client->server;
    if (http_send(&client->tls, "POST", "/validate", review, strlen(review)) &&
        http_receive(&client->tls, false, &response)) {
        count_answer(client, &response, is_good);
    } else {
        count_failure(client, server, begun_ms, client->tls.problem);
        leave(client);
    }
    http_response_free(&response);
}

static void *run(void *argument)
{
    struct one_client *client = argument;
    unsigned seed = client->index;

    for (unsigned long i = 0; !client->all->stopping; i++) {
        send_review(client, i % 2 == 0);
        poll(NULL, 0, client->index / 2 % 2 == 0 ? 1 : rand_r(&seed) % PAUSE_MS);
    }
    leave(client);
    return NULL;
}

/* --- all ---------------------------------------------------------------------------------------
 */

struct clients *clients_start(struct balancer *balancer, const struct tls_target *target,
                              unsigned count)
{
    struct clients *clients = calloc(1, sizeof *clients + count * sizeof clients->clients[0]);

    if (!clients)
        abort();
    clients->balancer = balancer;
    clients->target = *target;
    clients->bad_review = serving_make_bad_review();
    clients->count = count;
    for (unsigned i = 0; i < count; i++) {
        clients->clients[i].all = clients;
        clients->clients[i].index = i;
        if (pthread_create(&clients->clients[i].thread, NULL, run, &clients->clients[i]) != 0)
            abort();
    }
    return clients;
}

struct clients_counts clients_counts(struct clients *clients)
{
    return (struct clients_counts){
        .answered = clients->answered,
        .wrong = clients->wrong,
        .failed = clients->failed,
        .excused = clients->excused,
        .connections = clients->connections,
        .closes = clients->closes,
    };
}

void clients_expect_kill(struct clients *clients, int port)
{
    clients->killed_ms = now_ms();
    clients->killed = port;
}

void clients_stop(struct clients *clients)
{
    clients->stopping = true;
    for (unsigned i = 0; i < clients->count; i++)
        pthread_join(clients->clients[i].thread, NULL);
    free(clients->bad_review);
    free(clients);
}
