/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Behind `name` and what separates it from its value, in the first line of `path` that has it. */
static void print_line(const char *path, const char *name, const char *separators)
{
    FILE *file = fopen(path, "re");
    char line[512];

    while (file && fgets(line, sizeof line, file)) {
        const char *value = line + strlen(name);

        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        value += strspn(value, separators);
        printf("%.*s", (int)strcspn(value, "\"\n"), value);
        break;
    }
    if (file)
        (void)fclose(file);
}

void machine_print(void)
{
    struct utsname system;
    double load = -1;
    char date[32] = "";
    time_t seconds = time(NULL);
    struct tm day;

    if (localtime_r(&seconds, &day))
        (void)strftime(date, sizeof date, "%Y-%m-%d", &day);
    printf("date: %s\nprocessors: %ld x ", date, sysconf(_SC_NPROCESSORS_ONLN));
    print_line("/proc/cpuinfo", "model name", " \t:");
    printf(", of which one is used\nsystem: ");
    print_line("/etc/os-release", "PRETTY_NAME", "=\"");
    if (uname(&system) == 0)
        printf(", %s %s %s", system.sysname, system.release, system.machine);
    (void)getloadavg(&load, 1);
    printf("; load before: %.2f\ncompiler: %s; this program: hostdev-webhook %s\n", load,
#ifdef __clang__
           __VERSION__,
#else
           "gcc " __VERSION__,
#endif
           HOSTDEV_WEBHOOK_VERSION);
}
