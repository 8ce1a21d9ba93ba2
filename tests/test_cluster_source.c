/* SPDX-License-Identifier: Apache-2.0 */
/* What the source follows, on a cluster that works. What goes wrong is in test_cluster_faults. */
#include "tests/support/followed_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- list and watch -------------------------------------------------------------------------- */

static void test_list_then_watch(void **state)
{
    struct followed_list *list = *state;
    char path[512], expected[64];
    const char *timeout;
    unsigned version, seconds;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1 v1beta1");
    version = fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    wait_logged(list, "devices=1", 1);
    assert_int_equal(times_logged(list, "api=hco.kubevirt.io/v1 "), 1);

    /* The newest state of all namespaces: without a resourceVersion. */
    fake_cluster_last_path(list->cluster, FAKE_LIST, path);
    assert_string_equal(path, "/apis/hco.kubevirt.io/v1/hyperconvergeds?limit=500");

    wait_requests(list, FAKE_WATCH, 1);
    fake_cluster_last_path(list->cluster, FAKE_WATCH, path);
    assert_non_null(strstr(path, "/apis/hco.kubevirt.io/v1/hyperconvergeds?watch=true"));
    assert_non_null(strstr(path, "&allowWatchBookmarks=true"));
    snprintf(expected, sizeof expected, "&resourceVersion=%u", version);
    assert_non_null(strstr(path, expected));
    timeout = strstr(path, "&timeoutSeconds=");
    assert_non_null(timeout);
    seconds = (unsigned)strtoul(timeout + strlen("&timeoutSeconds="), NULL, 10);
    assert_in_range(seconds, 300, 600);
}

static void test_events(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    assert_false(permits(list, "a.b/one"));
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_LIST), 1);
}

/* HCO writes its status all the time: that is not worth a line, or a list. */
static void test_only_changes_are_logged(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    for (int i = 0; i < 10; i++) {
        fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
        fake_cluster_bookmark(list->cluster);
    }
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    assert_int_equal(times_logged(list, "permitted list loaded"), 2);
}

/* A clean end: the next watch begins at the newest version that is known, and nothing is listed. */
static void test_clean_end_after_a_bookmark(void **state)
{
    struct followed_list *list = *state;
    char path[512];

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one")); /* version 1001 */
    follow(list);
    wait_requests(list, FAKE_WATCH, 1);
    wait_permitted(list, "a.b/one", true);
    fake_cluster_compact(list->cluster);  /* 1002: the list's version is too old now */
    fake_cluster_bookmark(list->cluster); /* 1003 */
    fake_cluster_end_watches(list->cluster);
    wait_requests(list, FAKE_WATCH, 2);
    fake_cluster_last_path(list->cluster, FAKE_WATCH, path);
    assert_non_null(strstr(path, "&resourceVersion=1003"));
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_LIST), 1);
    assert_int_equal(times_logged(list, "problem="), 0);
}

static void test_pages(void **state)
{
    struct followed_list *list = *state;
    char path[512];

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_set_page(list->cluster, 1);
    fake_cluster_put(list->cluster, FAKE_HCO, "a", V1("a.b/one"));
    fake_cluster_put(list->cluster, FAKE_HCO, "b", V1("a.b/two"));
    fake_cluster_put(list->cluster, FAKE_HCO, "c", V1("a.b/three"));
    follow(list);
    wait_permitted(list, "a.b/three", true);
    assert_true(permits(list, "a.b/one"));
    assert_true(permits(list, "a.b/two"));
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_CONTINUE), 2);
    /* What a token holds is encoded. */
    fake_cluster_last_path(list->cluster, FAKE_CONTINUE, path);
    assert_non_null(strstr(path, "?limit=500&continue=next%2F2"));
}

/* --- how many objects there are -------------------------------------------------------------- */

static void test_none(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    follow(list);
    wait_logged(list, "no object holds a permitted list: no device is permitted", 1);
    wait_logged(list, "objects=0", 1);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    wait_permitted(list, "a.b/one", true);
}

/* What any of them permits counts; one warning as long as they are the same. */
static void test_two(void **state)
{
    static const char warning[] = "several objects hold a permitted list";
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "b", V1("a.b/two"));
    fake_cluster_put(list->cluster, FAKE_HCO, "a", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    assert_true(permits(list, "a.b/two"));
    wait_logged(list, "ns/a, ns/b", 1);
    fake_cluster_put(list->cluster, FAKE_HCO, "a", V1("a.b/three"));
    wait_permitted(list, "a.b/three", true);
    assert_int_equal(times_logged(list, warning), 1);
    fake_cluster_delete(list->cluster, FAKE_HCO, "b");
    wait_permitted(list, "a.b/two", false);
    assert_true(permits(list, "a.b/three"));
    fake_cluster_put(list->cluster, FAKE_HCO, "b", V1("a.b/two"));
    wait_logged(list, warning, 2);
}

