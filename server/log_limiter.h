/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many log lines of one kind are written, where clients cause them: a token bucket. What is
 * left out is counted, and the count is told from time to time. Thread-safe.
 */
#ifndef SERVER_LOG_LIMITER_H
#define SERVER_LOG_LIMITER_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Ten people and a pipeline that all do it wrong at once are seen in full. Under attack it is 20
 * lines of about 500 bytes a second, some 36 MB an hour, which a node's log rotation can bear.
 */
#define LOG_LIMITER_PER_SECOND 20
#define LOG_LIMITER_BURST 100

/* At most so often it is told how many were left out. */
#define LOG_LIMITER_REPORT_MS 5000

struct log_limiter {
    pthread_mutex_t lock; /* of all below */
    long long paid_ms;    /* until when the lines so far have used up what comes in */
    long long reported_ms;
    unsigned long left_out; /* since the last report */
};

/* clang-format off */
#define LOG_LIMITER_INIT {.lock = PTHREAD_MUTEX_INITIALIZER}
/* clang-format on */

/*
 * Whether a line may be written at `now_ms` of monotonic_ms(). `ret_left_out` gets how many were
 * left out when that is to be told now, else 0.
 */
bool log_limiter_pass(struct log_limiter *limiter, long long now_ms, unsigned long *ret_left_out);

/* How many were left out and not told yet; they count as told then. */
unsigned long log_limiter_take(struct log_limiter *limiter);

#endif
