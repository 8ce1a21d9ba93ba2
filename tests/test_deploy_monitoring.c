/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy/components/monitoring: from the ServiceMonitor through its Service to the port of each pod
 * that serves metrics, under the job's name that alerts and dashboard ask for. What they ask is
 * tested with Prometheus itself (tests/monitoring).
 */
#include "server/http/routes.h"
#include "tests/support/manifests.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define COMPONENT "deploy/components/monitoring/"
#define JOB "job=\"hostdev-webhook\""

static struct {
    json_t *component, *service, *monitor, *rules, *deployment;
} manifests;

static int setup(void **state)
{
    (void)state;
    manifests.component = manifest_read(COMPONENT "kustomization.yaml", "Component");
    manifests.service = manifest_read(COMPONENT "service.yaml", "Service");
    manifests.monitor = manifest_read(COMPONENT "service-monitor.yaml", "ServiceMonitor");
    manifests.rules = manifest_read(COMPONENT "rules.yaml", "PrometheusRule");
    manifests.deployment = manifest_read("deploy/base/deployment.yaml", "Deployment");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(manifests.component);
    json_decref(manifests.service);
    json_decref(manifests.monitor);
    json_decref(manifests.rules);
    json_decref(manifests.deployment);
    return 0;
}

/* Two places of two manifests must say the same. */
static void assert_same(const json_t *one, const char *path, const json_t *other,
                        const char *other_path)
{
    if (!json_equal(manifest_at(one, path), manifest_at(other, other_path)))
        fail_msg("%s is not %s", path, other_path);
}

static bool has_labels(const json_t *labels, const json_t *selector)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)selector, key, value) {
        if (!json_equal(json_object_get(labels, key), value))
            return false;
    }
    return true;
}

/* --- the way to the pods --------------------------------------------------------------------- */

static void test_the_service_leads_to_each_pod(void **state)
{
    const json_t *ports =
        manifest_at(manifests.deployment, "spec.template.spec.containers.0.ports");

    (void)state;
    assert_same(manifests.service, "spec.selector", manifests.deployment,
                "spec.selector.matchLabels");
    assert_same(manifests.service, "spec.ports.0.targetPort", ports, "1.name");
    assert_same(manifests.service, "spec.ports.0.port", ports, "1.containerPort");
    assert_string_equal(manifest_text(manifests.service, "spec.clusterIP"), "None");
    /* The ones that aren't ready are the ones to look at. */
    manifest_is(manifests.service, "spec.publishNotReadyAddresses", "true");
}

/* Of the two Services it takes this one; kustomize gives the other the labels of base. */
static void test_the_monitor_finds_the_service(void **state)
{
    const json_t *selector = manifest_at(manifests.monitor, "spec.selector.matchLabels");
    json_t *base = manifest_read("deploy/base/kustomization.yaml", "Kustomization");

    (void)state;
    assert_true(json_object_size(selector) > 0);
    assert_true(has_labels(manifest_at(manifests.service, "metadata.labels"), selector));
    assert_false(has_labels(manifest_at(base, "labels.0.pairs"), selector));
    assert_same(manifests.monitor, "metadata.namespace", manifests.service, "metadata.namespace");
    json_decref(base);
}

static void test_the_monitor_asks_for_what_is_served(void **state)
{
    const json_t *endpoint = manifest_at(manifests.monitor, "spec.endpoints.0");
    struct reply refusal = {.body = NULL};

    (void)state;
    assert_same(endpoint, "port", manifests.service, "spec.ports.0.name");
    assert_string_equal(manifest_text(endpoint, "scheme"), "http");
    assert_non_null(
        route_find(&route_table_probes, manifest_text(endpoint, "path"), "GET", &refusal));
}

/* --- what is asked --------------------------------------------------------------------------- */

/* Each metric in the text is followed by the job's name. */
static void check_selectors(const char *text, const char *where)
{
    static const char prefix[] = "hostdev_webhook_";
    size_t found = 0;

    for (const char *at = strstr(text, prefix); at; at = strstr(at, prefix)) {
        at += strspn(at, "abcdefghijklmnopqrstuvwxyz_");
        if (*at != '{')
            fail_msg("%s: a metric without labels before: %.40s", where, at);
        at++;
        if (strncmp(at, JOB, strlen(JOB)) != 0)
            fail_msg("%s: not of this job: %.40s", where, at);
        found++;
    }
    if (found == 0 && !strstr(text, "apiserver_") && !strstr(text, "up{" JOB))
        fail_msg("%s: asks for no metric: %s", where, text);
}

static void test_the_jobs_name_is_the_services_label(void **state)
{
    const char *label = manifest_text(manifests.monitor, "spec.jobLabel");
    const json_t *labels = manifest_at(manifests.service, "metadata.labels");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(labels, label)), "hostdev-webhook");
}

static void test_alerts_are_about_this_job(void **state)
{
    const json_t *group, *rule;
    size_t i, j;

    (void)state;
    json_array_foreach(manifest_at(manifests.rules, "spec.groups"), i, group) {
        json_array_foreach(manifest_at(group, "rules"), j, rule) {
            check_selectors(manifest_text(rule, "expr"), manifest_text(rule, "alert"));
        }
    }
    assert_true(i > 0);
}

static void test_the_dashboard_is_about_this_job(void **state)
{
    size_t len = 0, i, j;
    char *text = temp_read(COMPONENT "dashboard.json", &len);
    json_t *dashboard = json_loadb(text, len, 0, NULL);
    const json_t *panel, *target;

    (void)state;
    assert_non_null(dashboard);
    json_array_foreach(manifest_at(dashboard, "panels"), i, panel) {
        json_array_foreach(json_object_get(panel, "targets"), j, target) {
            check_selectors(manifest_text(target, "expr"), manifest_text(panel, "title"));
        }
    }
    assert_true(i > 0);
    json_decref(dashboard);
    free(text);
}

/* Grafana's sidecar looks for the label; a name that changes would leave old dashboards behind. */
static void test_the_dashboard_is_found(void **state)
{
    const json_t *map = manifest_at(manifests.component, "configMapGenerator.0");

    (void)state;
    assert_string_equal(
        json_string_value(json_object_get(manifest_at(map, "options.labels"), "grafana_dashboard")),
        "1");
    manifest_is(map, "options.disableNameSuffixHash", "true");
    manifest_is(map, "files", "[\"hostdev-webhook.json=dashboard.json\"]");
    assert_same(map, "namespace", manifests.service, "metadata.namespace");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_service_leads_to_each_pod),
        cmocka_unit_test(test_the_monitor_finds_the_service),
        cmocka_unit_test(test_the_monitor_asks_for_what_is_served),
        cmocka_unit_test(test_the_jobs_name_is_the_services_label),
        cmocka_unit_test(test_alerts_are_about_this_job),
        cmocka_unit_test(test_the_dashboard_is_about_this_job),
        cmocka_unit_test(test_the_dashboard_is_found),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
