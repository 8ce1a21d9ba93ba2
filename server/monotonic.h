/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that nobody sets, and waiting by it. */
#ifndef SERVER_MONOTONIC_H
#define SERVER_MONOTONIC_H

#include <pthread.h>
#include <stdbool.h>

/* Milliseconds since some moment in the past. */
long long monotonic_ms(void);

/* The same in nanoseconds. */
long long monotonic_ns(void);

/* For monotonic_wait(); destroyed by pthread_cond_destroy(). */
void monotonic_cond_init(pthread_cond_t *cond);

/* As pthread_cond_timedwait(). True when `until_ms` has come. */
bool monotonic_wait(pthread_cond_t *cond, pthread_mutex_t *lock, long long until_ms);

/* Sleeps for `ms` milliseconds, whatever signals come. */
void monotonic_sleep(long long ms);

#endif
