/* SPDX-License-Identifier: Apache-2.0 */
/* What the source does when the API server, the network or an object is not as it should be. */
#include "tests/support/followed_list.h"

#include "server/metrics/metrics.h"
#include "server/monotonic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define FOREVER (-1)

static void fault(struct followed_list *list, enum fake_request request, int status, int times)
{
    fake_cluster_fault(list->cluster, request,
                       (struct fake_fault){.status = status, .times = times});
}

/* The fixture's beginning for most: a list that permits a.b/one and is watched. */
static int set_up_followed(void **state)
{
    struct followed_list *list;

    if (followed_list_set_up(state) != 0)
        return -1;
    list = *state;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    wait_requests(list, FAKE_WATCH, 1);
    return 0;
}

/* The list is followed: what changes now arrives. */
static void assert_followed(struct followed_list *list)
{
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/followed"));
    wait_permitted(list, "a.b/followed", true);
}

/* --- versions that have expired -------------------------------------------------------------- */

#define EXPIRED \
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}\n"

/* As it usually comes: within a 200. */
static void test_expired_in_band(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    fake_cluster_say(list->cluster, EXPIRED);
    wait_requests(list, FAKE_LIST, 2);
    wait_requests(list, FAKE_WATCH, 2);
    assert_followed(list);
    assert_int_equal(times_logged(list, "problem="), 0); /* that is how watches go */
}

/* The watch ends, and meanwhile what it should go on with is gone. */
static void test_expired_when_watched_again(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    fake_cluster_hold_events(list->cluster, true);
    fake_cluster_end_watches(list->cluster);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/three"));
    fake_cluster_compact(list->cluster);
    fake_cluster_hold_events(list->cluster, false);
    wait_permitted(list, "a.b/three", true);
    wait_requests(list, FAKE_LIST, 2);
    assert_followed(list);
    assert_int_equal(times_logged(list, "problem="), 0);
}

static void test_expired_by_status(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    fault(list, FAKE_WATCH, 410, 1);
    fake_cluster_end_watches(list->cluster);
    wait_requests(list, FAKE_LIST, 2);
    assert_followed(list);
    assert_int_equal(times_logged(list, "problem="), 0);
}

/* What was just listed can't have expired: not a reason to go round and round without a pause. */
static void test_expired_at_once(void **state)
{
    struct followed_list *list = *state;

    fault(list, FAKE_WATCH, 410, FOREVER);
    fake_cluster_cut(list->cluster);
    wait_logged(list, "HTTP 410: fault", 1);
    wait_requests(list, FAKE_LIST, 4);
    fault(list, FAKE_WATCH, 410, 0);
    assert_followed(list);
    wait_logged(list, "the permitted list is followed again", 1);
}

static void start_with_pages(struct followed_list *list)
{
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_set_page(list->cluster, 1);
    fake_cluster_put(list->cluster, FAKE_HCO, "a", V1("a.b/one"));
    fake_cluster_put(list->cluster, FAKE_HCO, "b", V1("a.b/two"));
    fake_cluster_put(list->cluster, FAKE_HCO, "c", V1("a.b/three"));
    follow(list);
}

static void test_expired_page(void **state)
{
    struct followed_list *list = *state;

    fault(list, FAKE_CONTINUE, 410, 1);
    start_with_pages(list);
    wait_permitted(list, "a.b/three", true);
    assert_true(permits(list, "a.b/one"));
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_LIST), 2);
    assert_int_equal(times_logged(list, "problem="), 0);
}

static void test_pages_always_expire(void **state)
{
    struct followed_list *list = *state;

    fault(list, FAKE_CONTINUE, 410, FOREVER);
    start_with_pages(list);
    wait_problem(list, "hyperconvergeds: HTTP 410: fault");
    assert_false(permits(list, "a.b/one")); /* a part of a list is no list */
    fault(list, FAKE_CONTINUE, 410, 0);
    wait_permitted(list, "a.b/three", true);
}

