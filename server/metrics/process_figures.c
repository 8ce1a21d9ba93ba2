/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics/process_figures.h"

#include "server/metrics/metrics.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NANOSECONDS 1000000000LL

/* Fields of /proc/self/stat that are shown, as proc(5) numbers them. */
#define FIELD_FIRST 3 /* the first behind the program's name */
#define FIELD_USER_TIME 14
#define FIELD_SYSTEM_TIME 15
#define FIELD_THREADS 20
#define FIELD_START_TIME 22
#define FIELD_RESIDENT 24

/* Of those fields the last number is kept under its field's number. */
static bool read_stat(long long ret_fields[FIELD_RESIDENT + 1])
{
    char line[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    char *at, *rest;

    if (!file)
        return false;
    at = fgets(line, sizeof line, file);
    fclose(file);
    at = at ? strrchr(line, ')') : NULL; /* the name may hold anything */
    at = at ? strtok_r(at + 1, " ", &rest) : NULL;
    for (int i = FIELD_FIRST; at && i <= FIELD_RESIDENT; i++) {
        ret_fields[i] = strtoll(at, NULL, 10);
        at = strtok_r(NULL, " ", &rest);
    }
    return at != NULL;
}

/*
 * Seconds since 1970 at which the machine started; 0: not known. Read once: the kernel's answer
 * follows a clock that is set.
 */
static long long read_boot_time(void)
{
    char line[256];
    long long seconds = 0;
    FILE *file = fopen("/proc/stat", "re");

    if (!file)
        return 0;
    while (seconds == 0 && fgets(line, sizeof line, file)) {
        if (strncmp(line, "btime ", 6) == 0)
            seconds = strtoll(line + 6, NULL, 10);
    }
    fclose(file);
    return seconds;
}

static long long boot_time(void)
{
    static atomic_llong known;

    if (atomic_load(&known) == 0)
        atomic_store(&known, read_boot_time());
    return atomic_load(&known);
}

/* Without the one that this takes; negative: not known. */
static long long open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long long count = -1;

    if (!folder)
        return -1;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void set(enum metric metric, long long value)
{
    metrics_set(metric, METRIC_NO_LABELS, value);
}

static void set_stat(void)
{
    long long fields[FIELD_RESIDENT + 1];
    long long tick = NANOSECONDS / sysconf(_SC_CLK_TCK);

    if (!read_stat(fields))
        return;
    set(METRIC_PROCESS_CPU, (fields[FIELD_USER_TIME] + fields[FIELD_SYSTEM_TIME]) * tick);
    set(METRIC_PROCESS_MEMORY, fields[FIELD_RESIDENT] * sysconf(_SC_PAGESIZE));
    set(METRIC_PROCESS_THREADS, fields[FIELD_THREADS]);
    set(METRIC_PROCESS_START_TIME, boot_time() * NANOSECONDS + fields[FIELD_START_TIME] * tick);
}

void process_figures_set(void)
{
    struct rlimit files;
    long long open = open_files();

    set_stat();
    if (open >= 0)
        set(METRIC_PROCESS_OPEN_FDS, open);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        set(METRIC_PROCESS_MAX_FDS, (long long)files.rlim_cur);
}
