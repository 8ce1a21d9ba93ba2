/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fewer file descriptors than clients. Those that don't fit wait; meanwhile files are followed, and
 * once there is room again everybody is answered.
 */
#include "tests/environments/environments.h"

#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 512U
#define REVIEWS 20

static rlim_t files; /* for the child */

static void limit_files(void)
{
    const struct rlimit limit = {files, files};

    prepared(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
}

/* Clients that connect and say nothing. */
static void connect_all(struct serving *serving, int fds[MAX_CLIENTS], unsigned count)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;

    require(serving, getaddrinfo(serving->target.host, serving->target.port, &hints, &found) == 0,
            "an address");
    for (unsigned i = 0; i < count; i++) {
        fds[i] = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        require(serving, fds[i] >= 0 && connect(fds[i], found->ai_addr, found->ai_addrlen) == 0,
                "client %u can't connect", i);
    }
    freeaddrinfo(found);
}

static void try_with(struct serving *serving, rlim_t limit)
{
    int fds[MAX_CLIENTS];
    unsigned count = (unsigned)limit * 2;

    files = limit;
    temp_replace(&serving->dir, "hyperconverged.yaml", serving_list);
    start_in(serving, limit_files, NULL, NULL);
    require(serving, server_log_wait(&serving->server, "leaves room for few connections"),
            "it does not say that there are few files");
    require(serving, answers_rightly(serving), "no answers before the clients come");
    connect_all(serving, fds, count);
    temp_replace(&serving->dir, "hyperconverged.yaml", "kind: HyperConverged\n");
    require(serving, server_log_wait(&serving->server, "can't be renewed"),
            "a list is not looked at while %u clients are there", count);
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    for (unsigned i = 0; i < REVIEWS; i++)
        require(serving, answers_rightly(serving), "with %u files, review %u after %u clients",
                (unsigned)limit, i, count);
}

void few_files(struct serving *serving)
{
    static const rlim_t limits[] = {32, 64, 256};

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (i > 0)
            serving_stop(serving);
        try_with(serving, limits[i]);
    }
}
