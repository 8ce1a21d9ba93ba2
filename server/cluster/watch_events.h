/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a watch, as they come, to its events. A chunk is not an event: it may end in
 * the middle of one or hold many. Objects usually have a line each, but only their braces are
 * looked at to find where one ends; each byte is looked at once for that. Pure.
 */
#ifndef SERVER_CLUSTER_WATCH_EVENTS_H
#define SERVER_CLUSTER_WATCH_EVENTS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The largest event: an object at etcd's limit of 1.5 MiB, ten times as long when written as JSON
 * with escapes, fits. */
#define WATCH_EVENT_MAX ((size_t)16 * 1024 * 1024)

struct watch_events;

struct watch_events *watch_events_new(struct error *err);
void watch_events_free(struct watch_events *events); /* NULL-safe */
void watch_events_freep(struct watch_events **events);
#define CLEANUP_WATCH_EVENTS __attribute__((cleanup(watch_events_freep)))

/*
 * Adds bytes, after watch_events_next() has said that no event is complete. False: out of memory,
 * or more than WATCH_EVENT_MAX at once.
 */
bool watch_events_add(struct watch_events *events, const char *data, size_t len, struct error *err);

enum watch_event_type {
    WATCH_ADDED,
    WATCH_MODIFIED,
    WATCH_DELETED,
    WATCH_BOOKMARK, /* nothing changed up to the object's resourceVersion */
    WATCH_ERROR,    /* the object is a metav1.Status; the watch is over */
};

struct watch_event {
    enum watch_event_type type;
    json_t *object; /* owned */
};

void watch_event_clear(struct watch_event *event);
#define CLEANUP_WATCH_EVENT __attribute__((cleanup(watch_event_clear)))

enum watch_events_result {
    WATCH_EVENTS_NONE, /* no event is complete */
    WATCH_EVENTS_ONE,  /* `*ret_event` is the next one */
    WATCH_EVENTS_BAD,  /* not an event, or one larger than WATCH_EVENT_MAX; nothing behind it
                          can be trusted */
};

enum watch_events_result watch_events_next(struct watch_events *events,
                                           struct watch_event *ret_event, struct error *err);

#endif
