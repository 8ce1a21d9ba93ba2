/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that follows the permitted list: it finds the API that serves it, lists, watches, and
 * begins anew when something breaks off, expires or changes. What it learns goes into a feed. Logs
 * when it can't follow, once for each reason, and when it can again.
 */
#ifndef SERVER_CLUSTER_WATCHER_H
#define SERVER_CLUSTER_WATCHER_H

#include "server/cluster/cluster_timing.h"
#include "server/cluster/permitted_feed.h"
#include "server/cluster/served_choice.h"
#include "server/kubeconfig/cluster_config.h"

struct watcher;

struct watcher_config {
    const struct cluster_config *cluster; /* borrowed, as all below, as long as the watcher lives */
    struct current_list *current;         /* is told why there is no list */
    struct permitted_feed *feed;
    struct served_choice *choice;
    struct cluster_timing timing;
};

/* Starts the thread. NULL: out of memory or threads, or bad credentials. */
struct watcher *watcher_start(const struct watcher_config *config, struct error *err);

/* Interrupts what goes on, ends the thread and frees. NULL-safe. */
void watcher_stop(struct watcher *watcher);

/*
 * Says which API serves the list now, NULL for none. A watcher that follows another one begins anew
 * at once. Thread-safe.
 */
void watcher_expect(struct watcher *watcher, const struct kind *kind);

/*
 * Says that the list could just be read. A watcher that waits after an error tries again at once,
 * unless that was of no use a short while ago or the API server asked for the wait. Thread-safe.
 */
void watcher_encourage(struct watcher *watcher);

#endif
