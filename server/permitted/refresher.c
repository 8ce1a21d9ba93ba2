/* SPDX-License-Identifier: Apache-2.0 */
#include "server/permitted/refresher.h"

#include "server/monotonic.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* First come, first told. */
struct queue {
    struct refresh_waiter *first, *last;
};

struct refresher {
    struct refresh_source source;
    pthread_t thread;
    pthread_mutex_t lock; /* of the next three */
    pthread_cond_t wake;
    struct queue waiting; /* for a reading that has not begun */
    bool stopping;

    /* Only used by the thread: when the next reading and the next look may begin. */
    long long next_read_ms;
    long long next_look_ms;
};

static void append(struct queue *queue, struct refresh_waiter *waiter)
{
    waiter->next = NULL;
    if (queue->last)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
}

static struct queue take_all(struct queue *queue)
{
    struct queue all = *queue;

    *queue = (struct queue){NULL, NULL};
    return all;
}

/* `problem` is NULL when all is well. Each waiter may be gone once it was told. */
static void tell(struct queue queue, const struct error *problem)
{
    struct refresh_waiter *waiter = queue.first;

    while (waiter) {
        struct refresh_waiter *next = waiter->next;

        waiter->done(waiter, problem);
        waiter = next;
    }
}

static void tell_stopping(struct queue queue)
{
    struct error problem = {.no_memory = false};

    error_set(&problem, "the server is stopping");
    tell(queue, &problem);
}

static long long next_look(const struct refresher *refresher)
{
    return refresher->source.look ? monotonic_ms() + refresher->source.look_interval_ms : LLONG_MAX;
}

/*
 * For those who wait now. A reading that failed also answers those who came while it went on: the
 * next one would most likely fail too, and they have a deadline.
 */
static void read_for_waiting(struct refresher *refresher)
{
    struct queue told = take_all(&refresher->waiting);
    struct queue late = {NULL, NULL};
    struct error problem = {.no_memory = false};
    bool good;

    refresher->next_read_ms = monotonic_ms() + REFRESHER_INTERVAL_MS;
    pthread_mutex_unlock(&refresher->lock);
    good = refresher->source.read(refresher->source.source, &problem);
    refresher->next_look_ms = next_look(refresher); /* a reading sees all that a look would */
    if (!good) {
        pthread_mutex_lock(&refresher->lock);
        late = take_all(&refresher->waiting);
        pthread_mutex_unlock(&refresher->lock);
    }
    tell(told, good ? NULL : &problem);
    tell(late, &problem);
    pthread_mutex_lock(&refresher->lock);
}

static void look(struct refresher *refresher)
{
    pthread_mutex_unlock(&refresher->lock);
    refresher->source.look(refresher->source.source);
    refresher->next_look_ms = next_look(refresher);
    pthread_mutex_lock(&refresher->lock);
}

/* With the lock held: does what is due, or waits until something is. */
static void step(struct refresher *refresher)
{
    long long now = monotonic_ms();
    long long due = refresher->next_look_ms;

    if (refresher->waiting.first && now >= refresher->next_read_ms) {
        read_for_waiting(refresher);
        return;
    }
    if (now >= refresher->next_look_ms) {
        look(refresher);
        return;
    }
    if (refresher->waiting.first && refresher->next_read_ms < due)
        due = refresher->next_read_ms;
    if (due == LLONG_MAX)
        pthread_cond_wait(&refresher->wake, &refresher->lock);
    else
        monotonic_wait(&refresher->wake, &refresher->lock, due);
}

static void *run(void *argument)
{
    struct refresher *refresher = argument;
    struct queue rest;

    pthread_mutex_lock(&refresher->lock);
    while (!refresher->stopping)
        step(refresher);
    rest = take_all(&refresher->waiting);
    pthread_mutex_unlock(&refresher->lock);
    tell_stopping(rest);
    return NULL;
}

static void free_refresher(struct refresher *refresher)
{
    pthread_cond_destroy(&refresher->wake);
    pthread_mutex_destroy(&refresher->lock);
    free(refresher);
}

struct refresher *refresher_start(const struct refresh_source *source, struct error *err)
{
    struct refresher *refresher = calloc(1, sizeof *refresher);
    int error;

    if (!refresher) {
        error_no_memory(err);
        return NULL;
    }
    refresher->source = *source;
    refresher->next_look_ms = next_look(refresher);
    pthread_mutex_init(&refresher->lock, NULL);
    monotonic_cond_init(&refresher->wake);
    error = pthread_create(&refresher->thread, NULL, run, refresher);
    if (error != 0) {
        error_set(err, "can't start a thread: %s", strerror(error));
        free_refresher(refresher);
        return NULL;
    }
    return refresher;
}

void refresher_stop(struct refresher *refresher)
{
    bool stopped;

    if (!refresher)
        return;
    pthread_mutex_lock(&refresher->lock);
    stopped = refresher->stopping;
    refresher->stopping = true;
    pthread_cond_signal(&refresher->wake);
    pthread_mutex_unlock(&refresher->lock);
    if (!stopped)
        pthread_join(refresher->thread, NULL);
}

void refresher_free(struct refresher *refresher)
{
    if (!refresher)
        return;
    refresher_stop(refresher);
    free_refresher(refresher);
}

void refresher_wait(struct refresher *refresher, struct refresh_waiter *waiter)
{
    struct queue late = {NULL, NULL};

    pthread_mutex_lock(&refresher->lock);
    if (refresher->stopping)
        append(&late, waiter);
    else
        append(&refresher->waiting, waiter);
    pthread_cond_signal(&refresher->wake);
    pthread_mutex_unlock(&refresher->lock);
    tell_stopping(late);
}
