/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/object_store.h"

#include "base/arena.h"
#include "server/cluster/kept_object.h"
#include "server/documents/json_member.h"
#include "server/documents/json_value.h"
#include "validators/decode.h"
#include "validators/type_rules.h"

#include <stdlib.h>
#include <string.h>

/* A message names this many objects; the rest is counted. */
#define MAX_NAMED 10

/* Decoding OBJECT_STORE_MAX_VALUES takes about a third of this. */
#define DECODE_MEMORY_LIMIT ((size_t)256 * 1024 * 1024)

struct object_store {
    const struct kind *kind;
    char version[RESOURCE_VERSION_MAX + 1];
    struct kept_object *objects; /* owned; sorted by namespace and name */
    size_t count, capacity;
    size_t values; /* of all of them */
};

struct object_store *object_store_new(const struct kind *kind, struct error *err)
{
    struct object_store *store = calloc(1, sizeof *store);

    if (store)
        store->kind = kind;
    else
        error_no_memory(err);
    return store;
}

void object_store_free(struct object_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->count; i++)
        kept_object_clear(&store->objects[i]);
    free(store->objects);
    free(store);
}

void object_store_freep(struct object_store **store)
{
    object_store_free(*store);
}

const struct kind *object_store_kind(const struct object_store *store)
{
    return store->kind;
}

size_t object_store_count(const struct object_store *store)
{
    return store->count;
}

const char *object_store_version(const struct object_store *store)
{
    return store->version;
}

/* --- versions -------------------------------------------------------------------------------- */

static bool check_version(struct str version, struct error *err)
{
    if (version.len == 0)
        return error_set(err, "no metadata.resourceVersion");
    if (version.len > RESOURCE_VERSION_MAX || memchr(version.data, '\0', version.len))
        return error_set(err, "metadata.resourceVersion has a form that no API server gives it");
    return true;
}

static void set_version(struct object_store *store, struct str version)
{
    memcpy(store->version, version.data, version.len);
    store->version[version.len] = '\0';
}

/* --- the sorted array ------------------------------------------------------------------------ */