/* --- refusals -------------------------------------------------------------------------------- */

#define RULE                                                                                  \
    "the webhook needs the verbs get, list and watch on the resource hyperconvergeds of the " \
    "API group hco.kubevirt.io: the ClusterRole hostdev-webhook in deploy/base has that rule"

static void test_list_is_forbidden(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_serve(list->cluster, FAKE_KUBEVIRT, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fake_cluster_put(list->cluster, FAKE_KUBEVIRT, "kv", KUBEVIRT("a.b/kubevirt"));
    fake_cluster_fault(list->cluster, FAKE_LIST,
                       (struct fake_fault){.status = 403,
                                           .times = FOREVER,
                                           .text = "hyperconvergeds.hco.kubevirt.io is forbidden"});
    follow(list);
    wait_problem(list, "HTTP 403: hyperconvergeds.hco.kubevirt.io is forbidden; " RULE);
    wait_requests(list, FAKE_LIST, 4);
    /* Once, and never a reason to go by another source. */
    assert_int_equal(times_logged(list, RULE), 1);
    assert_false(permits(list, "a.b/kubevirt"));
    fault(list, FAKE_LIST, 403, 0);
    wait_permitted(list, "a.b/one", true);
    wait_logged(list, "the permitted list is followed again", 1);
}

/* Listing alone is allowed: then the list is at least read again and again. */
static void test_watch_is_forbidden(void **state)
{
    struct followed_list *list = *state;

    fault(list, FAKE_WATCH, 403, FOREVER);
    fake_cluster_cut(list->cluster);
    wait_logged(list, RULE, 1);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    wait_requests(list, FAKE_LIST, fake_cluster_count(list->cluster, FAKE_LIST) + 3);
    assert_int_equal(times_logged(list, RULE), 1);
    fault(list, FAKE_WATCH, 403, 0);
    assert_followed(list);
}

static void test_discovery_is_forbidden(void **state)
{
    struct followed_list *list = *state;

    fault(list, FAKE_DISCOVER, 403, FOREVER);
    follow(list);
    wait_problem(list, "the ClusterRole system:discovery of every cluster has that rule");
}

/* The client has read its token again by itself; what is left is an outage. */
static void test_unauthorized(void **state)
{
    struct followed_list *list = *state;

    fault(list, FAKE_LIST, 401, FOREVER);
    fake_cluster_cut(list->cluster);
    wait_logged(list, "HTTP 401: fault", 1);
    assert_true(permits(list, "a.b/one"));
    fault(list, FAKE_LIST, 401, 0);
    assert_followed(list);
}

/* An answer that is no description is not the answer that nothing is served. */
static void test_discovery_fails(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_KUBEVIRT, "v1");
    fake_cluster_put(list->cluster, FAKE_KUBEVIRT, "kv", KUBEVIRT("a.b/kubevirt"));
    fault(list, FAKE_DISCOVER, 500, 1);
    list->config.timing.backoff_first_ms = list->config.timing.backoff_max_ms = 200;
    follow(list);
    wait_problem(list, "GET /apis/hco.kubevirt.io: HTTP 500: fault");
    fake_cluster_fault(list->cluster, FAKE_DISCOVER,
                       (struct fake_fault){.status = 200, .times = 1, .text = "{}"});
    wait_logged(list, "GET /apis/hco.kubevirt.io: the answer has no array \\\"versions\\\"", 1);
    fake_cluster_fault(
        list->cluster, FAKE_DISCOVER,
        (struct fake_fault){.status = 200, .times = 1, .text = "<html>login</html>"});
    wait_logged(list, "GET /apis/hco.kubevirt.io: the answer: ", 1);
    wait_permitted(list, "a.b/kubevirt", true);
}

