/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Generous, for a sanitized program on a busy machine; nothing waits this long when all is well. */
#define WAIT_MS 60000
/* Room for a log that nobody reads while a test is busy. */
#define PIPE_BYTES (1024 * 1024)

void (*server_before_exec)(void);

static const char *program(void)
{
    const char *path = getenv("HOSTDEV_WEBHOOK");

    return path ? path : "build/asan/hostdev-webhook";
}

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program(), what, strerror(errno));
    exit(1);
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* --- starting -------------------------------------------------------------------------------- */

static const char no_program[] = "can't be run; $HOSTDEV_WEBHOOK names the program to test\n";

/* In the child: only calls that are safe after fork(). */
static _Noreturn void become_program(char *const *argv, int out_fd, int err_fd, pid_t parent)
{
    int null_fd = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || null_fd < 0)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    dup2(null_fd, STDIN_FILENO);
    dup2(out_fd >= 0 ? out_fd : null_fd, STDOUT_FILENO);
    dup2(err_fd, STDERR_FILENO);
    if (server_before_exec)
        server_before_exec();
    execv(argv[0], argv);
    if (write(STDERR_FILENO, no_program, sizeof no_program - 1) < 0)
        _exit(126);
    _exit(127);
}

static pid_t spawn(const char *const *arguments, int out_fd, int err_fd)
{
    char *argv[SERVER_MAX_ARGUMENTS + 2] = {strdup(program())};
    pid_t parent = getpid();
    size_t count = 1;
    pid_t pid;

    for (; arguments[count - 1] && count <= SERVER_MAX_ARGUMENTS; count++)
        argv[count] = strdup(arguments[count - 1]);
    pid = fork();
    if (pid == 0)
        become_program(argv, out_fd, err_fd, parent);
    while (count > 0)
        free(argv[--count]);
    if (pid < 0)
        die("can't fork");
    return pid;
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        die("can't make a pipe");
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
}

/* --- reading what it prints ------------------------------------------------------------------ */

struct collected {
    char **data;
    size_t *len;
    size_t *size;
};

/* Reads once. False: the end. */
static bool read_some(int fd, struct collected to)
{
    ssize_t got;

    if (*to.size - *to.len < 4096) {
        char *more = realloc(*to.data, *to.size + 65536);

        if (!more)
            die("out of memory");
        *to.data = more;
        *to.size += 65536;
    }
    got = read(fd, *to.data + *to.len, *to.size - *to.len - 1);
    if (got > 0)
        *to.len += (size_t)got;
    (*to.data)[*to.len] = '\0';
    return got > 0 || (got < 0 && errno == EINTR);
}

static struct collected log_of(struct server_process *server)
{
    return (struct collected){&server->log, &server->log_len, &server->log_size};
}

/* Reads what is there, after waiting `wait_ms` at most for something. False: the end of the log. */
static bool drain_log(struct server_process *server, int wait_ms)
{
    struct pollfd source = {.fd = server->log_fd, .events = POLLIN};

    while (server->log_fd >= 0 && poll(&source, 1, wait_ms) > 0) {
        if (!read_some(server->log_fd, log_of(server))) {
            close(server->log_fd);
            server->log_fd = -1;
        }
        wait_ms = 0;
    }
    return server->log_fd >= 0;
}

const char *server_log(struct server_process *server)
{
    drain_log(server, 0);
    return server->log ? server->log : "";
}

bool server_log_wait(struct server_process *server, const char *text)
{
    long long deadline = now_ms() + WAIT_MS / 2;

    while (!strstr(server_log(server), text)) {
        long long left = deadline - now_ms();

        if (left <= 0 || !drain_log(server, (int)left))
            return strstr(server_log(server), text) != NULL;
    }
    return true;
}

static _Noreturn void die_with_log(struct server_process *server, const char *what)
{
    fprintf(stderr, "%s: %s; its log:\n%s\n", program(), what, server_log(server));
    server_clean_up(server);
    exit(1);
}

/* --- the server ------------------------------------------------------------------------------ */

struct address {
    const char *host, *port;
    int host_len, port_len;
};

/* The first `…address=HOST:PORT …` behind `from`, or the same in JSON. */
static bool find_address(const char *from, struct address *ret_address)
{
    static const char *const marks[] = {"address=", "\"address\":\""};
    const char *at = NULL;
    const char *colon;
    size_t len;

    for (size_t i = 0; i < 2 && !at; i++) {
        at = strstr(from, marks[i]);
        if (at)
            at += strlen(marks[i]);
    }
    if (!at)
        return false;
    len = strcspn(at, " \"\n");
    colon = memrchr(at, ':', len);
    if (!colon)
        return false;
    *ret_address = (struct address){at, colon + 1, (int)(colon - at), (int)(at + len - colon - 1)};
    if (*at == '[') {
        ret_address->host++;
        ret_address->host_len -= 2;
    }
    return true;
}

