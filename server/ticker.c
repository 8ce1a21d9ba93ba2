/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ticker.h"

#include "server/monotonic.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ticker {
    void (*tick)(void *argument);
    void *argument;
    unsigned interval_ms;
    pthread_t thread;
    pthread_mutex_t lock; /* of stopping */
    pthread_cond_t wake;
    bool stopping;
};

static bool wait_for_next(struct ticker *ticker)
{
    long long due = monotonic_ms() + ticker->interval_ms;
    bool stopping;

    pthread_mutex_lock(&ticker->lock);
    while (!ticker->stopping && !monotonic_wait(&ticker->wake, &ticker->lock, due))
        ;
    stopping = ticker->stopping;
    pthread_mutex_unlock(&ticker->lock);
    return !stopping;
}

static void *run(void *argument)
{
    struct ticker *ticker = argument;

    while (wait_for_next(ticker))
        ticker->tick(ticker->argument);
    return NULL;
}

static void free_ticker(struct ticker *ticker)
{
    pthread_cond_destroy(&ticker->wake);
    pthread_mutex_destroy(&ticker->lock);
    free(ticker);
}

struct ticker *ticker_start(void (*tick)(void *argument), void *argument, unsigned interval_ms,
                            struct error *err)
{
    struct ticker *ticker = calloc(1, sizeof *ticker);
    int error;

    if (!ticker) {
        error_no_memory(err);
        return NULL;
    }
    ticker->tick = tick;
    ticker->argument = argument;
    ticker->interval_ms = interval_ms;
    pthread_mutex_init(&ticker->lock, NULL);
    monotonic_cond_init(&ticker->wake);
    error = pthread_create(&ticker->thread, NULL, run, ticker);
    if (error != 0) {
        error_set(err, "can't start a thread: %s", strerror(error));
        free_ticker(ticker);
        return NULL;
    }
    return ticker;
}

void ticker_stop(struct ticker *ticker)
{
    if (!ticker)
        return;
    pthread_mutex_lock(&ticker->lock);
    ticker->stopping = true;
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->lock);
    pthread_join(ticker->thread, NULL);
    free_ticker(ticker);
}
