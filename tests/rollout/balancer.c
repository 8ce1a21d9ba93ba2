/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/rollout/balancer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SERVERS 8
#define PORTS 65536

struct balancer {
    int fd;
    char port[8];
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    int servers[MAX_SERVERS];
    unsigned server_count;
    unsigned turn;
    int server_of[PORTS]; /* by the client's port */
};

struct passage {
    struct balancer *balancer;
    int client;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "balancer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

/* --- one connection ----------------------------------------------------------------------------
 */

/* The servers in the order in which a new connection tries them; returns how many there are. */
static unsigned in_turn(struct balancer *balancer, int ret_servers[MAX_SERVERS])
{
    unsigned count;

    pthread_mutex_lock(&balancer->lock);
    count = balancer->server_count;
    for (unsigned i = 0; i < count; i++)
        ret_servers[i] = balancer->servers[(balancer->turn + i) % count];
    balancer->turn++;
    pthread_mutex_unlock(&balancer->lock);
    return count;
}

static int connect_to(int port)
{
    const int on = 1;
    struct sockaddr_in address = address_of(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static int client_port(int client)
{
    struct sockaddr_in address = {.sin_port = 0};
    socklen_t len = sizeof address;

    getpeername(client, (struct sockaddr *)&address, &len);
    return ntohs(address.sin_port);
}

/* One that is gone refuses at once; the next is tried then. */
static int connect_to_one(struct passage *passage)
{
    struct balancer *balancer = passage->balancer;
    int servers[MAX_SERVERS];
    unsigned count = in_turn(balancer, servers);
    int fd = -1;

    for (unsigned i = 0; i < count && fd < 0; i++) {
        fd = connect_to(servers[i]);
        if (fd < 0)
            continue;
        pthread_mutex_lock(&balancer->lock);
        balancer->server_of[client_port(passage->client)] = servers[i];
        pthread_mutex_unlock(&balancer->lock);
    }
    return fd;
}

/* False: one side has ended. */
static bool pass_on(int from, int to)
{
    char bytes[16384];
    ssize_t got = recv(from, bytes, sizeof bytes, 0);
    ssize_t sent = 0;

    while (got > 0 && sent < got) {
        ssize_t more = send(to, bytes + sent, (size_t)(got - sent), MSG_NOSIGNAL);

        if (more < 0)
            return false;
        sent += more;
    }
    return got > 0;
}

/* Until either side ends, as a packet filter lets the one see what the other does. */
static void pass_both_ways(int client, int server)
{
    struct pollfd ends[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};

    for (;;) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            die("poll");
        if ((ends[0].revents != 0 && !pass_on(client, server)) ||
            (ends[1].revents != 0 && !pass_on(server, client)))
            return;
    }
}

static void *run_passage(void *argument)
{
    struct passage passage = *(struct passage *)argument;
    int server = connect_to_one(&passage);

    free(argument);
    if (server >= 0) {
        pass_both_ways(passage.client, server);
        close(server);
    }
    close(passage.client);
    return NULL;
}

/* --- the balancer ------------------------------------------------------------------------------
 */

static void *run(void *argument)
{
    struct balancer *balancer = argument;
    const int on = 1;
    int client;

    while ((client = accept4(balancer->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct passage *passage = malloc(sizeof *passage);
        pthread_t thread;

        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!passage)
            die("malloc");
        *passage = (struct passage){balancer, client};
        if (pthread_create(&thread, NULL, run_passage, passage) != 0)
            die("pthread_create");
        pthread_detach(thread);
    }
    return NULL;
}

struct balancer *balancer_start(void)
{
    struct balancer *balancer = calloc(1, sizeof *balancer);
    struct sockaddr_in address = address_of(0);
    socklen_t len = sizeof address;

    if (!balancer)
        die("calloc");
    pthread_mutex_init(&balancer->lock, NULL);
    balancer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (balancer->fd < 0 || bind(balancer->fd, (struct sockaddr *)&address, len) != 0 ||
        listen(balancer->fd, SOMAXCONN) != 0 ||
        getsockname(balancer->fd, (struct sockaddr *)&address, &len) != 0)
        die("can't listen");
    snprintf(balancer->port, sizeof balancer->port, "%d", ntohs(address.sin_port));
    if (pthread_create(&balancer->thread, NULL, run, balancer) != 0)
        die("pthread_create");
    return balancer;
}

/* Passages that are about to end may still look at it, so it is not freed. */
void balancer_stop(struct balancer *balancer)
{
    shutdown(balancer->fd, SHUT_RDWR);
    pthread_join(balancer->thread, NULL);
    close(balancer->fd);
}

const char *balancer_port(const struct balancer *balancer)
{
    return balancer->port;
}

void balancer_add(struct balancer *balancer, int port)
{
    pthread_mutex_lock(&balancer->lock);
    if (balancer->server_count == MAX_SERVERS)
        abort();
    balancer->servers[balancer->server_count++] = port;
    pthread_mutex_unlock(&balancer->lock);
}

void balancer_remove(struct balancer *balancer, int port)
{
    unsigned kept = 0;

    pthread_mutex_lock(&balancer->lock);
    for (unsigned i = 0; i < balancer->server_count; i++) {
        if (balancer->servers[i] != port)
            balancer->servers[kept++] = balancer->servers[i];
    }
    balancer->server_count = kept;
    pthread_mutex_unlock(&balancer->lock);
}

int balancer_server_of(struct balancer *balancer, int port)
{
    int server;

    pthread_mutex_lock(&balancer->lock);
    server = port >= 0 && port < PORTS ? balancer->server_of[port] : 0;
    pthread_mutex_unlock(&balancer->lock);
    return server;
}