/* Fills in where the server listens, from the first lines of its log. */
static bool read_addresses(struct server_process *server)
{
    const char *probes = strstr(server_log(server), "listening for probes");
    struct address address;

    if (!find_address(server_log(server), &address))
        return false;
    snprintf(server->port, sizeof server->port, "%.*s", address.port_len, address.port);
    snprintf(server->host, sizeof server->host, "%.*s", address.host_len, address.host);
    if (strcmp(server->host, "::") == 0 || strcmp(server->host, "0.0.0.0") == 0)
        strcpy(server->host, "127.0.0.1");
    if (!probes)
        return true;
    if (!find_address(probes, &address))
        return false;
    snprintf(server->probe_port, sizeof server->probe_port, "%.*s", address.port_len, address.port);
    return true;
}

/* What a test says otherwise if it wants to: a free port, no wait. */
static const char *const defaults[] = {
    "--bind-address=127.0.0.1:0",
    "--metrics-bind-address=127.0.0.1:0",
    "--shutdown-delay=0",
};
#define DEFAULT_COUNT (sizeof defaults / sizeof defaults[0])

static bool is_given(const char *const *arguments, const char *option)
{
    size_t len = strcspn(option, "=");

    for (; *arguments; arguments++) {
        if (strncmp(*arguments, option, len) == 0)
            return true;
    }
    return false;
}

void server_start(struct server_process *server, const char *const *arguments)
{
    const char *all[SERVER_MAX_ARGUMENTS + 1] = {"serve"};
    size_t count = 1;
    int ends[2];

    *server = (struct server_process){.log_fd = -1};
    for (size_t i = 0; arguments[i] && count < SERVER_MAX_ARGUMENTS - DEFAULT_COUNT; i++)
        all[count++] = arguments[i];
    for (size_t i = 0; i < DEFAULT_COUNT; i++) {
        if (!is_given(arguments, defaults[i]))
            all[count++] = defaults[i];
    }
    make_pipe(ends);
    server->pid = spawn(all, -1, ends[1]);
    close(ends[1]);
    server->log_fd = ends[0];
    /* The line behind the addresses: both are in the log then. */
    if (!server_log_wait(server, "certificate loaded") || !read_addresses(server))
        die_with_log(server, "did not say what it listens on");
}

/* Whether it ended by itself within WAIT_MS. Reads its log meanwhile, which it may wait for. */
static bool wait_for_end(struct server_process *server, int *ret_status)
{
    long long deadline = now_ms() + WAIT_MS;

    while (waitpid(server->pid, ret_status, WNOHANG) != server->pid) {
        if (now_ms() > deadline)
            return false;
        if (!drain_log(server, 10))
            poll(NULL, 0, 5);
    }
    server->pid = 0;
    while (drain_log(server, 0))
        poll(NULL, 0, 1);
    return true;
}

void server_stop(struct server_process *server)
{
    if (server->pid == 0)
        return;
    kill(server->pid, SIGTERM);
    server_await_end(server);
}

void server_await_end(struct server_process *server)
{
    int status;

    if (!wait_for_end(server, &status))
        die_with_log(server, "did not stop when told to");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die_with_log(server, "did not end with exit code 0");
}

void server_clean_up(struct server_process *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
    if (server->log_fd > 0)
        close(server->log_fd);
    free(server->log);
    *server = (struct server_process){.log_fd = -1};
}

/* --- other commands -------------------------------------------------------------------------- */

static void read_both(int out_fd, int err_fd, struct run_result *result, pid_t pid)
{
    struct pollfd sources[2] = {{.fd = out_fd, .events = POLLIN}, {.fd = err_fd, .events = POLLIN}};
    size_t len[2] = {0, 0};
    size_t size[2] = {0, 0};
    char **text[2] = {&result->out, &result->err};

    while (sources[0].fd >= 0 || sources[1].fd >= 0) {
        if (poll(sources, 2, WAIT_MS) <= 0) {
            kill(pid, SIGKILL);
            break;
        }
        for (size_t i = 0; i < 2; i++) {
            struct collected to = {text[i], &len[i], &size[i]};

            if (sources[i].fd >= 0 && sources[i].revents != 0 && !read_some(sources[i].fd, to))
                sources[i].fd = -1;
        }
    }
}

struct run_result run_program(const char *const *arguments)
{
    struct run_result result = {.exit_code = -1};
    int out_ends[2];
    int err_ends[2];
    int status = 0;
    pid_t pid;

    make_pipe(out_ends);
    make_pipe(err_ends);
    pid = spawn(arguments, out_ends[1], err_ends[1]);
    close(out_ends[1]);
    close(err_ends[1]);
    read_both(out_ends[0], err_ends[0], &result, pid);
    close(out_ends[0]);
    close(err_ends[0]);
    if (waitpid(pid, &status, 0) == pid)
        result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

void run_result_free(struct run_result *result)
{
    free(result->out);
    free(result->err);
    result->out = result->err = NULL;
}
