/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the driver and the injector share: a file that both have mapped. The driver arms it, the
 * injector (shim.c for allocations, inject.c for system calls) counts calls and lets one fail.
 */
#ifndef TESTS_FAULTS_CONTROL_H
#define TESTS_FAULTS_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>

/* Environment: the file's path; is the shim to count allocations, and to show where one fails. */
#define CONTROL_PATH "FAULTS_CONTROL"
#define CONTROL_ALLOCATIONS "FAULTS_ALLOCATIONS"
#define CONTROL_SHOW "FAULTS_SHOW"
/* What the tracer preloads into the program, and not into itself. */
#define CONTROL_PRELOAD "FAULTS_PRELOAD"

/* More than any phase has. */
#define CONTROL_MAX_PLACES 32768

struct control {
    atomic_bool begun;   /* the program itself runs: the dynamic linker is done */
    atomic_long fail_at; /* the Nth call from arming on fails; 0: none */
    atomic_bool forever; /* so do all behind it */
    atomic_long calls;   /* since it was armed */
    atomic_bool hit;     /* a call failed */
    atomic_int call;     /* the number of the system call that failed last */
    atomic_int pid;      /* of the program, when it is traced */
    char caller[64];     /* the library whose allocation failed last */
    char crashed[64];    /* the library in which it crashed, or that called abort() */

    /*
     * Where this is set, nothing fails. Most allocations are those of loops, by the thousand: the
     * numbers of those that are made on a way of their own through the program are noted, and of
     * each way the second, fourth, eighth … too.
     */
    atomic_bool records;
    atomic_int place_count;
    int places[CONTROL_MAX_PLACES];
};

static inline void control_arm(struct control *control, long number, bool forever)
{
    atomic_store(&control->calls, 0);
    atomic_store(&control->hit, false);
    atomic_store(&control->forever, forever);
    atomic_store(&control->fail_at, number);
}

static inline void control_disarm(struct control *control)
{
    atomic_store(&control->fail_at, 0);
}

/* Counts a call. True: it is to fail. */
static inline bool control_is_due(struct control *control)
{
    long fail_at = atomic_load(&control->fail_at);
    long number;

    if (fail_at == 0 || !atomic_load(&control->begun))
        return false;
    number = atomic_fetch_add(&control->calls, 1) + 1;
    if (atomic_load(&control->records))
        return false;
    if (number < fail_at || (number > fail_at && !atomic_load(&control->forever)))
        return false;
    atomic_store(&control->hit, true);
    return true;
}

#endif
