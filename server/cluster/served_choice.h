/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which API holds the permitted list, as all who look together believe it. While an API server
 * starts, it may answer for a moment that there is no such group although the cluster has its
 * definition. So once there is a list of HyperConverged objects, that they are not served any more
 * is believed only when looks some time apart agree. Everything else is believed at once.
 * Thread-safe.
 */
#ifndef SERVER_CLUSTER_SERVED_CHOICE_H
#define SERVER_CLUSTER_SERVED_CHOICE_H

#include "server/cluster/served_api.h"

#include <pthread.h>

struct served_choice {
    enum permitted_from from;
    unsigned agree_ms;    /* between the first look that missed the API and one that is believed */
    pthread_mutex_t lock; /* of what follows */
    bool is_missed;       /* by each look that was answered since … */
    long long missed_since_ms; /* … then, on the clock of monotonic_ms() */
};

void served_choice_init(struct served_choice *choice, enum permitted_from from, unsigned agree_ms);
void served_choice_destroy(struct served_choice *choice);

enum served_choice_result {
    SERVED_CHOICE_FOUND,
    SERVED_CHOICE_NONE,   /* the cluster serves none; `err` says what it does serve */
    SERVED_CHOICE_UNSURE, /* what is followed seems to be gone, but that is not believed yet */
    SERVED_CHOICE_FAILED, /* the cluster could not be asked */
};

/*
 * Looks as served_api_find() does, to which `assumed` goes. `followed` is the kind of the list that
 * is known, NULL when there is none yet. `err` is set unless one is found.
 */
enum served_choice_result served_choice_find(struct served_choice *choice, struct api_reads *reads,
                                             const struct kind *followed,
                                             const struct kind *assumed,
                                             const struct kind **ret_kind, struct error *err);

#endif
