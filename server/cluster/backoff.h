/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait after an error: longer each time, up to a bound, and never the same for all who
 * wait. A calculation only: the clock and the random numbers are the caller's.
 */
#ifndef SERVER_CLUSTER_BACKOFF_H
#define SERVER_CLUSTER_BACKOFF_H

#include "server/cluster/cluster_timing.h"

#include <stdbool.h>

/* Zero-initialised: no error yet. */
struct backoff {
    unsigned next_ms;            /* of the next error; 0: the first wait of all */
    long long waited_until_ms;   /* when the last wait is over */
    long long starts_over_at_ms; /* before that, backoff_start_over() does nothing */
};

/*
 * The wait after an error at `now_ms`: first backoff_first_ms, doubled with each error up to
 * backoff_max_ms, and the first one again when there was no error for more than backoff_reset_ms.
 * `random`, any number, makes it up to a fifth longer or shorter.
 */
unsigned backoff_wait_ms(struct backoff *backoff, const struct cluster_timing *timing,
                         long long now_ms, unsigned long long random);

/*
 * There is reason to hope that all is well again: the next wait is the first one again, and one
 * under way may end. That is heeded once in backoff_max_ms, so that hopes which are in vain again
 * and again don't make much of a difference. Returns whether it is heeded.
 */
bool backoff_start_over(struct backoff *backoff, const struct cluster_timing *timing,
                        long long now_ms);

#endif