static void test_list_is_no_list(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":{}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{}]}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[1]}",
    };
    struct followed_list *list = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fake_cluster_fault(list->cluster, FAKE_LIST,
                           (struct fake_fault){.status = 200, .times = 3, .text = texts[i]});
        wait_requests(list, FAKE_WATCH, (unsigned)i + 1);
        fake_cluster_cut(list->cluster);
        wait_logged(list, "can't be followed", i + 1);
        wait_logged(list, "followed again", i + 1);
    }
    assert_true(permits(list, "a.b/one"));
    assert_followed(list);
}

/* A server that is told to wait for a second is not asked again within it. */
static void test_retry_after(void **state)
{
    struct followed_list *list = *state;
    long long began_ms = monotonic_ms();

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_fault(
        list->cluster, FAKE_LIST,
        (struct fake_fault){.status = 429, .times = 1, .headers = "Retry-After: 1\r\n"});
    follow(list);
    wait_requests(list, FAKE_LIST, 2);
    assert_true(monotonic_ms() - began_ms >= 1000);
}

/* --- hope ------------------------------------------------------------------------------------ */

/* So long that a test ends before a pause does. */
static void pause_for_an_hour(struct followed_list *list)
{
    list->config.timing.backoff_first_ms = list->config.timing.backoff_max_ms = 3600 * 1000;
}

/* Good reads until the watcher has asked for that many watches. */
static void read_until_watched(struct followed_list *list, unsigned watches)
{
    struct error problem;

    for (int i = 0; i < 100 && fake_cluster_count(list->cluster, FAKE_WATCH) < watches; i++)
        assert_true(read_afresh(list, &problem));
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_WATCH), watches);
}

/* A fresh read that is good after an outage ends the pause: what changes now arrives. */
static void test_fresh_read_ends_a_pause(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    pause_for_an_hour(list);
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fault(list, FAKE_LIST, 503, FOREVER);
    follow(list);
    wait_problem(list, "HTTP 503: fault");
    assert_false(read_afresh(list, &problem));
    fault(list, FAKE_LIST, 503, 0);
    read_until_watched(list, 1);
    wait_logged(list, "the permitted list is followed again", 1);
    wait_permitted(list, "a.b/one", true);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", NO_LIST);
    wait_permitted(list, "a.b/one", false);
}

/* A list can be read and no watch is to be had: good reads don't make the watcher try on and on. */
static void test_fresh_reads_in_vain(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    pause_for_an_hour(list);
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fault(list, FAKE_WATCH, 403, FOREVER);
    follow(list);
    wait_logged(list, RULE, 1);
    read_until_watched(list, 2);
    for (int i = 0; i < 5; i++)
        assert_true(read_afresh(list, &problem));
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_WATCH), 2);
}

/* Nor is an API server asked that wants to be left alone. */
static void test_fresh_read_and_retry_after(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    list->config.timing.backoff_first_ms = list->config.timing.backoff_max_ms = 40000;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fake_cluster_fault(
        list->cluster, FAKE_WATCH,
        (struct fake_fault){.status = 429, .times = 1, .headers = "Retry-After: 60\r\n"});
    follow(list);
    wait_logged(list, "HTTP 429: fault", 1);
    for (int i = 0; i < 5; i++)
        assert_true(read_afresh(list, &problem));
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_WATCH), 1);
}

/* --- connections ----------------------------------------------------------------------------- */

static void test_outage(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fault(list, FAKE_DISCOVER, 503, FOREVER);
    fake_cluster_cut(list->cluster);
    wait_logged(list, "the last good one stays in force", 1);
    wait_logged(list, "HTTP 503: fault", 1);
    wait_requests(list, FAKE_DISCOVER, fake_cluster_count(list->cluster, FAKE_DISCOVER) + 5);
    assert_int_equal(times_logged(list, "HTTP 503: fault"), 1);
    assert_false(read_afresh(list, &problem));
    assert_non_null(strstr(problem.message, "HTTP 503: fault"));
    assert_true(permits(list, "a.b/one"));
    assert_int_equal(times_logged(list, "can't be read afresh before a denial"), 1);
    fault(list, FAKE_DISCOVER, 503, 0);
    wait_logged(list, "the permitted list is followed again", 1);
    assert_true(read_afresh(list, &problem));
    assert_int_equal(times_logged(list, "can be read afresh again"), 1);
    assert_followed(list);
}

