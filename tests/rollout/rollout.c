/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers are replaced while clients send reviews to their common address.
 *
 * First as in a roll-out: a new one is there and ready before the old one is told to stop, and the
 * address leads to the old one for some time after that, as endpoints are withdrawn late. No review
 * may fail. Then as in a crash: one of two servers is killed. Only reviews that it had in hand may
 * fail, and the others go on. No verdict is wrong.
 */
#include "tests/rollout/clients.h"
#include "tests/support/serving.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ROLLOUTS 20
#define KILLS 5
#define CLIENTS 12U

#define DELAY_SECONDS "1" /* --shutdown-delay, where a cluster has 5 */
#define WITHDRAWAL_MS 500 /* how long after SIGTERM new connections still come */
#define STEADY_MS 400     /* between two replacements */

#define READY_TRIES 500 /* 20 ms each */

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "FAILED  %s\n", what);
    exit(1);
}

/* --- servers -----------------------------------------------------------------------------------
 */

static int port_of(const struct server_process *server)
{
    return (int)strtol(server->port, NULL, 10);
}

static struct tls_target target_of(const struct serving *files, const char *port)
{
    return (struct tls_target){
        .host = "127.0.0.1",
        .port = port,
        .ca_file = files->ca.text,
        .server_name = "localhost",
    };
}

static bool is_ready(const struct serving *files, const struct server_process *server)
{
    const struct serving one = {.target = target_of(files, server->port)};

    return serving_get(&one, "/readyz") == 200;
}

/* In front of its readiness probe nothing is sent to it. */
static void add_server(const struct serving *files, struct balancer *balancer,
                       struct server_process *server)
{
    const char *const arguments[] = {
        "--tls-cert-file",  files->crt.text,         "--tls-private-key-file",
        files->key.text,    "--hyperconverged-file", files->list.text,
        "--shutdown-delay", DELAY_SECONDS,           NULL,
    };
    int tries = 0;

    server_start(server, arguments);
    while (!is_ready(files, server)) {
        require(++tries < READY_TRIES, "a server becomes ready");
        poll(NULL, 0, 20);
    }
    balancer_add(balancer, port_of(server));
}

/* It must end by itself, with exit code 0. */
static void retire(struct balancer *balancer, struct server_process *server)
{
    kill(server->pid, SIGTERM);
    poll(NULL, 0, WITHDRAWAL_MS);
    balancer_remove(balancer, port_of(server));
    server_await_end(server);
    server_clean_up(server);
}

/* --- the two stories ---------------------------------------------------------------------------
 */

static bool check(const char *what, struct clients *clients)
{
    struct clients_counts counts = clients_counts(clients);
    bool well = counts.wrong == 0 && counts.failed == 0 && counts.answered > 0;

    printf("%s  %s: %lu reviews answered rightly, %lu wrongly, %lu failed, %lu were in hand of a "
           "server that was killed; %lu connections, of which %lu were left because an answer said "
           "so\n",
           well ? "ok    " : "FAILED", what, counts.answered, counts.wrong, counts.failed,
           counts.excused, counts.connections, counts.closes);
    return well;
}

static bool roll_out(const struct serving *files, struct balancer *balancer)
{
    const struct tls_target target = {
        .host = "127.0.0.1",
        .port = balancer_port(balancer),
        .ca_file = files->ca.text,
        .server_name = "localhost",
    };
    struct server_process old, new;
    struct clients *clients;
    bool well;

    add_server(files, balancer, &old);
    clients = clients_start(balancer, &target, CLIENTS);
    for (unsigned i = 0; i < ROLLOUTS; i++) {
        add_server(files, balancer, &new);
        poll(NULL, 0, STEADY_MS);
        retire(balancer, &old);
        old = new;
    }
    /* Answers said that their connection ends: else nothing was tried. */
    require(clients_counts(clients).closes >= ROLLOUTS, "servers that stop say so to clients");
    well = check("roll-out", clients);
    clients_stop(clients);
    retire(balancer, &old);
    return well;
}

static void kill_one(struct balancer *balancer, struct clients *clients,
                     struct server_process *server)
{
    struct clients_counts before = clients_counts(clients), after;

    clients_expect_kill(clients, port_of(server));
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
    poll(NULL, 0, STEADY_MS);
    balancer_remove(balancer, port_of(server));
    server_clean_up(server);
    after = clients_counts(clients);
    printf("        killed with %lu reviews in hand; %lu were answered in the %d ms after it\n",
           after.excused - before.excused, after.answered - before.answered, STEADY_MS);
    require(after.excused - before.excused <= CLIENTS, "a connection costs one review at most");
    require(after.answered > before.answered, "the other server answers");
}

static bool kill_some(const struct serving *files, struct balancer *balancer)
{
    const struct tls_target target = {
        .host = "127.0.0.1",
        .port = balancer_port(balancer),
        .ca_file = files->ca.text,
        .server_name = "localhost",
    };
    struct server_process servers[2];
    struct clients *clients;
    bool well;

    add_server(files, balancer, &servers[0]);
    add_server(files, balancer, &servers[1]);
    clients = clients_start(balancer, &target, CLIENTS);
    for (unsigned i = 0; i < KILLS; i++) {
        poll(NULL, 0, STEADY_MS);
        kill_one(balancer, clients, &servers[i % 2]);
        add_server(files, balancer, &servers[i % 2]);
    }
    well = check("kills", clients);
    clients_stop(clients);
    retire(balancer, &servers[0]);
    retire(balancer, &servers[1]);
    return well;
}

int main(void)
{
    struct balancer *balancer = balancer_start();
    struct serving files;
    bool well;

    setvbuf(stdout, NULL, _IOLBF, 0);
    serving_make(&files);
    well = roll_out(&files, balancer);
    well = kill_some(&files, balancer) && well;
    balancer_stop(balancer);
    serving_remove(&files);
    return well ? 0 : 1;
}
