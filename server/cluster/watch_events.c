/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/watch_events.h"

#include "base/text.h"
#include "server/documents/json_member.h"
#include "server/documents/json_reader.h"

#include <stdlib.h>
#include <string.h>

/* What is kept between two events: most of them fit, and a rare large one does not stay. */
#define SMALL_BUFFER ((size_t)64 * 1024)

struct watch_events {
    char *data; /* owned; the bytes of an event that is not taken yet begin at `begin` */
    size_t len, capacity;
    size_t begin;

    /* The search for the end of that event, which goes on at `at`. */
    size_t at;
    size_t depth; /* open braces and brackets; 0: the event has not begun */
    bool in_string, escaped;
};

struct watch_events *watch_events_new(struct error *err)
{
    struct watch_events *events = calloc(1, sizeof *events);

    if (!events)
        error_no_memory(err);
    return events;
}

void watch_events_free(struct watch_events *events)
{
    if (!events)
        return;
    free(events->data);
    free(events);
}

void watch_events_freep(struct watch_events **events)
{
    watch_events_free(*events);
}

void watch_event_clear(struct watch_event *event)
{
    json_decref(event->object);
    event->object = NULL;
}

/* --- the buffer ------------------------------------------------------------------------------ */

/* Drops what was taken. */
static void compact(struct watch_events *events)
{
    if (events->begin == 0)
        return;
    events->len -= events->begin;
    events->at -= events->begin;
    memmove(events->data, events->data + events->begin, events->len);
    events->begin = 0;
    if (events->len == 0 && events->capacity > SMALL_BUFFER) {
        free(events->data);
        events->data = NULL;
        events->capacity = 0;
    }
}

static bool reserve(struct watch_events *events, size_t len, struct error *err)
{
    size_t capacity = events->capacity > 0 ? events->capacity : SMALL_BUFFER;
    char *data;

    if (len <= events->capacity)
        return true;
    while (capacity < len)
        capacity *= 2;
    data = realloc(events->data, capacity);
    if (!data)
        return error_no_memory(err);
    events->data = data;
    events->capacity = capacity;
    return true;
}

bool watch_events_add(struct watch_events *events, const char *data, size_t len, struct error *err)
{
    compact(events);
    if (len > WATCH_EVENT_MAX)
        return error_set(err, "%zu bytes at once", len);
    if (!reserve(events, events->len + len, err))
        return false;
    if (len > 0)
        memcpy(events->data + events->len, data, len);
    events->len += len;
    return true;
}

/* --- finding where an event ends ------------------------------------------------------------- */

static void scan_string(struct watch_events *events, char c)
{
    if (events->escaped)
        events->escaped = false;
    else if (c == '\\')
        events->escaped = true;
    else if (c == '"')
        events->in_string = false;
}

/* Whether `c` ends the event. Whether braces match brackets is seen when it is parsed. */
static bool scan_structure(struct watch_events *events, char c)
{
    if (c == '"')
        events->in_string = true;
    else if (c == '{' || c == '[')
        events->depth++;
    else if (c == '}' || c == ']')
        return --events->depth == 0;
    return false;
}

/* Passes over white space. NONE: there is nothing else. */
static enum watch_events_result find_begin(struct watch_events *events, struct error *err)
{
    while (events->begin < events->len && ascii_is_space(events->data[events->begin]))
        events->begin++;
    events->at = events->begin;
    if (events->begin == events->len)
        return WATCH_EVENTS_NONE;
    if (events->data[events->begin] == '{')
        return WATCH_EVENTS_ONE;
    error_set(err, "an event that is no JSON object");
    return WATCH_EVENTS_BAD;
}

static enum watch_events_result find_end(struct watch_events *events, struct error *err)
{
    while (events->at < events->len) {
        char c = events->data[events->at++];

        if (events->in_string && c == '\n') {
            /* Without this, one lost quote would swallow all events up to the limit. */
            error_set(err, "an event with a line break in a string");
            return WATCH_EVENTS_BAD;
        }
        if (events->in_string)
            scan_string(events, c);
        else if (scan_structure(events, c))
            return WATCH_EVENTS_ONE;
    }
    return WATCH_EVENTS_NONE;
}

/* --- what an event says ---------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum watch_event_type type;
} types[] = {
    {"ADDED", WATCH_ADDED},       {"MODIFIED", WATCH_MODIFIED}, {"DELETED", WATCH_DELETED},
    {"BOOKMARK", WATCH_BOOKMARK}, {"ERROR", WATCH_ERROR},
};

static bool read_type(const json_t *event, enum watch_event_type *ret_type, struct error *err)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(100);
    struct str name = json_member_str(event, "type");

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (str_equal(name, str_from(types[i].name))) {
            *ret_type = types[i].type;
            return true;
        }
    }
    if (!name.data)
        return error_set(err, "an event without a type");
    text_add_quoted(&shown, name, 40);
    return error_set(err, "an event of the unknown type %s", text_get(&shown));
}

static enum watch_events_result parse(struct str text, struct watch_event *ret_event,
                                      struct error *err)
{
    enum watch_events_result result = WATCH_EVENTS_BAD;
    enum watch_event_type type;
    json_t *event, *object;

    if (json_read(text.data, text.len, &event, err) != JSON_READ) {
        error_wrap(err, "an event");
        return WATCH_EVENTS_BAD;
    }
    object = json_object_get(event, "object");
    if (read_type(event, &type, err)) {
        if (json_is_object(object)) {
            *ret_event = (struct watch_event){type, json_incref(object)};
            result = WATCH_EVENTS_ONE;
        } else {
            error_set(err, "an event without an object");
        }
    }
    json_decref(event);
    return result;
}

enum watch_events_result watch_events_next(struct watch_events *events,
                                           struct watch_event *ret_event, struct error *err)
{
    enum watch_events_result result =
        events->depth == 0 ? find_begin(events, err) : WATCH_EVENTS_ONE;
    size_t begin = events->begin;

    if (result == WATCH_EVENTS_ONE)
        result = find_end(events, err);
    if (events->at - begin > WATCH_EVENT_MAX) {
        error_set(err, "an event larger than %zu bytes", WATCH_EVENT_MAX);
        return WATCH_EVENTS_BAD;
    }
    if (result != WATCH_EVENTS_ONE)
        return result;
    events->begin = events->at;
    return parse((struct str){events->data + begin, events->at - begin}, ret_event, err);
}
