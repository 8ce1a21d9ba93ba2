/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cluster/watch_events.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds "TYPE NAME; " for each event that is complete, or "bad: WHY; ". False after a bad one. */
static bool drain(struct watch_events *events, struct text *seen)
{
    static const char *const names[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};

    for (;;) {
        CLEANUP_WATCH_EVENT struct watch_event event = {.object = NULL};
        struct error err = {.message = ""};
        const char *name;

        switch (watch_events_next(events, &event, &err)) {
        case WATCH_EVENTS_NONE:
            return true;
        case WATCH_EVENTS_BAD:
            text_addf(seen, "bad: %s; ", err.message);
            return false;
        case WATCH_EVENTS_ONE:
            name = json_string_value(json_object_get(event.object, "name"));
            text_addf(seen, "%s %s; ", names[event.type], name ? name : "?");
        }
    }
}

/* What a stream has, when it comes in chunks of this size. */
static void assert_events(const char *stream, size_t len, size_t chunk, const char *expected)
{
    CLEANUP_TEXT struct text seen = TEXT_INIT(4096);
    struct error err;
    CLEANUP_WATCH_EVENTS struct watch_events *events = watch_events_new(&err);
    bool good = true;

    assert_non_null(events);
    for (size_t at = 0; at < len && good; at += chunk) {
        assert_true(
            watch_events_add(events, stream + at, len - at < chunk ? len - at : chunk, &err));
        good = drain(events, &seen);
    }
    assert_string_equal(text_get(&seen), expected);
}

struct row {
    const char *stream, *expected;
};

#define EVENT(type, name) "{\"type\":\"" type "\",\"object\":{\"name\":\"" name "\"}}"

static const struct row rows[] = {
    {"", ""},
    {" \r\n\t", ""},
    {EVENT("ADDED", "a") "\n", "ADDED a; "},
    {EVENT("ADDED", "a"), "ADDED a; "},
    {"\n\n" EVENT("MODIFIED", "a") "\r\n" EVENT("DELETED", "b") "\n", "MODIFIED a; DELETED b; "},
    {EVENT("BOOKMARK", "a") EVENT("ERROR", "b") EVENT("ADDED", "c"),
     "BOOKMARK a; ERROR b; ADDED c; "},
    /* Over several lines, the object first, and more than is asked for. */
    {"{\n \"object\" : { \"name\" : \"a\" , \"x\" : [ { } , [ ] ] } ,\n \"type\" : \"ADDED\" }\n",
     "ADDED a; "},
    /* Braces, quotes and backslashes in strings end nothing. */
    {EVENT("ADDED", "}{[]\\\"}\\\\") EVENT("ADDED", "b"), "ADDED }{[]\"}\\; ADDED b; "},
    {EVENT("ADDED", "\\u007d\\u0022") "\n", "ADDED }\"; "},
    /* Half an event is none. */
    {EVENT("ADDED", "a") "\n{\"type\":\"ADDED\",\"object\":{\"name\":\"b\"}", "ADDED a; "},
    {"{\"type\":\"ADDED\",\"object\":{\"name\":\"b\"}}\n{", "ADDED b; "},

    {"[1]\n", "bad: an event that is no JSON object; "},
    {EVENT("ADDED", "a") ",", "ADDED a; bad: an event that is no JSON object; "},
    {"null", "bad: an event that is no JSON object; "},
    {"{\"type\":\"ADDED\n\",\"object\":{}}", "bad: an event with a line break in a string; "},
    {"{}", "bad: an event without a type; "},
    {"{\"type\":1,\"object\":{}}", "bad: an event without a type; "},
    {"{\"type\":\"added\",\"object\":{}}", "bad: an event of the unknown type \"added\"; "},
    {"{\"type\":\"\\u001b[1m\",\"object\":{}}",
     "bad: an event of the unknown type \"\\u001b[1m\"; "},
    {"{\"type\":\"ADDED\"}", "bad: an event without an object; "},
    {"{\"type\":\"ADDED\",\"object\":[]}", "bad: an event without an object; "},
};

static void test_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].stream);

        assert_events(rows[i].stream, len, 1, rows[i].expected);
        assert_events(rows[i].stream, len, 7, rows[i].expected);
        assert_events(rows[i].stream, len, len + 1, rows[i].expected);
    }
}

/* The JSON reader's refusals, whose words are its own. */
static void test_bad_json(void **state)
{
    static const char *const streams[] = {
        "{]",
        "{\"a\":1,}",
        "{{}}",
        "{\"type\":\"ADDED\",\"type\":\"ADDED\",\"object\":{}}",
        "{\"a\":\"\xff\"}",
        "{[}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        CLEANUP_TEXT struct text seen = TEXT_INIT(4096);
        struct error err;
        CLEANUP_WATCH_EVENTS struct watch_events *events = watch_events_new(&err);

        assert_true(watch_events_add(events, streams[i], strlen(streams[i]), &err));
        assert_false(drain(events, &seen));
        assert_ptr_equal(strstr(text_get(&seen), "bad: an event: "), text_get(&seen));
    }
}

/* `len` bytes that are one event, the caller's. */
static char *make_event(size_t len)
{
    static const char head[] = "{\"type\":\"ADDED\",\"object\":{\"name\":\"a\",\"x\":\"";
    static const char tail[] = "\"}}";
    char *event = malloc(len);

    assert_non_null(event);
    memset(event, 'x', len);
    memcpy(event, head, sizeof head - 1);
    memcpy(event + len - (sizeof tail - 1), tail, sizeof tail - 1);
    return event;
}

static void test_limit(void **state)
{
    static const char too_large[] = "bad: an event larger than 16777216 bytes; ";
    char *event = make_event(WATCH_EVENT_MAX);

    (void)state;
    assert_events(event, WATCH_EVENT_MAX, 16384, "ADDED a; ");
    /* Not its end is waited for: memory is bounded. */
    event[WATCH_EVENT_MAX - 1] = 'x';
    assert_events(event, WATCH_EVENT_MAX, 16384, "");
    free(event);
    event = make_event(WATCH_EVENT_MAX + 1);
    assert_events(event, WATCH_EVENT_MAX + 1, 16384, too_large);
    free(event);
}

/* What was large once does not stay large, and the count of events has no limit. */
static void test_long_stream(void **state)
{
    CLEANUP_TEXT struct text seen = TEXT_INIT(4096);
    struct error err;
    CLEANUP_WATCH_EVENTS struct watch_events *events = watch_events_new(&err);
    char *large = make_event((size_t)1024 * 1024);

    (void)state;
    for (int i = 0; i < 200; i++) {
        const char small[] = EVENT("MODIFIED", "b") "\n" EVENT("BOOKMARK", "c") "\n";

        assert_true(watch_events_add(events, large, (size_t)1024 * 1024, &err));
        assert_true(watch_events_add(events, small, sizeof small - 1, &err));
        text_cut(&seen, 0);
        assert_true(drain(events, &seen));
        assert_string_equal(text_get(&seen), "ADDED a; MODIFIED b; BOOKMARK c; ");
    }
    free(large);
}

static void test_too_much_at_once(void **state)
{
    struct error err;
    CLEANUP_WATCH_EVENTS struct watch_events *events = watch_events_new(&err);

    (void)state;
    assert_false(watch_events_add(events, "", WATCH_EVENT_MAX + 1, &err));
    assert_string_equal(err.message, "16777217 bytes at once");
    watch_events_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_long_stream),
        cmocka_unit_test(test_too_much_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
