/* SPDX-License-Identifier: Apache-2.0 */
/* What a process holds, from /proc. */
#ifndef TESTS_SOAK_USAGE_H
#define TESTS_SOAK_USAGE_H

#include <stdbool.h>
#include <sys/types.h>

struct usage {
    long resident_kib;
    long threads;
    long files; /* open descriptors */
};

/* False: the process is gone. */
bool usage_read(pid_t pid, struct usage *ret_usage);

#endif
