/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/watcher.h"

#include "server/cluster/api_list.h"
#include "server/cluster/backoff.h"
#include "server/cluster/outage.h"
#include "server/cluster/watch.h"
#include "server/log.h"
#include "server/metrics/metrics.h"
#include "server/monotonic.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Seconds after which the API server is to end a watch: not all replicas' at once. */
#define TIMEOUT_MIN 300U
#define TIMEOUT_MAX 600U

/*
 * A cluster that was set back (etcd restored from a backup) has nothing to tell to a watch from a
 * version that it has not reached yet: after that many watches, half an hour, it is listed anew.
 */
#define WATCHES_MAX 4

struct watcher {
    struct watcher_config config;
    struct api_client *client;
    pthread_t thread;
    pthread_mutex_t lock; /* of the next five */
    pthread_cond_t wake;
    bool stopping;
    bool begin_anew;         /* and the client was interrupted */
    bool is_encouraged;      /* since the last pause began */
    const struct kind *kind; /* what it follows or tries to; NULL: nothing */

    /* Only used by the thread. */
    struct backoff backoff;
    bool expects_interrupt; /* it begins anew, and the interruption may still hit a call */
    bool watch_fails;       /* so a good list does not mean that all is well */
    struct outage outage;
};

/* --- waiting and being told ------------------------------------------------------------------ */

static unsigned long long draw(void)
{
    unsigned long long number;

    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
        number = (unsigned long long)monotonic_ms();
    return number;
}

static bool is_stopping(struct watcher *watcher)
{
    bool stopping;

    pthread_mutex_lock(&watcher->lock);
    stopping = watcher->stopping;
    pthread_mutex_unlock(&watcher->lock);
    return stopping;
}

/* With the lock held. */
static bool heeds_encouragement(struct watcher *watcher)
{
    bool is_encouraged = watcher->is_encouraged;

    watcher->is_encouraged = false;
    return is_encouraged &&
           backoff_start_over(&watcher->backoff, &watcher->config.timing, monotonic_ms());
}

/* Until the time is over, there is something to do at once or, if it `hopes`, all may be well. */
static void sleep_for(struct watcher *watcher, unsigned ms, bool hopes)
{
    long long until_ms = monotonic_ms() + ms;
    bool over = false;

    pthread_mutex_lock(&watcher->lock);
    watcher->is_encouraged = false;
    while (!watcher->stopping && !watcher->begin_anew && !over) {
        over = monotonic_wait(&watcher->wake, &watcher->lock, until_ms) ||
               (hopes && heeds_encouragement(watcher));
    }
    pthread_mutex_unlock(&watcher->lock);
}

static void pause_after_error(struct watcher *watcher, unsigned asked_ms)
{
    unsigned wait_ms =
        backoff_wait_ms(&watcher->backoff, &watcher->config.timing, monotonic_ms(), draw());

    sleep_for(watcher, asked_ms, false);
    if (wait_ms > asked_ms)
        sleep_for(watcher, wait_ms - asked_ms, true);
}

/*
 * Whether a call that failed did so because it was to begin anew. An interruption hits the call
 * under way or, when it comes between two, the next one: so one more may be excused.
 */
static bool is_excused(struct watcher *watcher)
{
    bool excused = watcher->expects_interrupt;

    watcher->expects_interrupt = false;
    pthread_mutex_lock(&watcher->lock);
    if (watcher->begin_anew || watcher->stopping) {
        excused = true;
        watcher->expects_interrupt = watcher->begin_anew;
        watcher->begin_anew = false;
    }
    pthread_mutex_unlock(&watcher->lock);
    return excused;
}

static void set_kind(struct watcher *watcher, const struct kind *kind)
{
    pthread_mutex_lock(&watcher->lock);
    watcher->kind = kind;
    pthread_mutex_unlock(&watcher->lock);
}

/* --- what goes wrong ------------------------------------------------------------------------- */

/* Logged once for each reason. */
static void report(struct watcher *watcher, const struct error *why)
{
    struct error problem = *why;
    bool unknown;

    error_wrap(&problem, "the permitted list is not known");
    unknown = current_list_set_problem(watcher->config.current, &problem);
    if (outage_begin(&watcher->outage, why))
        log_event(LOG_ERROR,
                  unknown
                      ? "the permitted list is not known: not ready"
                      : "the permitted list can't be followed: the last good one stays in force",
                  LOG_TEXT("problem", why->message));
}

static void report_end(struct watcher *watcher)
{
    if (outage_end(&watcher->outage))
        log_message(LOG_INFO, "the permitted list is followed again");
}

/* Returns whether that was necessary: who is to begin anew does so at once. */
static bool back_off(struct watcher *watcher, const struct error *why, unsigned retry_after_ms)
{
    if (is_excused(watcher))
        return false;
    report(watcher, why);
    pause_after_error(watcher, retry_after_ms);
    return true;
}

/* --- find, list, watch ----------------------------------------------------------------------- */

/* Watches go that way. Whether it is more than that, the list tells. */
static void list_anew(struct watcher *watcher, enum watch_result result, const struct error *why)
{
    bool excused = result == WATCH_BROKEN && is_excused(watcher);

    if (excused)
        return;
    log_event(LOG_DEBUG, "listing anew", LOG_TEXT("reason", why->message));
    if (result == WATCH_BROKEN)
        pause_after_error(watcher, 0);
}

static void note_news(void *context)
{
    struct watcher *watcher = context;

    watcher->watch_fails = false;
    report_end(watcher);
}