/* The place of the object named like `object`, or where it would be. */
static size_t find(const struct object_store *store, const json_t *object, bool *ret_found)
{
    size_t low = 0;
    size_t high = store->count;

    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = kept_object_compare(store->objects[middle].content, object);

        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool grow(struct object_store *store, struct error *err)
{
    size_t capacity = store->capacity > 0 ? 2 * store->capacity : 4;
    struct kept_object *objects;

    if (store->count >= OBJECT_STORE_MAX_OBJECTS)
        return error_set(err, "more than %zu objects of the kind %s", OBJECT_STORE_MAX_OBJECTS,
                         store->kind->kind);
    if (store->count < store->capacity)
        return true;
    objects = realloc(store->objects, capacity * sizeof *objects);
    if (!objects)
        return error_no_memory(err);
    store->objects = objects;
    store->capacity = capacity;
    return true;
}

static bool check_values(const struct object_store *store, size_t removed, size_t added,
                         struct error *err)
{
    if (store->values - removed + added <= OBJECT_STORE_MAX_VALUES)
        return true;
    return error_set(err, "the permitted lists of all objects hold more than %zu JSON values",
                     OBJECT_STORE_MAX_VALUES);
}

static bool insert(struct object_store *store, size_t at, struct kept_object object,
                   struct error *err)
{
    if (!check_values(store, 0, object.values, err) || !grow(store, err))
        return false;
    memmove(&store->objects[at + 1], &store->objects[at],
            (store->count - at) * sizeof *store->objects);
    store->objects[at] = object;
    store->count++;
    store->values += object.values;
    return true;
}

static bool replace(struct object_store *store, size_t at, struct kept_object object,
                    struct error *err)
{
    if (!check_values(store, store->objects[at].values, object.values, err))
        return false;
    store->values += object.values - store->objects[at].values;
    kept_object_clear(&store->objects[at]);
    store->objects[at] = object;
    return true;
}

static enum object_change put(struct object_store *store, const json_t *from, struct error *err)
{
    struct kept_object object;
    bool found;
    size_t at;

    if (!kept_object_make(store->kind, from, &object, err))
        return OBJECT_BAD;
    at = find(store, from, &found);
    if (found && json_equal(store->objects[at].content, object.content)) {
        kept_object_clear(&object);
        return OBJECT_SAME;
    }
    if (!(found ? replace : insert)(store, at, object, err)) {
        kept_object_clear(&object);
        return OBJECT_BAD;
    }
    return OBJECT_CHANGED;
}

static enum object_change take_out(struct object_store *store, const json_t *object)
{
    bool found;
    size_t at = find(store, object, &found);

    if (!found)
        return OBJECT_SAME;
    store->values -= store->objects[at].values;
    kept_object_clear(&store->objects[at]);
    store->count--;
    memmove(&store->objects[at], &store->objects[at + 1],
            (store->count - at) * sizeof *store->objects);
    return OBJECT_CHANGED;
}

static bool check_named(const json_t *object, struct error *err)
{
    return json_metadata_str(object, "name").len > 0 ||
           error_set(err, "an object without metadata.name");
}

/* --- pages and events ------------------------------------------------------------------------ */

static bool copy_continue(const json_t *page, char **ret_continue, struct error *err)
{
    struct str token = json_metadata_str(page, "continue");

    if (token.len > CONTINUE_MAX)
        return error_set(err, "metadata.continue: %zu bytes, where at most %zu are expected",
                         token.len, CONTINUE_MAX);
    if (token.len > 0) {
        *ret_continue = strndup(token.data, token.len);
        return *ret_continue || error_no_memory(err);
    }
    *ret_continue = NULL;
    return true;
}

bool object_store_add_page(struct object_store *store, const json_t *page, char **ret_continue,
                           struct error *err)
{
    const json_t *items = json_object_get(page, "items");
    struct str version = json_metadata_str(page, "resourceVersion");
    const json_t *item;
    size_t i;

    if (!check_version(version, err))
        return error_wrap(err, "a list");
    if (items && !json_is_array(items) && !json_is_null(items))
        return error_set(err, "a list whose items are no array");
    json_array_foreach(items, i, item) {
        if (!check_named(item, err) || put(store, item, err) == OBJECT_BAD)
            return error_wrap(err, "a list");
    }
    if (store->version[0] == '\0')
        set_version(store, version); /* all pages are of the moment of the first */
    return copy_continue(page, ret_continue, err);
}

enum object_change object_store_apply(struct object_store *store, const struct watch_event *event,
                                      struct error *err)
{
    struct str version = json_metadata_str(event->object, "resourceVersion");
    enum object_change change = OBJECT_SAME;

    if (!check_version(version, err)) {
        error_wrap(err, "an event");
        return OBJECT_BAD;
    }
    if (!resource_version_is_newer(version, str_from(store->version)))
        return event->type == WATCH_BOOKMARK && str_equal(version, str_from(store->version))
                   ? OBJECT_CURRENT
                   : OBJECT_STALE;
    if (event->type != WATCH_BOOKMARK) {
        if (!check_named(event->object, err))
            change = OBJECT_BAD;
        else if (event->type == WATCH_DELETED)
            change = take_out(store, event->object);
        else
            change = put(store, event->object, err);
    }
    if (change == OBJECT_BAD)
        error_wrap(err, "an event");
    else
        set_version(store, version);
    return change;
}

bool object_store_same(const struct object_store *a, const struct object_store *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!json_equal(a->objects[i].content, b->objects[i].content))
            return false;
    }
    return true;
}

/* --- what they permit ------------------------------------------------------------------------ */

void object_store_add_names(const struct object_store *store, struct text *text)
{
    for (size_t i = 0; i < store->count && i < MAX_NAMED; i++) {
        text_add(text, i > 0 ? ", " : "");
        kept_object_add_name(&store->objects[i], text);
    }
    if (store->count > MAX_NAMED)
        text_addf(text, " and %zu more", store->count - MAX_NAMED);
}

/* Which object it is goes in front of what is wrong with it. */
static bool refuse_wrong_types(const struct object_store *store, size_t i,
                               const struct object_facts *facts, struct error *err)
{
    CLEANUP_TEXT struct text name = TEXT_INIT(sizeof err->message);

    if (type_faults_refuse(facts, err))
        return true;
    kept_object_add_name(&store->objects[i], &name);
    return error_wrap(err, "%s %s", store->kind->kind, text_get(&name));
}

struct permitted_list *object_store_permitted_list(const struct object_store *store,
                                                   struct error *err)
{
    CLEANUP_ARENA struct arena arena = ARENA_INIT(DECODE_MEMORY_LIMIT);
    struct object_facts *facts = arena_alloc(&arena, store->count + 1, sizeof *facts);

    for (size_t i = 0; facts && i < store->count; i++) {
        decode_object(store->kind, value_from_json(store->objects[i].content, &arena), &arena,
                      &facts[i]);
        if (!arena.failed && !refuse_wrong_types(store, i, &facts[i], err))
            return NULL;
    }
    if (arena.failed) {
        error_no_memory(err);
        return NULL;
    }
    return permitted_list_new(facts, store->count, err);
}
