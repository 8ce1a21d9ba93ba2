/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that does one thing at an interval until it is stopped. */
#ifndef SERVER_TICKER_H
#define SERVER_TICKER_H

#include "base/error.h"

struct ticker;

/*
 * Calls `tick` every `interval_ms`, for the first time after one interval; the time that `tick`
 * itself takes comes on top. NULL: out of memory or threads.
 */
struct ticker *ticker_start(void (*tick)(void *argument), void *argument, unsigned interval_ms,
                            struct error *err);

/* Returns once no `tick` runs any more and none will. NULL-safe. */
void ticker_stop(struct ticker *ticker);

#endif
