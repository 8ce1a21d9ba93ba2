/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/permitted_feed.h"

#include "server/cluster/outage.h"
#include "server/log.h"
#include "server/metrics/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX ((size_t)1024)

struct permitted_feed {
    struct current_list *current;
    pthread_mutex_t lock;       /* of what follows */
    struct object_store *store; /* NULL: nothing was put in yet */
    struct outage fault;        /* why `store` is not what is in force */
    struct text several;        /* the objects that were last warned of; empty: none */
};

struct permitted_feed *permitted_feed_new(struct current_list *current, struct error *err)
{
    struct permitted_feed *feed = calloc(1, sizeof *feed);

    if (!feed) {
        error_no_memory(err);
        return NULL;
    }
    feed->current = current;
    feed->several = (struct text)TEXT_INIT(NAMES_MAX);
    pthread_mutex_init(&feed->lock, NULL);
    return feed;
}

void permitted_feed_free(struct permitted_feed *feed)
{
    if (!feed)
        return;
    object_store_free(feed->store);
    text_free(&feed->several);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}

void permitted_feed_mark(struct permitted_feed *feed, struct feed_mark *ret_mark)
{
    *ret_mark = (struct feed_mark){.kind = NULL};
    pthread_mutex_lock(&feed->lock);
    if (feed->store) {
        ret_mark->kind = object_store_kind(feed->store);
        snprintf(ret_mark->version, sizeof ret_mark->version, "%s",
                 object_store_version(feed->store));
    }
    pthread_mutex_unlock(&feed->lock);
}

/* --- publishing, with the lock held ---------------------------------------------------------- */

static void log_list(const struct object_store *store, const struct permitted_list *list)
{
    const struct kind *kind = object_store_kind(store);
    char api[128];

    snprintf(api, sizeof api, "%s/%s", kind->group, kind->version);
    log_event(LOG_INFO, "permitted list loaded", LOG_TEXT("kind", kind->kind), LOG_TEXT("api", api),
              LOG_TEXT("resource_version", object_store_version(store)),
              LOG_INT("objects", object_store_count(store)),
              LOG_INT("devices", permitted_list_count(list)),
              LOG_TEXT("present", permitted_list_is_present(list) ? "yes" : "no"),
              LOG_TEXT("list_version", permitted_list_version(list)));
    if (object_store_count(store) == 0)
        log_event(LOG_WARN, "no object holds a permitted list: no device is permitted",
                  LOG_TEXT("kind", kind->kind));
}

/* One warning as long as the same objects are there. */
static void warn_of_several(struct permitted_feed *feed)
{
    struct text names = TEXT_INIT(NAMES_MAX);

    if (object_store_count(feed->store) > 1)
        object_store_add_names(feed->store, &names);
    if (names.len > 0 && strcmp(text_get(&names), text_get(&feed->several)) != 0)
        log_event(LOG_WARN,
                  "several objects hold a permitted list: what any of them permits counts",
                  LOG_TEXT("kind", object_store_kind(feed->store)->kind),
                  LOG_TEXT("objects", text_get(&names)));
    text_free(&feed->several);
    feed->several = names;
}

/* Logged once for each reason. */
static void report_fault(struct permitted_feed *feed, const struct error *why)
{
    struct error problem = *why;
    bool unknown;

    error_wrap(&problem, "the permitted list is not known");
    unknown = current_list_set_problem(feed->current, &problem);
    if (outage_begin(&feed->fault, why))
        log_event(LOG_ERROR,
                  unknown ? "the permitted list is not known: not ready"
                          : "the permitted list can't be renewed: the last good one stays in force",
                  LOG_TEXT("problem", why->message));
}

static bool publish(struct permitted_feed *feed, struct error *err)
{
    struct error why;
    struct permitted_list *list = object_store_permitted_list(feed->store, &why);

    if (!list) {
        report_fault(feed, &why);
        *err = why;
        return false;
    }
    permitted_list_set_version(list, "%s/%s", object_store_kind(feed->store)->kind,
                               object_store_version(feed->store));
    outage_end(&feed->fault);
    log_list(feed->store, list);
    warn_of_several(feed);
    current_list_set(feed->current, list);
    return true;
}

/* What is in force is what the store says, unless the store could not be published. */
static bool confirm(struct permitted_feed *feed, struct error *err)
{
    if (outage_is_on(&feed->fault))
        return publish(feed, err);
    current_list_confirm(feed->current);
    return true;
}

/* --- whole lists ----------------------------------------------------------------------------- */

static bool same_resource(const struct kind *a, const struct kind *b)
{
    return strcmp(a->group, b->group) == 0 && strcmp(a->resource, b->resource) == 0;
}

/* Versions of one resource are of one history, whatever the API version. */
static bool is_overtaken(const struct permitted_feed *feed, const struct object_store *store,
                         const struct feed_mark *before)
{
    struct str version = str_from(object_store_version(store));
    const struct kind *kind = object_store_kind(store);

    if (!feed->store || !same_resource(object_store_kind(feed->store), kind) ||
        !resource_version_is_newer(str_from(object_store_version(feed->store)), version))
        return false;
    return !(before->kind && same_resource(before->kind, kind) &&
             resource_version_is_newer(str_from(before->version), version));
}

static bool replace(struct permitted_feed *feed, struct object_store *store, struct error *err)
{
    bool same = feed->store && object_store_same(feed->store, store);

    object_store_free(feed->store);
    feed->store = store;
    return same ? confirm(feed, err) : publish(feed, err);
}

bool permitted_feed_replace(struct permitted_feed *feed, struct object_store *store,
                            const struct feed_mark *before, struct error *err)
{
    bool good;

    metrics_count(METRIC_LIST_READS, METRIC_NO_LABELS);
    pthread_mutex_lock(&feed->lock);
    if (is_overtaken(feed, store, before)) {
        object_store_free(store);
        good = confirm(feed, err);
    } else {
        good = replace(feed, store, err);
    }
    pthread_mutex_unlock(&feed->lock);
    return good;
}

/* --- events ---------------------------------------------------------------------------------- */

static enum feed_result apply(struct permitted_feed *feed, const struct watch_event *event,
                              struct error *err)
{
    struct error logged;

    switch (object_store_apply(feed->store, event, err)) {
    case OBJECT_STALE:
        return FEED_STALE;
    case OBJECT_CURRENT:
        confirm(feed, &logged);
        return FEED_STALE;
    case OBJECT_BAD:
        return FEED_BAD;
    case OBJECT_SAME:
        confirm(feed, &logged);
        return FEED_TAKEN;
    case OBJECT_CHANGED:
        break;
    }
    publish(feed, &logged);
    return FEED_TAKEN;
}

/* With the lock held. */
static bool follows(const struct permitted_feed *feed, const struct kind *kind)
{
    return feed->store && object_store_kind(feed->store) == kind;
}

enum feed_result permitted_feed_apply(struct permitted_feed *feed, const struct kind *kind,
                                      struct watch_event *event, struct error *err)
{
    enum feed_result result = FEED_OTHER;

    pthread_mutex_lock(&feed->lock);
    if (follows(feed, kind))
        result = apply(feed, event, err);
    watch_event_clear(event);
    pthread_mutex_unlock(&feed->lock);
    return result;
}

void permitted_feed_confirm(struct permitted_feed *feed, const struct kind *kind)
{
    struct error logged;

    pthread_mutex_lock(&feed->lock);
    if (follows(feed, kind))
        confirm(feed, &logged);
    pthread_mutex_unlock(&feed->lock);
}