/* Watches as long as the API server only ends one watch so that the next begins, a few times. */
static void watch_on(struct watcher *watcher, const struct kind *kind)
{
    struct watch watch = {
        .client = watcher->client,
        .feed = watcher->config.feed,
        .kind = kind,
        .on_news = note_news,
        .context = watcher,
    };
    enum watch_result result = WATCH_ENDED;
    struct error why;

    for (int i = 0; i < WATCHES_MAX && result == WATCH_ENDED && !is_stopping(watcher); i++) {
        watch.timeout_seconds = TIMEOUT_MIN + (unsigned)(draw() % (TIMEOUT_MAX - TIMEOUT_MIN + 1));
        result = watch_run(&watch, &why);
        if (result != WATCH_ENDED && !is_stopping(watcher))
            metrics_count(METRIC_WATCH_RESTARTS, METRIC_NO_LABELS);
        /* What was just read can't have expired: without a pause this could go round and round. */
        if (result == WATCH_FAILED || (result == WATCH_RELIST && i == 0 && watch.was_short)) {
            if (back_off(watcher, &why, watch.retry_after_ms))
                watcher->watch_fails = true;
        } else if (result == WATCH_ENDED) {
            note_news(watcher);
        } else {
            list_anew(watcher, result, &why);
        }
    }
}

static void list_and_watch(struct watcher *watcher, struct api_reads *reads,
                           const struct kind *kind)
{
    struct object_store *store;
    struct feed_mark before;
    struct error why;

    permitted_feed_mark(watcher->config.feed, &before);
    store = api_list(reads, kind, &why);
    if (!store) {
        back_off(watcher, &why, reads->retry_after_ms);
        return;
    }
    if (!permitted_feed_replace(watcher->config.feed, store, &before, &why) && why.no_memory) {
        back_off(watcher, &why, 0);
        return;
    }
    if (!watcher->watch_fails)
        report_end(watcher);
    watch_on(watcher, kind);
}

static void follow(struct watcher *watcher)
{
    const struct cluster_timing *timing = &watcher->config.timing;
    struct api_reads reads = {
        .client = watcher->client,
        .until_ms = monotonic_ms() + timing->list_deadline_ms,
    };
    const struct kind *kind = NULL;
    struct feed_mark known;
    struct error why = {.no_memory = false};

    permitted_feed_mark(watcher->config.feed, &known);
    switch (served_choice_find(watcher->config.choice, &reads, known.kind, NULL, &kind, &why)) {
    case SERVED_CHOICE_FOUND:
        set_kind(watcher, kind);
        list_and_watch(watcher, &reads, kind);
        break;
    case SERVED_CHOICE_NONE:
        set_kind(watcher, NULL);
        report(watcher, &why);
        sleep_for(watcher, timing->look_ms, false);
        break;
    case SERVED_CHOICE_UNSURE:
        log_event(LOG_DEBUG, "looking again soon", LOG_TEXT("reason", why.message));
        sleep_for(watcher, timing->backoff_first_ms, false);
        break;
    case SERVED_CHOICE_FAILED:
        back_off(watcher, &why, reads.retry_after_ms);
        break;
    }
}

static void *run(void *argument)
{
    struct watcher *watcher = argument;

    while (!is_stopping(watcher))
        follow(watcher);
    return NULL;
}

/* --- life ------------------------------------------------------------------------------------ */

static void free_watcher(struct watcher *watcher)
{
    pthread_cond_destroy(&watcher->wake);
    pthread_mutex_destroy(&watcher->lock);
    api_client_free(watcher->client);
    free(watcher);
}

static bool start_thread(struct watcher *watcher, struct error *err)
{
    int error = pthread_create(&watcher->thread, NULL, run, watcher);

    return error == 0 || error_set(err, "can't start a thread: %s", strerror(error));
}

struct watcher *watcher_start(const struct watcher_config *config, struct error *err)
{
    struct watcher *watcher = calloc(1, sizeof *watcher);

    if (!watcher) {
        error_no_memory(err);
        return NULL;
    }
    watcher->config = *config;
    pthread_mutex_init(&watcher->lock, NULL);
    monotonic_cond_init(&watcher->wake);
    watcher->client = api_client_new(config->cluster, err);
    if (watcher->client) {
        api_client_set_silence(watcher->client, config->timing.silence_ms);
        if (start_thread(watcher, err))
            return watcher;
    }
    free_watcher(watcher);
    return NULL;
}

/* With the lock held, so that who sees the reason also gets the interruption. */
static void interrupt(struct watcher *watcher)
{
    pthread_cond_signal(&watcher->wake);
    api_client_interrupt(watcher->client);
}

void watcher_stop(struct watcher *watcher)
{
    if (!watcher)
        return;
    pthread_mutex_lock(&watcher->lock);
    watcher->stopping = true;
    interrupt(watcher);
    pthread_mutex_unlock(&watcher->lock);
    pthread_join(watcher->thread, NULL);
    free_watcher(watcher);
}

void watcher_expect(struct watcher *watcher, const struct kind *kind)
{
    pthread_mutex_lock(&watcher->lock);
    if (watcher->kind != kind) {
        watcher->kind = kind; /* so that the same news does not interrupt twice */
        watcher->begin_anew = true;
        interrupt(watcher);
    }
    pthread_mutex_unlock(&watcher->lock);
}

void watcher_encourage(struct watcher *watcher)
{
    pthread_mutex_lock(&watcher->lock);
    watcher->is_encouraged = true;
    pthread_cond_signal(&watcher->wake);
    pthread_mutex_unlock(&watcher->lock);
}
