/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cluster's objects permit, on its way into the current list. The watch and the fresh
 * reads both put in what they have learnt; one lock sees to it that lists are published in the
 * order of their versions, and that the later arrival of an older one changes nothing. Logs when
 * what is permitted changes. Thread-safe.
 */
#ifndef SERVER_CLUSTER_PERMITTED_FEED_H
#define SERVER_CLUSTER_PERMITTED_FEED_H

#include "base/error.h"
#include "server/cluster/object_store.h"
#include "server/permitted/current_list.h"

struct permitted_feed;

/* `current` is borrowed as long as the feed lives. */
struct permitted_feed *permitted_feed_new(struct current_list *current, struct error *err);
void permitted_feed_free(struct permitted_feed *feed); /* NULL-safe */

/* How far the feed was at some moment. */
struct feed_mark {
    const struct kind *kind; /* NULL: nothing was put in yet */
    char version[RESOURCE_VERSION_MAX + 1];
};

void permitted_feed_mark(struct permitted_feed *feed, struct feed_mark *ret_mark);

/*
 * Puts in a whole list that was read after `before` was taken; takes over `store`. Passed over when
 * the feed is newer, unless the list is older than what there was before it was asked for: then the
 * cluster itself was set back (etcd restored from a backup), and the list counts.
 * False: what the objects permit can't be told (logged, too), or memory ran out; the list that is
 * in force stays.
 */
bool permitted_feed_replace(struct permitted_feed *feed, struct object_store *store,
                            const struct feed_mark *before, struct error *err);

enum feed_result {
    FEED_TAKEN,
    FEED_STALE, /* the feed was as new already */
    FEED_OTHER, /* the feed follows another kind or version of it: nothing was done */
    FEED_BAD,   /* not an event of an object, or no memory: `err` */
};

/*
 * Puts in an event of a watch on `kind` (not a WATCH_ERROR), and clears it: the feed shares parts
 * of its object, so nobody may touch that without the lock. Objects of which it can't be told what
 * they permit are no error here; it is logged.
 */
enum feed_result permitted_feed_apply(struct permitted_feed *feed, const struct kind *kind,
                                      struct watch_event *event, struct error *err);

/* A watch on `kind` has ended well: the list was in sync until now. */
void permitted_feed_confirm(struct permitted_feed *feed, const struct kind *kind);

#endif
