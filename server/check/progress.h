/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a long run is: one line on the terminal behind standard error, written over itself, and
 * gone before anything else is printed there. Where that is no terminal there is none.
 */
#ifndef SERVER_CHECK_PROGRESS_H
#define SERVER_CHECK_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    bool wanted;
    bool shown;         /* the line is on the terminal */
    long long due_ms;   /* when it is written next; see monotonic_ms() */
    long long delay_ms; /* between two of them */
};

/* Nobody needs it sooner. Tests may. */
extern long long progress_delay_ms;

/* Begins to count the time. */
void progress_start(struct progress *progress);

/* "checked 120 of 431 files", when it is time for that. */
void progress_show(struct progress *progress, const char *verb, size_t done, size_t total);

/* Before anything is printed. */
void progress_erase(struct progress *progress);

#endif
