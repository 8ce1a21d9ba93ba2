/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock is set back and forward under a running server: by an hour, as where a machine starts
 * with a wrong one, and by years. Reviews are answered all the time, and files are followed. A new
 * certificate that is not valid by a wrong clock is used once the clock is right.
 */
#include "tests/environments/environments.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HOUR 3600LL
#define YEARS (10LL * 365 * 24 * HOUR)
#define TRIES 300 /* 100 ms each: files are looked at each second, and again after ten */

static char offset_file[256]; /* for the child */

static void preload(void)
{
    setenv("CLOCK_OFFSET_FILE", offset_file, 1);
    setenv("LD_PRELOAD", "build/release/tests/environments/clock_shim.so", 1);
}

/* It stays mapped to the end of the program. */
static volatile long long *map_offset(struct serving *serving)
{
    struct temp_path path = temp_path(&serving->dir, "offset");
    int fd = open(path.text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *mapped = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, sizeof(long long)) == 0)
        mapped = mmap(NULL, sizeof(long long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    require(serving, mapped != MAP_FAILED, "no file for the clock");
    close(fd);
    snprintf(offset_file, sizeof offset_file, "%s", path.text);
    return mapped;
}

static bool await_answers(const struct serving *serving)
{
    for (int i = 0; i < TRIES; i++) {
        if (answers_rightly(serving))
            return true;
        poll(NULL, 0, 100);
    }
    return false;
}

/* A list whose device is another one now, and back. */
static void follow_list(struct serving *serving, long long offset)
{
    char other[1024];
    char *device;

    snprintf(other, sizeof other, "%s", serving_list);
    device = strstr(other, "Tesla_T4");
    device[7] = '9';
    temp_replace(&serving->dir, "hyperconverged.yaml", other);
    for (int i = 0; answers_rightly(serving); i++) {
        require(serving, i < TRIES, "with the clock moved by %lld s a list is not followed",
                offset);
        poll(NULL, 0, 100);
    }
    temp_replace(&serving->dir, "hyperconverged.yaml", serving_list);
    require(serving, await_answers(serving), "with the clock moved by %lld s: no way back", offset);
}

/* The log's lines begin with the date. */
static bool logs_year(struct serving *serving, long long offset)
{
    time_t then = time(NULL) + offset;
    char year[16];
    struct tm utc;

    gmtime_r(&then, &utc);
    snprintf(year, sizeof year, "\n%04d-", utc.tm_year + 1900);
    return strstr(server_log(&serving->server), year) != NULL;
}

void clock_moved(struct serving *serving)
{
    static const long long offsets[] = {-HOUR, HOUR, -YEARS, YEARS, 0};
    volatile long long *offset = map_offset(serving);
    struct tls_client client;
    bool allowed;

    start_in(serving, preload, NULL, NULL);
    require(serving, tls_connect(&client, &serving->target), "no connection");
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        *offset = offsets[i];
        require(serving, is_allowed(&client, serving_review, &allowed) && allowed,
                "with the clock moved by %lld s an open connection has no answer", *offset);
        require(serving, answers_rightly(serving), "with the clock moved by %lld s: no answer",
                *offset);
        follow_list(serving, *offset);
        require(serving, logs_year(serving, *offset), "the clock was not moved");
        /* By a clock that is behind, what is issued now is not valid yet. */
        if (*offset >= -HOUR && *offset < YEARS) {
            replace_certificate(serving);
            if (*offset < 0) {
                require(serving, server_log_wait(&serving->server, "can't be used"),
                        "a certificate of the future is used");
                *offset = 0;
            }
            require(serving, await_answers(serving),
                    "with the clock moved by %lld s a certificate is not followed", *offset);
        }
    }
    tls_close(&client);
}
