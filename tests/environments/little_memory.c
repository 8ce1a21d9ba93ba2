/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ordinary traffic in 64 MiB: a memory cgroup has that limit where one can be made (version 2 or
 * 1), and the server's own peak (VmHWM) is compared with it everywhere.
 */
#include "tests/environments/environments.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT_KIB (64L * 1024)
#define LIMIT_TEXT "67108864"
#define THREADS 8U
#define CONNECTIONS 8U /* of each thread */
#define REVIEWS 2500U  /* of each thread; 20,000 in all */
#define LARGE_EACH 100 /* one of so many has 500 kB instead of 5 */
#define SMALL_BYTES ((size_t)5000)
#define LARGE_BYTES ((size_t)500000)

/* --- the cgroup --------------------------------------------------------------------------------
 */

static const struct version {
    const char *name, *parent, *limit, *peak;
} versions[] = {
    {"cgroup v2", "/sys/fs/cgroup", "memory.max", "memory.peak"},
    {"cgroup v1", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes"},
};

static const struct version *version; /* NULL: there is none */
static char group[256];

static bool write_file(const char *name, const char *text)
{
    char path[512];
    size_t len = strlen(text);
    ssize_t written = -1;
    int fd;

    snprintf(path, sizeof path, "%s/%s", group, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        written = write(fd, text, len);
        close(fd);
    }
    return written == (ssize_t)len;
}

static void make_group(void)
{
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        snprintf(group, sizeof group, "%s/hostdev-webhook-test-%d", versions[i].parent,
                 (int)getpid());
        if (mkdir(group, 0755) != 0)
            continue;
        if (write_file(versions[i].limit, LIMIT_TEXT)) {
            version = &versions[i];
            return;
        }
        rmdir(group);
    }
}

static void join_group(void)
{
    prepared(!version || write_file("cgroup.procs", "0"), "cgroup.procs");
}

/* A number of a file, behind `label` when that is not empty. */
static long read_number(struct serving *serving, const char *path, const char *label)
{
    char text[8192] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    const char *at = len > 0 ? strstr(text, label) : NULL;

    if (fd >= 0)
        close(fd);
    require(serving, at != NULL, "%s can't be read", path);
    return at ? strtol(at + strlen(label), NULL, 10) : 0;
}

/* --- traffic -----------------------------------------------------------------------------------
 */

struct sender {
    const struct serving *serving;
    const char *small, *large;
    pthread_t thread;
    atomic_uint answered;
};

static void *run(void *argument)
{
    struct sender *sender = argument;
    struct tls_client clients[CONNECTIONS];
    bool allowed;

    for (unsigned i = 0; i < CONNECTIONS; i++)
        tls_connect(&clients[i], &sender->serving->target);
    for (unsigned i = 0; i < REVIEWS; i++) {
        const char *review = i % LARGE_EACH == 0 ? sender->large : sender->small;

        if (clients[i % CONNECTIONS].ssl &&
            is_allowed(&clients[i % CONNECTIONS], review, &allowed) && allowed)
            sender->answered++;
        else
            break;
    }
    for (unsigned i = 0; i < CONNECTIONS; i++)
        tls_close(&clients[i]);
    return NULL;
}

static void send_all(struct serving *serving)
{
    char *small = make_review(SMALL_BYTES);
    char *large = make_review(LARGE_BYTES);
    struct sender senders[THREADS];
    unsigned answered = 0;

    for (unsigned i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.serving = serving, .small = small, .large = large};
        require(serving, pthread_create(&senders[i].thread, NULL, run, &senders[i]) == 0,
                "no thread");
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(senders[i].thread, NULL);
        answered += senders[i].answered;
    }
    free(small);
    free(large);
    require(serving, answered == THREADS * REVIEWS, "%u of %u reviews were answered rightly",
            answered, THREADS * REVIEWS);
}

void little_memory(struct serving *serving)
{
    char path[512];
    long peak;

    make_group();
    start_in(serving, join_group, NULL, NULL);
    send_all(serving);
    snprintf(path, sizeof path, "/proc/%d/status", (int)serving->server.pid);
    peak = read_number(serving, path, "VmHWM:");
    printf("        VmHWM %ld KiB after %u reviews on %u connections\n", peak, THREADS * REVIEWS,
           THREADS * CONNECTIONS);
    require(serving, peak < LIMIT_KIB, "it had %ld KiB", peak);
    if (!version) {
        printf("        no memory cgroup can be made here: VmHWM alone was compared\n");
        return;
    }
    snprintf(path, sizeof path, "%s/%s", group, version->peak);
    printf("        %s: %s %ld KiB\n", version->name, version->peak,
           access(path, R_OK) == 0 ? read_number(serving, path, "") / 1024 : 0);
    serving_stop(serving);
    rmdir(group);
}