static void test_watch_is_cut(void **state)
{
    struct followed_list *list = *state;
    int64_t restarts = metrics_get(METRIC_WATCH_RESTARTS, METRIC_NO_LABELS);
    int64_t reads = metrics_get(METRIC_LIST_READS, METRIC_NO_LABELS);

    fake_cluster_hold_events(list->cluster, true);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    fake_cluster_cut(list->cluster);
    wait_permitted(list, "a.b/two", true);
    assert_true(metrics_get(METRIC_WATCH_RESTARTS, METRIC_NO_LABELS) > restarts);
    assert_true(metrics_get(METRIC_LIST_READS, METRIC_NO_LABELS) > reads);
    fake_cluster_hold_events(list->cluster, false);
    assert_followed(list);
}

static void test_list_hangs(void **state)
{
    struct followed_list *list = *state;

    list->config.timing.list_deadline_ms = 300;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fault(list, FAKE_LIST, 0, 1);
    follow(list);
    wait_problem(list, "no answer in time: ");
    wait_permitted(list, "a.b/one", true);
}

/* Neither events nor bookmarks: nobody knows whether anything has happened. */
static void test_watch_hangs(void **state)
{
    struct followed_list *list = *state;

    list->config.timing.silence_ms = 1500;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fake_cluster_hold_events(list->cluster, true);
    follow(list);
    wait_permitted(list, "a.b/one", true);
    wait_requests(list, FAKE_WATCH, 1);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    wait_logged(list, "nothing was received for 1500 ms", 1);
    /* On a quiet cluster that is no fault: there, no bookmarks are sent, either. */
    assert_int_equal(times_logged(list, "problem="), 0);
}

/* As when an API server ends: first it breaks off the watch, then it can't be reached. */
static void test_watch_is_cut_after_a_while(void **state)
{
    struct followed_list *list = *state;
    long long until_ms = monotonic_ms() + 1500; /* longer than a watch that fails at once */

    while (monotonic_ms() < until_ms)
        poll(NULL, 0, 50);
    fake_cluster_cut(list->cluster);
    wait_logged(list, "listing anew reason=\"watching hyperconvergeds", 1);
    assert_followed(list);
    assert_int_equal(times_logged(list, "problem="), 0);
}

static void test_fresh_read_hangs(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fault(list, FAKE_LIST, 0, 1);
    assert_false(read_afresh(list, &problem));
    assert_non_null(strstr(problem.message, "no answer in time: "));
    assert_true(read_afresh(list, &problem));
}

/* Ends well, but at once: without a pause that could go round and round. */
static void test_watch_ends_at_once(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_fault(list->cluster, FAKE_WATCH,
                       (struct fake_fault){.status = 200, .times = FOREVER, .text = "\n"});
    fake_cluster_cut(list->cluster);
    wait_logged(list, "the API server ended the watch at once, without an event", 1);
    fault(list, FAKE_WATCH, 0, 0);
    assert_followed(list);
}

/* Lists are good all the time, and yet nothing is followed: that is not said in between. */
static void test_watches_end_at_once_again_and_again(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_fault(list->cluster, FAKE_WATCH,
                       (struct fake_fault){.status = 200, .times = FOREVER, .text = "\n"});
    fake_cluster_cut(list->cluster);
    wait_requests(list, FAKE_LIST, 5);
    assert_int_equal(times_logged(list, "the permitted list is followed again"), 0);
    assert_int_equal(times_logged(list, "ended the watch at once, without an event"), 1);
    fault(list, FAKE_WATCH, 0, 0);
    /* An open watch is enough: a quiet cluster has no news. */
    wait_logged(list, "the permitted list is followed again", 1);
    assert_followed(list);
}

