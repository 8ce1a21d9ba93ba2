/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of one kind that hold a permitted list, as the API server last told: the pages of a
 * LIST fill a store, the events of a watch keep it up to date. Of each object only its name and its
 * permittedHostDevices are kept. Pure; used by one thread at a time, for jansson's values are
 * counted without locks.
 *
 * The store is as of one resourceVersion. An event that is not newer is passed over, so that it
 * never brings back an older state.
 */
#ifndef SERVER_CLUSTER_OBJECT_STORE_H
#define SERVER_CLUSTER_OBJECT_STORE_H

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"
#include "server/cluster/resource_version.h"
#include "server/cluster/watch_events.h"
#include "validators/kinds.h"
#include "validators/permitted_list.h"

#include <stdbool.h>
#include <stddef.h>

/* A cluster has one such object; two are a mistake already. */
#define OBJECT_STORE_MAX_OBJECTS ((size_t)1000)

/* JSON values of what is kept: as many as one body may hold, some 70 MiB. */
#define OBJECT_STORE_MAX_VALUES ((size_t)300000)

/* Tokens of Kubernetes hold a key of etcd, at most some 400 bytes, in JSON and base64. */
#define CONTINUE_MAX ((size_t)4096)

struct object_store;

/* Empty, without a version. */
struct object_store *object_store_new(const struct kind *kind, struct error *err);
void object_store_free(struct object_store *store); /* NULL-safe */
void object_store_freep(struct object_store **store);
#define CLEANUP_OBJECT_STORE __attribute__((cleanup(object_store_freep)))

const struct kind *object_store_kind(const struct object_store *store);
size_t object_store_count(const struct object_store *store);

/* Of the first page, then of the last event; "" before. Borrowed until the next change. */
const char *object_store_version(const struct object_store *store);

/*
 * Adds the objects of one page of a LIST. `ret_continue` gets the token for the next page, which
 * the caller frees, NULL after the last one. Whatever the error, the store is of no use then.
 */
bool object_store_add_page(struct object_store *store, const json_t *page, char **ret_continue,
                           struct error *err);

enum object_change {
    OBJECT_STALE,   /* the event is not newer than the store */
    OBJECT_CURRENT, /* nor is it, but it is a bookmark that says that the store is up to date */
    OBJECT_SAME,    /* the store is newer now, but permits the same */
    OBJECT_CHANGED, /* what it permits may be different */
    OBJECT_BAD,     /* not such an object, or no memory; the store is as it was */
};

/* Applies an event other than WATCH_ERROR. */
enum object_change object_store_apply(struct object_store *store, const struct watch_event *event,
                                      struct error *err);

/* Whether two stores hold the same objects with the same lists; versions don't matter. */
bool object_store_same(const struct object_store *a, const struct object_store *b);

/*
 * What the objects permit together. An error that names the object and the field when a part of a
 * list can't be read; then nothing is known for sure.
 */
struct permitted_list *object_store_permitted_list(const struct object_store *store,
                                                   struct error *err);

/* Adds "NAMESPACE/NAME, NAMESPACE/NAME and 3 more". */
void object_store_add_names(const struct object_store *store, struct text *text);

#endif
