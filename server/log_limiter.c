/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log_limiter.h"

#include "server/metrics/metrics.h"

#define LINE_MS (1000LL / LOG_LIMITER_PER_SECOND)

static bool pay(struct log_limiter *limiter, long long now_ms)
{
    long long paid_ms = limiter->paid_ms > now_ms ? limiter->paid_ms : now_ms;

    if (paid_ms + LINE_MS - now_ms > LOG_LIMITER_BURST * LINE_MS)
        return false;
    limiter->paid_ms = paid_ms + LINE_MS;
    return true;
}

static unsigned long take(struct log_limiter *limiter)
{
    unsigned long left_out = limiter->left_out;

    limiter->left_out = 0;
    return left_out;
}

bool log_limiter_pass(struct log_limiter *limiter, long long now_ms, unsigned long *ret_left_out)
{
    bool passes;

    *ret_left_out = 0;
    pthread_mutex_lock(&limiter->lock);
    passes = pay(limiter, now_ms);
    if (!passes) {
        if (limiter->left_out++ == 0)
            limiter->reported_ms = now_ms;
        metrics_count(METRIC_LOG_LINES_DROPPED, METRIC_LABELS(LOG_DROP_RATE));
    }
    if (limiter->left_out > 0 && now_ms - limiter->reported_ms >= LOG_LIMITER_REPORT_MS)
        *ret_left_out = take(limiter);
    pthread_mutex_unlock(&limiter->lock);
    return passes;
}

unsigned long log_limiter_take(struct log_limiter *limiter)
{
    unsigned long left_out;

    pthread_mutex_lock(&limiter->lock);
    left_out = take(limiter);
    pthread_mutex_unlock(&limiter->lock);
    return left_out;
}
