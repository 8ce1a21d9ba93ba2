/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/backoff.h"

/* Up to a fifth more or less. */
static unsigned with_jitter(unsigned ms, unsigned long long random)
{
    unsigned fifth = ms / 5;

    return ms - fifth + (unsigned)(random % (2ULL * fifth + 1));
}

unsigned backoff_wait_ms(struct backoff *backoff, const struct cluster_timing *timing,
                         long long now_ms, unsigned long long random)
{
    unsigned wait_ms = backoff->next_ms;

    if (wait_ms == 0 || now_ms - backoff->waited_until_ms > timing->backoff_reset_ms)
        wait_ms = timing->backoff_first_ms;
    backoff->waited_until_ms = now_ms + wait_ms;
    backoff->next_ms = wait_ms < timing->backoff_max_ms / 2 ? 2 * wait_ms : timing->backoff_max_ms;
    return with_jitter(wait_ms, random);
}

bool backoff_start_over(struct backoff *backoff, const struct cluster_timing *timing,
                        long long now_ms)
{
    if (backoff->starts_over_at_ms > now_ms)
        return false;
    backoff->starts_over_at_ms = now_ms + timing->backoff_max_ms;
    backoff->next_ms = 0;
    return true;
}
