/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log goes into a pipe that is full. Reviews are answered as before, and the server stops when
 * it is told to; what was dropped is counted once somebody reads again.
 */
#include "tests/environments/environments.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPE_BYTES 4096
#define CONNECTIONS 100 /* each logs its failed handshake, in more than 40 bytes */
#define REVIEWS 200
#define SLOW_MS 5000 /* an answer takes some milliseconds */
#define STOP_MS 30000

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int in_pipe(const struct serving *serving)
{
    int bytes = 0;

    ioctl(serving->server.log_fd, FIONREAD, &bytes);
    return bytes;
}

/* Each client refuses the certificate, which is logged with --log-level debug. */
static void fill(struct serving *serving)
{
    struct tls_target distrusting = serving->target;
    struct tls_client client;

    distrusting.server_name = "elsewhere";
    for (int i = 0; i < CONNECTIONS; i++) {
        long long begun = now_ms();

        require(serving, !tls_connect(&client, &distrusting), "the certificate is trusted");
        tls_close(&client);
        require(serving, now_ms() - begun < SLOW_MS, "handshake %d took %lld ms", i,
                now_ms() - begun);
    }
    require(serving, in_pipe(serving) > 0, "nothing is logged");
}

static void review_all(struct serving *serving)
{
    struct tls_client client;
    bool allowed;

    require(serving, tls_connect(&client, &serving->target), "no connection");
    for (int i = 0; i < REVIEWS; i++) {
        long long begun = now_ms();
        const char *review = i % 2 == 0 ? serving_review : bad_review;

        require(serving, is_allowed(&client, review, &allowed) && allowed == (i % 2 == 0),
                "review %d has no right answer", i);
        require(serving, now_ms() - begun < SLOW_MS, "review %d took %lld ms", i, now_ms() - begun);
    }
    tls_close(&client);
}

/* Without reading the log, unlike server_stop(). */
static void stop(struct serving *serving)
{
    long long begun = now_ms();
    int status = 0;
    pid_t ended = 0;

    kill(serving->server.pid, SIGTERM);
    while (ended == 0 && now_ms() - begun < STOP_MS) {
        ended = waitpid(serving->server.pid, &status, WNOHANG);
        poll(NULL, 0, 10);
    }
    require(serving, ended == serving->server.pid, "it does not stop");
    serving->server.pid = 0;
    require(serving, WIFEXITED(status) && WEXITSTATUS(status) == 0, "it stops with an error");
}

static void start_full(struct serving *serving)
{
    serving_start(serving, "--log-level", "debug");
    /* What it has logged so far is read, so that the pipe may be made smaller. */
    server_log(&serving->server);
    require(serving, fcntl(serving->server.log_fd, F_SETPIPE_SZ, PIPE_BYTES) == PIPE_BYTES,
            "the pipe can't be made small");
    fill(serving);
}

void log_nobody_reads(struct serving *serving)
{
    start_full(serving);
    review_all(serving);
    require(serving, answers_rightly(serving), "no answer on a new connection");
    stop(serving);
    server_clean_up(&serving->server);

    start_full(serving);
    review_all(serving);
    server_log(&serving->server);
    temp_replace(&serving->dir, "hyperconverged.yaml", "kind: HyperConverged\n");
    require(serving, server_log_wait(&serving->server, "can't be renewed"),
            "nothing is logged once the log is read again");
}