/* --- a cluster that was set back (etcd restored from a backup) -------------------------------- */

/* The next watch begins at a version that the cluster has not reached again. */
static void set_back_between_watches(struct followed_list *list)
{
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    fake_cluster_hold_events(list->cluster, true);
    fake_cluster_end_watches(list->cluster);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/restored"));
    fake_cluster_set_back(list->cluster, 500);
    fake_cluster_hold_events(list->cluster, false);
    wait_requests(list, FAKE_WATCH, 2);
}

static void test_watch_shows_that_it_was_set_back(void **state)
{
    struct followed_list *list = *state;

    set_back_between_watches(list);
    assert_false(permits(list, "a.b/restored"));
    fake_cluster_bookmark(list->cluster);
    wait_permitted(list, "a.b/restored", true);
    wait_logged(list,
                "listing anew reason=\"watching hyperconvergeds of hco.kubevirt.io: an event "
                "is older than what the watch began with",
                1);
    assert_followed(list);
    assert_int_equal(times_logged(list, "problem="), 0);
}

/* What the cluster does not tell by itself is asked for after some watches. */
static void test_listed_anew_after_some_watches(void **state)
{
    struct followed_list *list = *state;

    for (unsigned i = 1; i <= 4; i++) {
        assert_int_equal(fake_cluster_count(list->cluster, FAKE_LIST), 1);
        fake_cluster_put(list->cluster, FAKE_HCO, "hc", i % 2 ? V1("a.b/two") : V1("a.b/one"));
        wait_permitted(list, "a.b/two", i % 2);
        fake_cluster_end_watches(list->cluster);
        wait_requests(list, FAKE_WATCH, i + 1);
    }
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_LIST), 2);
    assert_followed(list);
    assert_int_equal(times_logged(list, "problem="), 0);
}

/* --- what a watch may say -------------------------------------------------------------------- */

static void test_endless_line(void **state)
{
    struct followed_list *list = *state;
    size_t len = (size_t)17 * 1024 * 1024;
    char *line = malloc(len + 1);

    assert_non_null(line);
    memset(line, 'a', len);
    memcpy(line, "{\"type\":\"", 9);
    line[len] = '\0';
    fake_cluster_say(list->cluster, line);
    free(line);
    wait_logged(list, "an event larger than 16777216 bytes", 1);
    wait_requests(list, FAKE_LIST, 2);
    assert_followed(list);
}

static void test_not_an_event(void **state)
{
    static const char *const texts[] = {
        "<html>\n",
        "{\"type\":\"ADDED\"}\n",
        "{\"type\":\"REPLACED\",\"object\":{}}\n",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"}}}\n",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"9999\"}}}\n",
        "{\"type\":\"ADDED,\n",
    };
    struct followed_list *list = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fake_cluster_say(list->cluster, texts[i]);
        wait_logged(list, "watching hyperconvergeds of hco.kubevirt.io: an event", i + 1);
        wait_logged(list, "followed again", i + 1);
        wait_requests(list, FAKE_WATCH, (unsigned)i + 2);
    }
    assert_followed(list);
}

static void test_error_event(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_say(list->cluster, "{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":"
                                    "\"etcd\\u001b is away\"}}");
    wait_logged(list, "ended the watch with the error 500: etcd", 1);
    wait_requests(list, FAKE_LIST, 2);
    assert_followed(list);
}

/* --- objects --------------------------------------------------------------------------------- */

#define WRONG "{\"virtualization\":{\"permittedHostDevices\":{\"pciHostDevices\":\"none\"}}}"
#define WHY                                                                                   \
    "HyperConverged ns/hc: spec.virtualization.permittedHostDevices.pciHostDevices: Invalid " \
    "value: "

