/* SPDX-License-Identifier: Apache-2.0 */
/* Which API is followed while the API server says now this, now that. */
#include "server/cluster/served_choice.h"

#include "tests/support/followed_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define UNSURE "HyperConverged is not served at the moment"
#define AN_HOUR_MS 3600000

static void serve_both(struct fake_cluster *cluster)
{
    fake_cluster_serve(cluster, FAKE_HCO, "v1 v1beta1");
    fake_cluster_serve(cluster, FAKE_KUBEVIRT, "v1");
    fake_cluster_put(cluster, FAKE_HCO, "hc", V1("a.b/one"));
    fake_cluster_put(cluster, FAKE_KUBEVIRT, "kv", KUBEVIRT("a.b/kubevirt"));
}

static void fault(struct fake_cluster *cluster, enum fake_request request, int status)
{
    fake_cluster_fault(cluster, request, (struct fake_fault){.status = status, .times = 1});
}

/* --- the choice alone ------------------------------------------------------------------------ */

static struct {
    struct fake_cluster *cluster;
    struct api_client *client;
    struct served_choice choice;
    const struct kind *found;
    struct error err;
} alone;

static int set_up(void **state)
{
    (void)state;
    memset(&alone, 0, sizeof alone);
    alone.cluster = fake_cluster_start();
    serve_both(alone.cluster);
    alone.client = api_client_new(fake_cluster_config(alone.cluster), &alone.err);
    served_choice_init(&alone.choice, PERMITTED_FROM_AUTO, AN_HOUR_MS);
    return alone.client ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    served_choice_destroy(&alone.choice);
    api_client_free(alone.client);
    fake_cluster_stop(alone.cluster);
    return 0;
}

static const struct kind *hyperconverged(void)
{
    return kind_find(STR("hco.kubevirt.io"), STR("v1"), STR("HyperConverged"));
}

static const struct kind *kubevirt(void)
{
    return kind_find(STR("kubevirt.io"), STR("v1"), STR("KubeVirt"));
}

static enum served_choice_result find(const struct kind *followed)
{
    struct api_reads reads = {.client = alone.client, .until_ms = INT64_MAX / 2};

    return served_choice_find(&alone.choice, &reads, followed, NULL, &alone.found, &alone.err);
}

static void expect_found(const struct kind *followed, const struct kind *expected)
{
    assert_int_equal(find(followed), SERVED_CHOICE_FOUND);
    assert_ptr_equal(alone.found, expected);
}

static void expect_unsure(void)
{
    assert_int_equal(find(hyperconverged()), SERVED_CHOICE_UNSURE);
    assert_string_equal(alone.err.message, UNSURE);
}

static void let_an_hour_pass(void)
{
    alone.choice.missed_since_ms -= AN_HOUR_MS;
}

static void test_nothing_is_known(void **state)
{
    (void)state;
    expect_found(NULL, hyperconverged());
    fault(alone.cluster, FAKE_DISCOVER, 404);
    expect_found(NULL, kubevirt());
}

static void test_hyperconverged_comes(void **state)
{
    (void)state;
    expect_found(kubevirt(), hyperconverged());
    fault(alone.cluster, FAKE_DISCOVER, 404);
    expect_found(kubevirt(), kubevirt());
}

static void test_hyperconverged_goes(void **state)
{
    (void)state;
    fake_cluster_serve(alone.cluster, FAKE_HCO, NULL);
    expect_unsure();
    expect_unsure();
    let_an_hour_pass();
    expect_found(hyperconverged(), kubevirt());
    fake_cluster_serve(alone.cluster, FAKE_KUBEVIRT, NULL);
    assert_int_equal(find(hyperconverged()), SERVED_CHOICE_NONE);
    assert_non_null(strstr(alone.err.message, "the cluster serves neither"));
}

/* Looks agree only when nothing else was seen between them. */
static void test_looks_do_not_agree(void **state)
{
    (void)state;
    fault(alone.cluster, FAKE_DISCOVER, 404);
    expect_unsure();
    expect_found(hyperconverged(), hyperconverged());
    let_an_hour_pass();
    fault(alone.cluster, FAKE_DISCOVER, 404);
    expect_unsure();

    let_an_hour_pass();
    fault(alone.cluster, FAKE_DISCOVER, 503);
    assert_int_equal(find(hyperconverged()), SERVED_CHOICE_FAILED);
    fault(alone.cluster, FAKE_DISCOVER, 404);
    expect_unsure();
}

/* --- who follows it -------------------------------------------------------------------------- */

static struct followed_list *follow_both(void **state)
{
    struct followed_list *list = *state;

    serve_both(list->cluster);
    follow(list);
    wait_permitted(list, "a.b/one", true);
    wait_requests(list, FAKE_WATCH, 1);
    return list;
}

static void expect_hyperconverged_is_followed(struct followed_list *list)
{
    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/followed"));
    wait_permitted(list, "a.b/followed", true);
    assert_int_equal(times_logged(list, "kind=KubeVirt"), 0);
}

static void test_fresh_read_misses_once(void **state)
{
    struct followed_list *list = follow_both(state);
    struct error problem;

    fault(list->cluster, FAKE_DISCOVER, 404);
    assert_false(read_afresh(list, &problem));
    assert_string_equal(problem.message, UNSURE);
    assert_true(permits(list, "a.b/one"));
    assert_true(read_afresh(list, &problem));
    expect_hyperconverged_is_followed(list);
}

static void test_watcher_misses_once(void **state)
{
    struct followed_list *list = follow_both(state);

    fake_cluster_put(list->cluster, FAKE_HCO, "hc", V1("a.b/two"));
    wait_permitted(list, "a.b/two", true);
    fault(list->cluster, FAKE_DISCOVER, 404);
    fake_cluster_say(list->cluster, "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n");
    wait_logged(list, "looking again soon reason=\"" UNSURE, 1);
    wait_requests(list, FAKE_WATCH, 2);
    expect_hyperconverged_is_followed(list);
    assert_int_equal(times_logged(list, "problem="), 0);
}

/* --- how much is asked ----------------------------------------------------------------------- */

/* The group alone tells that nothing has changed; what the version serves, the list tells. */
static void test_fresh_read_asks_little(void **state)
{
    struct followed_list *list = follow_both(state);
    unsigned before = fake_cluster_count(list->cluster, FAKE_DISCOVER);
    struct error problem;

    assert_true(read_afresh(list, &problem));
    assert_int_equal(fake_cluster_count(list->cluster, FAKE_DISCOVER), before + 1);
}

/* And when that tells that it is gone, everything is asked. */
static void test_list_is_not_there(void **state)
{
    struct followed_list *list = follow_both(state);
    struct error problem;

    fault(list->cluster, FAKE_LIST, 404);
    assert_true(read_afresh(list, &problem));
    fake_cluster_set_resource(list->cluster, FAKE_HCO, false);
    assert_false(read_afresh(list, &problem));
    assert_string_equal(problem.message, UNSURE);
    assert_true(permits(list, "a.b/one"));
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define FOLLOWED(test) \
    cmocka_unit_test_setup_teardown(test, followed_list_set_up, followed_list_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(test_nothing_is_known),          ALONE(test_hyperconverged_comes),
        ALONE(test_hyperconverged_goes),       ALONE(test_looks_do_not_agree),
        FOLLOWED(test_fresh_read_misses_once), FOLLOWED(test_watcher_misses_once),
        FOLLOWED(test_fresh_read_asks_little), FOLLOWED(test_list_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
