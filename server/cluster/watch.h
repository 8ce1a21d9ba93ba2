/* SPDX-License-Identifier: Apache-2.0 */
/* One watch, from its request to its end. */
#ifndef SERVER_CLUSTER_WATCH_H
#define SERVER_CLUSTER_WATCH_H

#include "server/api/api_client.h"
#include "server/cluster/permitted_feed.h"

#include <stdbool.h>

struct watch {
    struct api_client *client; /* borrowed, as all of these */
    struct permitted_feed *feed;
    const struct kind *kind;
    unsigned timeout_seconds;       /* after which the API server is to end it */
    void (*on_news)(void *context); /* called when an event was understood or it stood a while */
    void *context;

    /* Set by watch_run(). */
    bool was_short;          /* over within a second, without an event that was new */
    unsigned retry_after_ms; /* what the API server asked for when it refused */
};

enum watch_result {
    WATCH_ENDED, /* by the API server, as watches do: the next one goes on where it ended */
    /* That is not possible: the version has expired, the API has changed, or the cluster was set
     * back to an older version; `err`. */
    WATCH_RELIST,
    /*
     * The connection broke off after a while, or nothing came for so long that it may be dead;
     * `err`. An API server sends no bookmarks of a resource of which it has seen no event since its
     * start, so on a quiet cluster that is no fault.
     */
    WATCH_BROKEN,
    WATCH_FAILED, /* `err`; what was missed can't be told */
};

/* Watches from the feed's version on and puts the events into the feed. */
enum watch_result watch_run(struct watch *watch, struct error *err);

#endif
