/* SPDX-License-Identifier: Apache-2.0 */
/* In which order the feed takes what reaches it in another one. */
#include "server/cluster/permitted_feed.h"

#include "server/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct current_list *current;
    struct permitted_feed *feed;
};

static const struct kind *hyperconverged(const char *version)
{
    return kind_find(STR("hco.kubevirt.io"), str_from(version), STR("HyperConverged"));
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct error err;

    log_configure(LOG_FORMAT_TEXT, LOG_ERROR, STDERR_FILENO);
    fixture.current = current_list_new(&err);
    fixture.feed = fixture.current ? permitted_feed_new(fixture.current, &err) : NULL;
    *state = &fixture;
    return fixture.feed ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    permitted_feed_free(fixture->feed);
    current_list_free(fixture->current);
    log_configure(LOG_FORMAT_TEXT, LOG_INFO, STDERR_FILENO);
    return 0;
}

static json_t *make_object(const char *version, const char *device)
{
    json_t *object = json_pack("{s:{s:s,s:s},s:{s:{s:[{s:s}]}}}", "metadata", "name", "hc",
                               "resourceVersion", version, "spec", "permittedHostDevices",
                               "pciHostDevices", "resourceName", device);

    assert_non_null(object);
    return object;
}

/* A list as of `version` that permits one device. */
static struct object_store *make_store(const struct kind *kind, const char *version,
                                       const char *device)
{
    struct error err;
    struct object_store *store = object_store_new(kind, &err);
    json_t *page = json_pack("{s:{s:s},s:[o]}", "metadata", "resourceVersion", version, "items",
                             make_object("1", device));
    char *token = NULL;

    assert_non_null(store);
    assert_true(object_store_add_page(store, page, &token, &err));
    json_decref(page);
    return store;
}

static void replace(struct fixture *fixture, const char *api_version, const char *version,
                    const char *device, const struct feed_mark *before)
{
    struct error err;

    assert_true(permitted_feed_replace(
        fixture->feed, make_store(hyperconverged(api_version), version, device), before, &err));
}

static enum feed_result apply(struct fixture *fixture, const char *version, const char *device)
{
    struct watch_event event = {WATCH_MODIFIED, make_object(version, device)};
    struct error err;
    enum feed_result result =
        permitted_feed_apply(fixture->feed, hyperconverged("v1"), &event, &err);

    watch_event_clear(&event);
    return result;
}

static void assert_in_force(struct fixture *fixture, const char *device, const char *version)
{
    struct error problem;
    struct permitted_list *list = current_list_get(fixture->current, &problem);
    struct feed_mark mark;

    assert_non_null(list);
    if (permitted_list_find(list, str_from(device)) != PERMISSION_GRANTED)
        fail_msg("%s is not permitted", device);
    permitted_list_unref(list);
    permitted_feed_mark(fixture->feed, &mark);
    assert_string_equal(mark.version, version);
}

/* A list that took its time arrives behind the event that is newer. */
static void test_list_is_overtaken(void **state)
{
    struct fixture *fixture = *state;
    struct feed_mark before;

    permitted_feed_mark(fixture->feed, &before);
    assert_null(before.kind);
    replace(fixture, "v1", "100", "a.b/first", &before);
    permitted_feed_mark(fixture->feed, &before);
    assert_int_equal(apply(fixture, "110", "a.b/newer"), FEED_TAKEN);
    replace(fixture, "v1", "105", "a.b/older", &before);
    assert_in_force(fixture, "a.b/newer", "110");
    /* In another version of the API it is as old. */
    replace(fixture, "v1beta1", "105", "a.b/older", &before);
    assert_in_force(fixture, "a.b/newer", "110");
    replace(fixture, "v1beta1", "110", "a.b/beta", &before);
    assert_in_force(fixture, "a.b/beta", "110");
}

/* Older than what was known before it was asked for: the cluster itself went back. */
static void test_cluster_went_back(void **state)
{
    struct fixture *fixture = *state;
    struct feed_mark before;

    permitted_feed_mark(fixture->feed, &before);
    replace(fixture, "v1", "100", "a.b/first", &before);
    permitted_feed_mark(fixture->feed, &before);
    replace(fixture, "v1", "50", "a.b/restored", &before);
    assert_in_force(fixture, "a.b/restored", "50");
    assert_int_equal(apply(fixture, "51", "a.b/newer"), FEED_TAKEN);
    assert_in_force(fixture, "a.b/newer", "51");
}

/* Versions of two resources have nothing to do with each other. */
static void test_another_resource(void **state)
{
    struct fixture *fixture = *state;
    struct feed_mark before;
    struct error err;

    permitted_feed_mark(fixture->feed, &before);
    replace(fixture, "v1", "100", "a.b/first", &before);
    assert_true(permitted_feed_replace(
        fixture->feed,
        make_store(kind_find(STR("kubevirt.io"), STR("v1"), STR("KubeVirt")), "5", "a.b/none"),
        &before, &err));
    permitted_feed_mark(fixture->feed, &before);
    assert_string_equal(before.version, "5");
    assert_int_equal(apply(fixture, "200", "a.b/stray"), FEED_OTHER);
    permitted_feed_confirm(fixture->feed, hyperconverged("v1"));
    permitted_feed_mark(fixture->feed, &before);
    assert_string_equal(before.kind->group, "kubevirt.io");
}

static void test_events(void **state)
{
    struct fixture *fixture = *state;
    struct feed_mark before;

    assert_int_equal(apply(fixture, "1", "a.b/stray"), FEED_OTHER);
    permitted_feed_mark(fixture->feed, &before);
    replace(fixture, "v1", "100", "a.b/first", &before);
    assert_int_equal(apply(fixture, "100", "a.b/late"), FEED_STALE);
    assert_int_equal(apply(fixture, "", "a.b/bad"), FEED_BAD);
    assert_in_force(fixture, "a.b/first", "100");
    permitted_feed_free(NULL);
}

/* On a quiet cluster bookmarks have the version that is known: they say that the list is good. */
static void test_bookmark_of_the_same_version(void **state)
{
    struct fixture *fixture = *state;
    struct feed_mark before;
    struct error err;
    int tries = 0;

    permitted_feed_mark(fixture->feed, &before);
    replace(fixture, "v1", "100", "a.b/first", &before);
    while (current_list_age(fixture->current) < 1)
        poll(NULL, 0, 10);
    do {
        struct watch_event event = {WATCH_BOOKMARK, make_object("100", "")};

        assert_int_equal(permitted_feed_apply(fixture->feed, hyperconverged("v1"), &event, &err),
                         FEED_STALE);
    } while (current_list_age(fixture->current) > 0 && ++tries < 100);
    assert_true(tries < 100);
}

#define WITH_FEED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FEED(test_list_is_overtaken),
        WITH_FEED(test_cluster_went_back),
        WITH_FEED(test_another_resource),
        WITH_FEED(test_events),
        WITH_FEED(test_bookmark_of_the_same_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
