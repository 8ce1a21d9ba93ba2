/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real program as a child process. Its path is $HOSTDEV_WEBHOOK, else the build under
 * AddressSanitizer. The child dies with the test program, whatever happens to that. Functions that
 * return nothing end the test program, with the child's log, when they can't do their work.
 */
#ifndef TESTS_SUPPORT_SERVER_PROCESS_H
#define TESTS_SUPPORT_SERVER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SERVER_MAX_ARGUMENTS 32

struct server_process {
    pid_t pid; /* 0: not running */
    int log_fd;
    char host[64]; /* what a client connects to; a wildcard address gives its loopback */
    char port[8];
    char probe_port[8]; /* of probes and metrics; empty: none */
    char *log;          /* all that was read from its stderr so far */
    size_t log_len;
    size_t log_size;
};

/* What a child does before it becomes the program, as for its limits; NULL: nothing. */
extern void (*server_before_exec)(void);

/*
 * Runs `hostdev-webhook serve ARGUMENTS… --bind-address=127.0.0.1:0
 * --metrics-bind-address=127.0.0.1:0 --shutdown-delay=0` and reads the addresses from the first
 * lines of its log. `arguments` ends with NULL and may hold these options, which then take the
 * place of the defaults. The log must show events of level info.
 */
void server_start(struct server_process *server, const char *const *arguments);

/* SIGTERM; waits, and checks that it ended by itself with exit code 0. */
void server_stop(struct server_process *server);

/* The same for one that was told to stop already. */
void server_await_end(struct server_process *server);

/* SIGKILL if it still runs; frees what is held. For teardown; safe after server_stop(). */
void server_clean_up(struct server_process *server);

/* Waits (30 s at most) until the log contains `text`; false when it doesn't. */
bool server_log_wait(struct server_process *server, const char *text);

/* The log so far, in full once the server has stopped. Borrowed until the next call. */
const char *server_log(struct server_process *server);

/* What a program run to its end printed. */
struct run_result {
    int exit_code; /* 128 + signal when it was killed */
    char *out;     /* stdout; owned */
    char *err;     /* stderr; owned */
};

/* Runs `hostdev-webhook ARGUMENTS…` (NULL-terminated) to its end, 60 s at most. */
struct run_result run_program(const char *const *arguments);
void run_result_free(struct run_result *result); /* the texts; the exit code stays */

#endif
