/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/watch.h"

#include "server/cluster/api_list.h"
#include "server/documents/json_member.h"
#include "server/monotonic.h"

/* client-go's reflector counts a watch of less than a second without an event as an error, too. */
#define SHORT_MS 1000

#define PATH_MAX_BYTES ((size_t)512)
#define SHOWN_MESSAGE_MAX ((size_t)400)

#define HTTP_GONE 410

/* What the bytes of the answer lead to. */
struct stream {
    struct watch *watch;
    struct watch_events *events;
    const char *from; /* the version that it began at */
    bool is_over;     /* told by an event, or because of one; then `result` and `why` count */
    enum watch_result result;
    struct error why;
    bool has_news;
};

static bool end_with(struct stream *stream, enum watch_result result)
{
    stream->is_over = true;
    stream->result = result;
    return false;
}

/* --- events ---------------------------------------------------------------------------------- */

/* The object of an ERROR event is a metav1.Status. */
static bool take_error(struct stream *stream, const json_t *status)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(SHOWN_MESSAGE_MAX);
    long long code = json_integer_value(json_object_get(status, "code"));

    text_add_escaped(&shown, json_member_str(status, "message"));
    error_set(&stream->why, "the API server ended the watch with the error %lld: %s", code,
              text_get(&shown));
    return end_with(stream, code == HTTP_GONE ? WATCH_RELIST : WATCH_FAILED);
}

/* What comes late is older than the feed, but never than the version that was asked for. */
static bool is_set_back(const struct stream *stream, const struct watch_event *event)
{
    return resource_version_is_older(json_metadata_str(event->object, "resourceVersion"),
                                     str_from(stream->from));
}

/* False: the watch is over. */
static bool take(struct stream *stream, struct watch_event *event)
{
    struct watch *watch = stream->watch;

    if (event->type == WATCH_ERROR)
        return take_error(stream, event->object);
    if (is_set_back(stream, event)) {
        error_set(&stream->why, "an event is older than what the watch began with: the cluster was "
                                "set back");
        return end_with(stream, WATCH_RELIST);
    }
    switch (permitted_feed_apply(watch->feed, watch->kind, event, &stream->why)) {
    case FEED_TAKEN:
        stream->has_news = true;
        break;
    case FEED_STALE:
        break;
    case FEED_OTHER:
        error_set(&stream->why, "another API serves the permitted list now");
        return end_with(stream, WATCH_RELIST);
    case FEED_BAD:
        return end_with(stream, WATCH_FAILED);
    }
    watch->on_news(watch->context);
    return true;
}

static bool receive(void *receiver, const char *data, size_t len)
{
    struct stream *stream = receiver;

    if (len == 0)
        stream->watch->on_news(stream->watch->context);
    if (!watch_events_add(stream->events, data, len, &stream->why))
        return end_with(stream, WATCH_FAILED);
    for (;;) {
        CLEANUP_WATCH_EVENT struct watch_event event = {.object = NULL};

        switch (watch_events_next(stream->events, &event, &stream->why)) {
        case WATCH_EVENTS_NONE:
            return true;
        case WATCH_EVENTS_BAD:
            return end_with(stream, WATCH_FAILED);
        case WATCH_EVENTS_ONE:
            if (!take(stream, &event))
                return false;
        }
    }
}

/* --- one watch ------------------------------------------------------------------------------- */

static void make_path(const struct watch *watch, const char *from, struct text *path)
{
    api_list_add_path(path, watch->kind);
    text_addf(path, "?watch=true&allowWatchBookmarks=true&timeoutSeconds=%u&resourceVersion=",
              watch->timeout_seconds);
    text_add_percent(path, str_from(from), '-');
}

static enum watch_result judge_refusal(struct watch *watch, const char *path,
                                       const struct api_reply *reply, struct error *err)
{
    enum api_read_result result =
        api_read_judge(reply, path, watch->kind, &watch->retry_after_ms, err);

    return result == API_READ_FAILED ? WATCH_FAILED : WATCH_RELIST;
}

/* The answer was a 200 and came to an end of its own, or events were the reason to end it. */
static enum watch_result judge_end(const struct stream *stream, struct error *err)
{
    const struct watch *watch = stream->watch;

    if (stream->is_over) {
        *err = stream->why;
        return stream->result;
    }
    if (watch->was_short) {
        error_set(err, "the API server ended the watch at once, without an event");
        return WATCH_FAILED;
    }
    permitted_feed_confirm(watch->feed, watch->kind);
    return WATCH_ENDED;
}

static enum watch_result stream_events(struct watch *watch, const char *from, const char *path,
                                       struct error *err)
{
    CLEANUP_WATCH_EVENTS struct watch_events *events = watch_events_new(err);
    CLEANUP_API_REPLY struct api_reply reply = {.status = 0};
    struct stream stream = {.watch = watch, .events = events, .from = from};
    long long began_ms = monotonic_ms();
    enum watch_result result;
    bool answered, was_long;

    if (!events)
        return WATCH_FAILED;
    answered = api_client_stream(watch->client, path, receive, &stream, &reply, err);
    was_long = monotonic_ms() - began_ms >= SHORT_MS;
    watch->was_short = !stream.has_news && !was_long;
    if (answered && reply.status != 200)
        return judge_refusal(watch, path, &reply, err);
    result = answered ? judge_end(&stream, err) : was_long ? WATCH_BROKEN : WATCH_FAILED;
    if (result != WATCH_ENDED)
        error_wrap(err, "watching %s of %s", watch->kind->resource, watch->kind->group);
    return result;
}

enum watch_result watch_run(struct watch *watch, struct error *err)
{
    CLEANUP_TEXT struct text path = TEXT_INIT(PATH_MAX_BYTES);
    struct feed_mark from;

    watch->was_short = true;
    watch->retry_after_ms = 0;
    permitted_feed_mark(watch->feed, &from);
    if (from.kind != watch->kind) {
        error_set(err, "another API serves the permitted list now");
        return WATCH_RELIST;
    }
    make_path(watch, from.version, &path);
    if (path.failed) {
        error_no_memory(err);
        return WATCH_FAILED;
    }
    return stream_events(watch, from.version, text_get(&path), err);
}
