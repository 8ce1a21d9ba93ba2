/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/served_choice.h"

#include "server/monotonic.h"

#include <string.h>

void served_choice_init(struct served_choice *choice, enum permitted_from from, unsigned agree_ms)
{
    *choice = (struct served_choice){.from = from, .agree_ms = agree_ms};
    pthread_mutex_init(&choice->lock, NULL);
}

void served_choice_destroy(struct served_choice *choice)
{
    pthread_mutex_destroy(&choice->lock);
}

static bool is_hyperconverged(const struct kind *kind)
{
    return kind && strcmp(kind->kind, "HyperConverged") == 0;
}

/* Whether looks agree for long enough that what is followed is gone. */
static bool miss(struct served_choice *choice)
{
    long long now_ms = monotonic_ms();
    bool believed;

    pthread_mutex_lock(&choice->lock);
    if (!choice->is_missed)
        choice->missed_since_ms = now_ms;
    choice->is_missed = true;
    believed = now_ms - choice->missed_since_ms >= choice->agree_ms;
    pthread_mutex_unlock(&choice->lock);
    return believed;
}

/* An API server that can't be asked is one that may be starting: what it said before is no proof.
 */
static void start_over(struct served_choice *choice)
{
    pthread_mutex_lock(&choice->lock);
    choice->is_missed = false;
    pthread_mutex_unlock(&choice->lock);
}

enum served_choice_result served_choice_find(struct served_choice *choice, struct api_reads *reads,
                                             const struct kind *followed,
                                             const struct kind *assumed,
                                             const struct kind **ret_kind, struct error *err)
{
    const struct kind *kind = NULL;
    enum served_api_result result = served_api_find(reads, choice->from, assumed, &kind, err);

    if (result == SERVED_API_FAILED) {
        start_over(choice);
        return SERVED_CHOICE_FAILED;
    }
    if (!is_hyperconverged(followed) || is_hyperconverged(kind)) {
        start_over(choice);
    } else if (!miss(choice)) {
        error_set(err, "HyperConverged is not served at the moment");
        return SERVED_CHOICE_UNSURE;
    }
    if (result == SERVED_API_NONE)
        return SERVED_CHOICE_NONE;
    *ret_kind = kind;
    return SERVED_CHOICE_FOUND;
}
