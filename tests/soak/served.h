/* SPDX-License-Identifier: Apache-2.0 */
/* One server under a soak: its process, the traffic that it gets, and what it holds meanwhile. */
#ifndef TESTS_SOAK_SERVED_H
#define TESTS_SOAK_SERVED_H

#include "tests/soak/traffic.h"
#include "tests/soak/usage.h"
#include "tests/support/server_process.h"

#include <stdbool.h>
#include <stddef.h>

struct served {
    const char *name; /* in what is printed */
    struct server_process process;
    struct traffic traffic;
    struct usage before; /* the first client */
    size_t seconds;      /* as long as the soak takes */
    long *resident;      /* KiB, one a second */
    char *metrics;       /* as last scraped */
};

/* `server_name` of the target is `localhost`; the traffic does not begin yet. */
void served_start(struct served *served, const char *const *arguments, const char *ca_file);

/* Until it is ready and has answered; then all of its threads are there. */
void served_await(struct served *served);

/* Once a second, from 0 on: reads its log, scrapes it and notes what it holds. */
void served_look(struct served *served, size_t second);

/* The value of a metric, by its name with its labels. */
unsigned long served_metric(const struct served *served, const char *name);

/* One line: what it holds now. */
void served_report(struct served *served);

/* Once its traffic has stopped: whether it held no more in the end, and lets all of it go. */
bool served_judge(struct served *served);

/* Ends the program when the sanitizer found something. */
void served_stop(struct served *served);

#endif