static void test_wrong_type(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fake_cluster_put(list->cluster, FAKE_HCO, "hc", WRONG);
    wait_logged(list, "the last good one stays in force problem=\"" WHY, 1);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", WRONG);
    fake_cluster_bookmark(list->cluster);
    assert_false(read_afresh(list, &problem));
    assert_non_null(strstr(problem.message, WHY));
    assert_true(permits(list, "a.b/one"));
    assert_int_equal(times_logged(list, "the last good one stays in force"), 1);
    assert_followed(list); /* the correction arrives */
    assert_true(read_afresh(list, &problem));
}

static void test_wrong_type_at_first(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", WRONG);
    follow(list);
    wait_problem(list, "the permitted list is not known: " WHY);
    assert_followed(list);
}

/* --- the end --------------------------------------------------------------------------------- */

/* Whatever goes on, stopping ends it: a list that hangs, a pause of an hour. */
static void test_stop_in_a_list(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fault(list, FAKE_LIST, 0, FOREVER);
    follow(list);
    wait_requests(list, FAKE_LIST, 1);
    cluster_source_stop(list->source);
    assert_int_equal(times_logged(list, "problem="), 0);
}

static void test_stop_in_a_pause(void **state)
{
    struct followed_list *list = *state;

    list->config.timing.backoff_first_ms = list->config.timing.backoff_max_ms = 3600 * 1000;
    fault(list, FAKE_DISCOVER, 500, FOREVER);
    follow(list);
    wait_problem(list, "HTTP 500: fault");
    cluster_source_stop(list->source);
}

static void test_bad_credentials(void **state)
{
    struct followed_list *list = *state;
    struct cluster_config bad = *list->config.cluster;
    char pem[] = "no certificate";
    struct error err = {.message = ""};

    bad.ca_pem = pem;
    list->config.cluster = &bad;
    assert_null(cluster_source_start(&list->config, &err));
    assert_string_not_equal(err.message, "");
}

#define PLAIN(test) \
    cmocka_unit_test_setup_teardown(test, followed_list_set_up, followed_list_tear_down)
#define FOLLOWED(test) \
    cmocka_unit_test_setup_teardown(test, set_up_followed, followed_list_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLLOWED(test_expired_in_band),
        FOLLOWED(test_expired_when_watched_again),
        FOLLOWED(test_expired_by_status),
        FOLLOWED(test_expired_at_once),
        PLAIN(test_expired_page),
        PLAIN(test_pages_always_expire),
        PLAIN(test_list_is_forbidden),
        FOLLOWED(test_watch_is_forbidden),
        PLAIN(test_discovery_is_forbidden),
        FOLLOWED(test_unauthorized),
        PLAIN(test_discovery_fails),
        FOLLOWED(test_list_is_no_list),
        PLAIN(test_retry_after),
        PLAIN(test_fresh_read_ends_a_pause),
        PLAIN(test_fresh_reads_in_vain),
        PLAIN(test_fresh_read_and_retry_after),
        FOLLOWED(test_outage),
        FOLLOWED(test_watch_is_cut),
        PLAIN(test_list_hangs),
        PLAIN(test_watch_hangs),
        FOLLOWED(test_watch_is_cut_after_a_while),
        FOLLOWED(test_fresh_read_hangs),
        FOLLOWED(test_watch_ends_at_once),
        FOLLOWED(test_watches_end_at_once_again_and_again),
        FOLLOWED(test_watch_shows_that_it_was_set_back),
        FOLLOWED(test_listed_anew_after_some_watches),
        FOLLOWED(test_endless_line),
        FOLLOWED(test_not_an_event),
        FOLLOWED(test_error_event),
        FOLLOWED(test_wrong_type),
        PLAIN(test_wrong_type_at_first),
        PLAIN(test_stop_in_a_list),
        PLAIN(test_stop_in_a_pause),
        PLAIN(test_bad_credentials),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
