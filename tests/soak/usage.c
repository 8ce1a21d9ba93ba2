/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/soak/usage.h"

#include <dirent.h>
#include <stdio.h>

static bool read_status(pid_t pid, struct usage *usage)
{
    char path[64], line[256];
    FILE *status;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    status = fopen(path, "r");
    if (!status)
        return false;
    while (fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmRSS: %ld kB", &usage->resident_kib) != 1 &&
            sscanf(line, "Threads: %ld", &usage->threads) != 1)
            continue;
    }
    fclose(status);
    return usage->resident_kib > 0;
}

static bool count_files(pid_t pid, struct usage *usage)
{
    char path[64];
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    dir = opendir(path);
    if (!dir)
        return false;
    while (readdir(dir))
        usage->files++;
    closedir(dir);
    usage->files -= 2; /* . and .. */
    return true;
}

bool usage_read(pid_t pid, struct usage *ret_usage)
{
    struct usage usage = {0};

    if (!read_status(pid, &usage) || !count_files(pid, &usage))
        return false;
    *ret_usage = usage;
    return true;
}
