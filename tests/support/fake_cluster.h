/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fake API server that serves the two kinds which hold a permitted list as a real one does: it
 * describes its APIs, lists by pages as of one version, and streams events from a version on; and
 * it fails in each way that a test asks for. Thread-safe. What can't be set up ends the test
 * program.
 */
#ifndef TESTS_SUPPORT_FAKE_CLUSTER_H
#define TESTS_SUPPORT_FAKE_CLUSTER_H

#include "server/kubeconfig/cluster_config.h"
#include "tests/support/temp_dir.h"

#include <stdbool.h>
#include <stddef.h>

struct fake_cluster;

/* It serves neither API and holds no objects. */
struct fake_cluster *fake_cluster_start(void);
void fake_cluster_stop(struct fake_cluster *cluster);

/* How to reach it; borrowed. */
const struct cluster_config *fake_cluster_config(const struct fake_cluster *cluster);

/* Writes the same as a kubeconfig, and the CA that it names beside it. Returns its path. */
struct temp_path fake_cluster_kubeconfig(const struct fake_cluster *cluster,
                                         const struct temp_dir *dir);

enum fake_api_group { FAKE_HCO, FAKE_KUBEVIRT };
#define FAKE_GROUP_COUNT 2

/* The versions, apart by a blank, the preferred one first; NULL: the API is not served. */
void fake_cluster_serve(struct fake_cluster *cluster, enum fake_api_group group,
                        const char *versions);

/* Whether the group's versions have the resource (they do at first). */
void fake_cluster_set_resource(struct fake_cluster *cluster, enum fake_api_group group, bool has);

/* Creates or changes an object of the namespace "ns". Returns the version that it has now. */
unsigned fake_cluster_put(struct fake_cluster *cluster, enum fake_api_group group, const char *name,
                          const char *spec);
/* As the API server does when an object has finalizers. */
void fake_cluster_begin_delete(struct fake_cluster *cluster, enum fake_api_group group,
                               const char *name);
void fake_cluster_delete(struct fake_cluster *cluster, enum fake_api_group group, const char *name);

/* Sends `text` to each open watch. */
void fake_cluster_say(struct fake_cluster *cluster, const char *text);
/* Sends a bookmark of the newest version to each open watch. */
void fake_cluster_bookmark(struct fake_cluster *cluster);
/* Ends each open watch well, or breaks it off. */
void fake_cluster_end_watches(struct fake_cluster *cluster);
void fake_cluster_cut(struct fake_cluster *cluster);
/* Events are kept back while it is true. */
void fake_cluster_hold_events(struct fake_cluster *cluster, bool held);
/* Events up to now are forgotten: a watch from an older version gets an ERROR event with 410. */
void fake_cluster_compact(struct fake_cluster *cluster);
/* The cluster is set back: versions go on from `version`, and there are no events. */
void fake_cluster_set_back(struct fake_cluster *cluster, unsigned version);
/* Objects on a page of a list; 0: all, whatever the limit. */
void fake_cluster_set_page(struct fake_cluster *cluster, size_t objects);

/* Kinds of requests. */
enum fake_request { FAKE_DISCOVER, FAKE_LIST, FAKE_CONTINUE, FAKE_WATCH };
#define FAKE_REQUEST_COUNT 4

/*
 * Answers the next `times` requests of a kind (-1: all from now on, 0: none) with this status and a
 * metav1.Status; a status of 0 hangs, 200 answers 200 with `text`. `headers` and `text` are
 * borrowed.
 */
struct fake_fault {
    int status, times;
    const char *headers; /* as in fake_reply() */
    const char *text;    /* NULL: "fault" */
};
void fake_cluster_fault(struct fake_cluster *cluster, enum fake_request request,
                        struct fake_fault fault);

/* Requests of a kind so far; of watches those that were opened, or refused by a fault. */
unsigned fake_cluster_count(struct fake_cluster *cluster, enum fake_request request);
/* The path of the last request of a kind, with its query: a copy in a buffer of the caller. */
void fake_cluster_last_path(struct fake_cluster *cluster, enum fake_request request,
                            char path[512]);

#endif
