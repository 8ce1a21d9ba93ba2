/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a watch, and as a page of a list. However the stream is cut into chunks, its events
 * are the same, and so is the store that they lead to; that store never goes back to an older
 * version, and what it permits can be told or there is a message that can be shown.
 */
#include "server/cluster/object_store.h"
#include "server/documents/json_reader.h"
#include "tests/fuzz/refusal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct object_store *new_store(void)
{
    struct error err;
    struct object_store *store =
        object_store_new(kind_find(STR("hco.kubevirt.io"), STR("v1"), STR("HyperConverged")), &err);

    expect(store != NULL);
    return store;
}

static void expect_list(const struct object_store *store)
{
    struct error err = {.message = ""};
    struct permitted_list *list = object_store_permitted_list(store, &err);

    if (!list)
        expect_message(err.message);
    permitted_list_unref(list);
}

static void apply(struct object_store *store, const struct watch_event *event)
{
    char before[RESOURCE_VERSION_MAX + 1];
    struct error err = {.message = ""};
    enum object_change change;
    const char *after;

    snprintf(before, sizeof before, "%s", object_store_version(store));
    change = object_store_apply(store, event, &err);
    after = object_store_version(store);
    if (change == OBJECT_SAME || change == OBJECT_CHANGED)
        expect(resource_version_is_newer(str_from(after), str_from(before)));
    else
        expect(strcmp(before, after) == 0);
    if (change == OBJECT_BAD)
        expect_message(err.message);
    if (change == OBJECT_CHANGED)
        expect_list(store);
}

/* Takes what is complete. False: nothing behind it can be trusted. */
static bool drain(struct watch_events *events, struct object_store *store, size_t *count)
{
    for (;;) {
        CLEANUP_WATCH_EVENT struct watch_event event = {.object = NULL};
        struct error err = {.message = ""};

        switch (watch_events_next(events, &event, &err)) {
        case WATCH_EVENTS_NONE:
            return true;
        case WATCH_EVENTS_BAD:
            expect_message(err.message);
            return false;
        case WATCH_EVENTS_ONE:
            expect(json_is_object(event.object));
            if (event.type != WATCH_ERROR)
                apply(store, &event);
            ++*count;
        }
    }
}

/* The number of events, and one more when they end in a bad one. */
static size_t stream(const char *data, size_t size, size_t chunk, struct object_store *store)
{
    struct error err;
    CLEANUP_WATCH_EVENTS struct watch_events *events = watch_events_new(&err);
    size_t count = 0;

    expect(events != NULL);
    for (size_t at = 0; at < size; at += chunk) {
        expect(watch_events_add(events, data + at, size - at < chunk ? size - at : chunk, &err));
        if (!drain(events, store, &count))
            return count + 1;
    }
    return count;
}

static void add_page(const char *data, size_t size)
{
    CLEANUP_OBJECT_STORE struct object_store *store = new_store();
    struct error err = {.message = ""};
    json_t *page = NULL;
    char *token = NULL;

    if (json_read(data, size, &page, &err) != JSON_READ)
        return;
    if (object_store_add_page(store, page, &token, &err)) {
        expect(object_store_version(store)[0] != '\0');
        expect_list(store);
    } else {
        expect_message(err.message);
    }
    free(token);
    json_decref(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_OBJECT_STORE struct object_store *whole = new_store();
    CLEANUP_OBJECT_STORE struct object_store *pieces = new_store();
    const char *text = (const char *)data;
    size_t chunk = size > 0 ? 1 + data[size - 1] % 64U : 1;

    if (size > 0) {
        expect(stream(text, size, size, whole) == stream(text, size, chunk, pieces));
        expect(object_store_same(whole, pieces));
        expect(strcmp(object_store_version(whole), object_store_version(pieces)) == 0);
    }
    add_page(text, size);
    return 0;
}