static void test_deleting_and_deleted(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    fake_cluster_begin_delete(list->cluster, FAKE_HCO, "hc");
    fake_cluster_put(list->cluster, FAKE_HCO, "other", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    assert_true(permits(list, "a.b/one")); /* it counts until it is gone */
    fake_cluster_delete(list->cluster, FAKE_HCO, "hc");
    wait_permitted(list, "a.b/one", false);
    fake_cluster_delete(list->cluster, FAKE_HCO, "other");
    wait_permitted(list, "a.b/two", false);
    wait_logged(list, "no object holds a permitted list", 1);
}

/* --- which API ------------------------------------------------------------------------------- */

#define OFTEN 10 /* milliseconds between two looks */

static void test_definition_comes_later(void **state)
{
    struct followed_list *list = *state;

    list->config.timing.look_ms = OFTEN;
    follow(list);
    wait_problem(list, "the permitted list is not known: the cluster serves neither HyperConverged "
                       "of hco.kubevirt.io nor KubeVirt of kubevirt.io");
    /* kubevirt.io may be there for other kinds. */
    fake_cluster_set_resource(list->cluster, FAKE_KUBEVIRT, false);
    fake_cluster_serve(list->cluster, FAKE_KUBEVIRT, "v1");
    wait_problem(list, "; it serves kubevirt.io, but no kubevirts there");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    wait_permitted(list, "a.b/one", true);
    wait_logged(list, "the permitted list is followed again", 1);
}

static void test_kubevirt_until_hyperconverged_comes(void **state)
{
    struct followed_list *list = *state;

    list->config.timing.look_ms = OFTEN;
    fake_cluster_serve(list->cluster, FAKE_KUBEVIRT, "v1 v1alpha3");
    fake_cluster_put(list->cluster, FAKE_KUBEVIRT, "kv", KUBEVIRT("a.b/kubevirt"));
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/kubevirt", true);
    wait_logged(list, "kind=KubeVirt api=kubevirt.io/v1 ", 1);

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    wait_permitted(list, "a.b/one", true);
    assert_false(permits(list, "a.b/kubevirt"));

    fake_cluster_serve(list->cluster, FAKE_HCO, NULL);
    wait_permitted(list, "a.b/kubevirt", true);
    assert_false(permits(list, "a.b/one"));

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    wait_permitted(list, "a.b/one", true);
    /* And it is followed, not only read once. */
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    assert_int_equal(times_logged(list, "problem="), 0);
}

/* The object's lists differ by version here, so that it shows which one is read. */
#define BETA_AND_V1                                                                           \
    "{\"permittedHostDevices\":" PCI(                                                         \
        "pciDeviceSelector", "a.b/beta") ","                                                  \
                                         "\"virtualization\":{\"permittedHostDevices\":" PCI( \
                                             "pciDeviceSelector", "a.b/v1") "}}"

static void test_version_is_switched(void **state)
{
    struct followed_list *list = *state;

    list->config.timing.look_ms = OFTEN;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1beta1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", BETA_AND_V1);
    follow(list);
    wait_permitted(list, "a.b/beta", true);
    /* An upgrade: a better one is served, then the old one is not. */
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1 v1beta1");
    wait_permitted(list, "a.b/v1", true);
    assert_false(permits(list, "a.b/beta"));
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    /* And back: a downgrade. */
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1beta1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", BETA_AND_V1);
    wait_permitted(list, "a.b/beta", true);
    assert_int_equal(times_logged(list, "api=hco.kubevirt.io/v1beta1 "), 2);
}

/* The preferred version is not known: the first one that is. */
static void test_newer_version_is_preferred(void **state)
{
    struct followed_list *list = *state;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v2 v1 v1beta1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", BETA_AND_V1);
    follow(list);
    wait_permitted(list, "a.b/v1", true);
}

static void test_no_known_version(void **state)
{
    struct followed_list *list = *state;

    list->config.from = PERMITTED_FROM_HYPERCONVERGED;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v3 v2");
    fake_cluster_serve(list->cluster, FAKE_KUBEVIRT, "v1");
    fake_cluster_put(list->cluster, FAKE_KUBEVIRT, "kv", KUBEVIRT("a.b/kubevirt"));
    follow(list);
    wait_problem(list, "the cluster does not serve HyperConverged of hco.kubevirt.io, which "
                       "--permitted-from asks for; it serves hco.kubevirt.io in versions that are "
                       "not known here: \"v3\", \"v2\"; known are v1beta1, v1");
    cluster_source_free(list->source);
    /* Left to itself, it goes by what KubeVirt was told. */
    list->config.from = PERMITTED_FROM_AUTO;
    follow(list);
    wait_permitted(list, "a.b/kubevirt", true);
}

static void test_only_kubevirt(void **state)
{
    struct followed_list *list = *state;

    list->config.from = PERMITTED_FROM_KUBEVIRT;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_serve(list->cluster, FAKE_KUBEVIRT, "v1alpha3");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fake_cluster_put(list->cluster, FAKE_KUBEVIRT, "kv", KUBEVIRT("a.b/kubevirt"));
    follow(list);
    wait_permitted(list, "a.b/kubevirt", true);
    assert_false(permits(list, "a.b/one"));
}

/* What was permitted when the API went away stays permitted: nothing newer is known. */
static void test_api_goes_away(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    list->config.timing.look_ms = OFTEN;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    fake_cluster_serve(list->cluster, FAKE_HCO, NULL);
    wait_logged(list, "the last good one stays in force problem=\"the cluster serves neither", 1);
    assert_true(permits(list, "a.b/one"));
    assert_false(read_afresh(list, &problem));
    assert_non_null(strstr(problem.message, "the cluster serves neither"));
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
}

/* --- reading afresh -------------------------------------------------------------------------- */

/* The administrator edits, and a VM is created before the watch has told. */
static void test_fresh_read_is_ahead(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    wait_requests(list, FAKE_WATCH, 1);
    fake_cluster_hold_events(list->cluster, true);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/late"));
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    assert_false(permits(list, "a.b/two"));
    assert_true(read_afresh(list, &problem));
    assert_true(permits(list, "a.b/two"));

    /* Now the watch tells, and what is older than the reading changes nothing. */
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/three"));
    fake_cluster_hold_events(list->cluster, false);
    wait_permitted(list, "a.b/three", true);
    assert_int_equal(times_logged(list, "permitted list loaded"), 3);
    assert_int_equal(times_logged(list, "resource_version=1002 "), 0);
}

static void test_fresh_read_without_news(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    for (int i = 0; i < 3; i++)
        assert_true(read_afresh(list, &problem));
    assert_int_equal(times_logged(list, "permitted list loaded"), 1);
}

/* It sees another API before the next look does, and the watch goes there, too. */
static void test_fresh_read_of_another_api(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fake_cluster_serve(list->cluster, FAKE_KUBEVIRT, "v1");
    fake_cluster_put(list->cluster, FAKE_KUBEVIRT, "kv", KUBEVIRT("a.b/kubevirt"));
    follow(list);
    wait_permitted(list, "a.b/kubevirt", true);
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1beta1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", BETA("a.b/one"));
    assert_true(read_afresh(list, &problem));
    assert_true(permits(list, "a.b/one"));
    assert_false(permits(list, "a.b/kubevirt"));
    wait_requests(list, FAKE_LIST, 3);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", BETA("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    assert_int_equal(times_logged(list, "problem="), 0);
}

/* As soon as there is a list, whoever read it. */
static void test_fresh_read_is_the_first(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    list->config.timing.backoff_first_ms = list->config.timing.backoff_max_ms = 3600 * 1000;
    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fake_cluster_fault(list->cluster, FAKE_LIST, (struct fake_fault){.status = 500, .times = 1});
    follow(list);
    wait_problem(list, "HTTP 500: fault");
    assert_true(read_afresh(list, &problem));
    assert_true(permits(list, "a.b/one"));
}

/* etcd restored from a backup: what is read now counts, though its version is lower. */
static void test_cluster_is_set_back(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/one"));
    follow(list);
    wait_permitted(list, "a.b/one", true);
    fake_cluster_hold_events(list->cluster, true);
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    fake_cluster_set_back(list->cluster, 500);
    assert_true(read_afresh(list, &problem));
    assert_true(permits(list, "a.b/two"));
    assert_int_equal(times_logged(list, "resource_version=500 "), 1);
}

static void test_stop(void **state)
{
    struct followed_list *list = *state;
    struct error problem;

    fake_cluster_serve(list->cluster, FAKE_HCO, "v1");
    follow(list);
    cluster_source_stop(list->source);
    cluster_source_stop(list->source);
    assert_false(read_afresh(list, &problem));
    assert_string_equal(problem.message, "the server is stopping");
    cluster_source_stop(NULL);
    cluster_source_free(NULL);
}

#define FOLLOWED(test) \
    cmocka_unit_test_setup_teardown(test, followed_list_set_up, followed_list_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLLOWED(test_list_then_watch),
        FOLLOWED(test_events),
        FOLLOWED(test_only_changes_are_logged),
        FOLLOWED(test_clean_end_after_a_bookmark),
        FOLLOWED(test_pages),
        FOLLOWED(test_none),
        FOLLOWED(test_two),
        FOLLOWED(test_deleting_and_deleted),
        FOLLOWED(test_definition_comes_later),
        FOLLOWED(test_kubevirt_until_hyperconverged_comes),
        FOLLOWED(test_version_is_switched),
        FOLLOWED(test_newer_version_is_preferred),
        FOLLOWED(test_no_known_version),
        FOLLOWED(test_only_kubevirt),
        FOLLOWED(test_api_goes_away),
        FOLLOWED(test_fresh_read_is_ahead),
        FOLLOWED(test_fresh_read_without_news),
        FOLLOWED(test_fresh_read_of_another_api),
        FOLLOWED(test_fresh_read_is_the_first),
        FOLLOWED(test_cluster_is_set_back),
        FOLLOWED(test_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
