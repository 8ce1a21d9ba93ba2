/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the permitted list afresh before a review is denied for it. A request that would be denied
 * waits here (its connection is suspended, no thread is held) for a reading that began after it
 * came. All that wait share one reading, and two readings begin at least REFRESHER_INTERVAL_MS
 * apart, so a flood of wrong VMs costs the API server ten readings a second at most; one of a
 * cluster is two requests on a connection that is kept (which versions the API has, and the LIST),
 * and some more only when another API serves the list than before. A reading that fails answers
 * also those who came while it went on. So nobody waits longer than for the end of
 * one reading or look, the interval, and one more reading.
 *
 * One thread of its own, which does the reading; functions are thread-safe.
 */
#ifndef SERVER_PERMITTED_REFRESHER_H
#define SERVER_PERMITTED_REFRESHER_H

#include "base/error.h"

#include <stdbool.h>

#define REFRESHER_INTERVAL_MS 100

/* How long one reading may take: the API server gives a review up to 5 s. */
#define REFRESHER_DEADLINE_MS 1000

struct refresher;

/* One who waits; its owner keeps it alive until `done` was called. */
struct refresh_waiter {
    /*
     * Called once, by the refresher's thread and without its lock held (once the refresher is being
     * stopped, by refresher_wait() itself). `problem` is NULL when the current list was read
     * afresh, else says why it could not be. The waiter may be freed in here.
     */
    void (*done)(struct refresh_waiter *waiter, const struct error *problem);
    struct refresh_waiter *next; /* the refresher's own */
};

/*
 * Where the list comes from. `read` reads it within REFRESHER_DEADLINE_MS and puts it into the
 * current list, or fails; `look` is called `look_interval_ms` after the last reading or look, and
 * is as quick. Both are called by the refresher's thread only.
 */
struct refresh_source {
    bool (*read)(void *source, struct error *err);
    void (*look)(void *source); /* NULL: nothing to look at */
    unsigned look_interval_ms;
    void *source;
};

/* `source` is copied. NULL: out of memory or threads. */
struct refresher *refresher_start(const struct refresh_source *source, struct error *err);

/*
 * Ends the thread once a reading under way has ended. Who still waits, and who comes later, is told
 * a problem. NULL-safe; a second time without effect.
 */
void refresher_stop(struct refresher *refresher);

/* refresher_stop(), when it was not called before, and the end of it. NULL-safe. */
void refresher_free(struct refresher *refresher);

/* Makes `waiter` wait for the next reading. `done` may be called before this returns. */
void refresher_wait(struct refresher *refresher, struct refresh_waiter *waiter);

#endif
