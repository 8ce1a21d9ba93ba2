/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the current list equal to what the cluster's own HyperConverged (or KubeVirt) permits:
 * list, then watch, for as long as the program runs. Two threads: one lists and watches, the
 * refresher's reads the list afresh when a review is about to be denied and notices when the API
 * that serves the list comes, goes or changes its version. Both log.
 *
 * Several objects: what any of them permits is permitted, and a warning is logged; KubeVirt's and
 * HCO's operators act on one only, but which one can't be told from outside. None: nothing is
 * permitted. One that is being deleted counts until it is gone.
 */
#ifndef SERVER_CLUSTER_CLUSTER_SOURCE_H
#define SERVER_CLUSTER_CLUSTER_SOURCE_H

#include "base/error.h"
#include "server/cluster/cluster_timing.h"
#include "server/cluster/served_api.h"
#include "server/kubeconfig/cluster_config.h"
#include "server/permitted/current_list.h"
#include "server/permitted/refresher.h"

struct cluster_source;

struct cluster_source_config {
    const struct cluster_config *cluster; /* borrowed as long as the source lives */
    struct current_list *current;         /* likewise */
    enum permitted_from from;
    struct cluster_timing timing;
};

/* Starts both threads and returns; the current list has the reason as long as there is no list. */
struct cluster_source *cluster_source_start(const struct cluster_source_config *config,
                                            struct error *err);

/*
 * Ends both threads, within 2 s; the refresher tells who comes later that the server is stopping.
 * NULL-safe.
 */
void cluster_source_stop(struct cluster_source *source);

/* cluster_source_stop(), when it was not called before, and the end of it. NULL-safe. */
void cluster_source_free(struct cluster_source *source);

/* For requests that would be denied; lives as long as the source. */
struct refresher *cluster_source_refresher(struct cluster_source *source);

#endif
