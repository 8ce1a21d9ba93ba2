/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pods of deploy/: restricted, spread over the cluster, and reachable where the Service, the
 * probes and the network policies expect them.
 */
#include "server/http/routes.h"
#include "tests/support/manifests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define CERTIFICATES "deploy/overlays/self-signed/certificates/"
#define LABELS "spec.selector.matchLabels"

static struct {
    json_t *deployment, *service, *create, *renew;
    const json_t *server, *container; /* the pod of the Deployment, and what is in it */
} manifests;

static int setup(void **state)
{
    (void)state;
    manifests.deployment = manifest_read("deploy/base/deployment.yaml", "Deployment");
    manifests.service = manifest_read("deploy/base/service.yaml", "Service");
    manifests.create = manifest_read(CERTIFICATES "create.yaml", "Job");
    manifests.renew = manifest_read(CERTIFICATES "renew.yaml", "CronJob");
    manifests.server = manifest_at(manifests.deployment, "spec.template.spec");
    manifests.container = manifest_at(manifests.server, "containers.0");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(manifests.deployment);
    json_decref(manifests.service);
    json_decref(manifests.create);
    json_decref(manifests.renew);
    return 0;
}

/* Two places of two manifests must say the same. */
static void assert_same(const json_t *one, const char *path, const json_t *other,
                        const char *other_path)
{
    if (!json_equal(manifest_at(one, path), manifest_at(other, other_path)))
        fail_msg("%s is not %s", path, other_path);
}

/* --- pods ------------------------------------------------------------------------------------ */

static void check_container(const json_t *pod, const char *path)
{
    const json_t *container = manifest_at(pod, path);

    manifest_is(container, "securityContext",
                "{\"allowPrivilegeEscalation\": false, \"readOnlyRootFilesystem\": true,"
                " \"capabilities\": {\"drop\": [\"ALL\"]}}");
    assert_string_equal(manifest_text(container, "image"), "hostdev-webhook");
}

/* What the namespace's pod security demands, and no user of its own, which OpenShift refuses. */
static void test_pods_are_restricted(void **state)
{
    const json_t *pods[] = {
        manifests.server,
        manifest_at(manifests.create, "spec.template.spec"),
        manifest_at(manifests.renew, "spec.jobTemplate.spec.template.spec"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof pods / sizeof pods[0]; i++) {
        manifest_is(pods[i], "securityContext",
                    "{\"runAsNonRoot\": true, \"seccompProfile\": {\"type\": \"RuntimeDefault\"}}");
        assert_int_equal(json_array_size(manifest_at(pods[i], "containers")), 1);
        check_container(pods[i], "containers.0");
    }
    check_container(pods[1], "initContainers.0");
}

static void test_two_replicas_one_of_which_may_go(void **state)
{
    json_t *budget = manifest_read("deploy/base/disruption-budget.yaml", "PodDisruptionBudget");

    (void)state;
    assert_true(json_integer_value(manifest_at(manifests.deployment, "spec.replicas")) >= 2);
    manifest_is(budget, "spec.maxUnavailable", "1");
    assert_same(budget, "spec.selector", manifests.deployment, "spec.selector");
    assert_same(manifests.deployment, "spec.template.metadata.labels", manifests.deployment,
                LABELS);
    json_decref(budget);
}

/* One of the constraints, each of which counts the replicas. */
static void check_spread(const char *path, const char *topology)
{
    const json_t *constraint = manifest_at(manifests.server, path);

    assert_string_equal(manifest_text(constraint, "topologyKey"), topology);
    manifest_is(constraint, "maxSkew", "1");
    assert_same(constraint, "labelSelector.matchLabels", manifests.deployment, LABELS);
}

/* Two on one host would go with it, and so would both in one zone. */
static void test_replicas_are_spread(void **state)
{
    (void)state;
    check_spread("topologySpreadConstraints.0", "kubernetes.io/hostname");
    check_spread("topologySpreadConstraints.1", "topology.kubernetes.io/zone");
}

/* VM creation waits for it, so it must not wait for room itself. */
static void test_it_goes_before_what_runs_in_vms(void **state)
{
    (void)state;
    assert_string_equal(manifest_text(manifests.server, "priorityClassName"),
                        "system-cluster-critical");
}

/* So that what a failed try said can be read; see create.yaml. */
static void test_failed_tries_can_be_read(void **state)
{
    (void)state;
    manifest_is(manifests.create, "spec.template.spec.restartPolicy", "\"Never\"");
    manifest_is(manifests.renew, "spec.jobTemplate.spec.template.spec.restartPolicy", "\"Never\"");
    assert_true(json_integer_value(manifest_at(manifests.create, "spec.ttlSecondsAfterFinished")) >=
                600);
    manifest_is(manifests.renew, "spec.failedJobsHistoryLimit", "1");
}

/* --- how they are reached -------------------------------------------------------------------- */

static void check_probe(const char *probe, const char *path)
{
    const json_t *request = manifest_at(manifest_at(manifests.container, probe), "httpGet");
    struct reply refusal = {.body = NULL};

    assert_string_equal(manifest_text(request, "path"), path);
    assert_non_null(route_find(&route_table_probes, path, "GET", &refusal));
    assert_null(json_object_get(request, "scheme"));
    assert_same(request, "port", manifests.container, "ports.1.name");
}

static void test_probes_ask_for_what_is_served(void **state)
{
    (void)state;
    check_probe("startupProbe", "/livez");
    check_probe("livenessProbe", "/livez");
    check_probe("readinessProbe", "/readyz");
}

static void test_the_service_leads_to_them(void **state)
{
    (void)state;
    assert_same(manifests.service, "spec.selector", manifests.deployment, LABELS);
    assert_int_equal(json_array_size(manifest_at(manifests.service, "spec.ports")), 1);
    assert_same(manifests.service, "spec.ports.0.targetPort", manifests.container, "ports.0.name");
}

static void test_only_their_ports_are_open(void **state)
{
    json_t *policy = manifest_read("deploy/base/network-policy.yaml", "NetworkPolicy");
    const json_t *ports = manifest_at(policy, "spec.ingress.0.ports");

    (void)state;
    assert_same(policy, "spec.podSelector.matchLabels", manifests.deployment, LABELS);
    manifest_is(policy, "spec.policyTypes", "[\"Ingress\", \"Egress\"]");
    assert_int_equal(json_array_size(manifest_at(policy, "spec.ingress")), 1);
    assert_int_equal(json_array_size(ports), 2);
    assert_same(ports, "0.port", manifests.container, "ports.0.name");
    assert_same(ports, "1.port", manifests.container, "ports.1.name");
    json_decref(policy);
}

/* The labels that kustomize gives to the pods of the Job and the CronJob. */
static void test_certificates_have_a_policy_of_their_own(void **state)
{
    json_t *servers = manifest_read("deploy/base/network-policy.yaml", "NetworkPolicy");
    json_t *policy = manifest_read(CERTIFICATES "network-policy.yaml", "NetworkPolicy");
    json_t *labels = manifest_read(CERTIFICATES "kustomization.yaml", "Kustomization");
    const char *label;
    json_t *value;

    (void)state;
    manifest_is(labels, "labels.0.includeTemplates", "true");
    json_object_foreach(manifest_at(policy, "spec.podSelector.matchLabels"), label, value) {
        assert_true(
            json_equal(value, json_object_get(manifest_at(labels, "labels.0.pairs"), label)));
    }
    assert_false(json_equal(manifest_at(policy, "spec.podSelector"),
                            manifest_at(servers, "spec.podSelector")));
    assert_null(json_object_get(manifest_at(policy, "spec"), "ingress"));
    assert_same(policy, "spec.policyTypes", servers, "spec.policyTypes");
    assert_same(policy, "spec.egress", servers, "spec.egress"); /* the API server */
    json_decref(servers);
    json_decref(policy);
    json_decref(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pods_are_restricted),
        cmocka_unit_test(test_two_replicas_one_of_which_may_go),
        cmocka_unit_test(test_replicas_are_spread),
        cmocka_unit_test(test_it_goes_before_what_runs_in_vms),
        cmocka_unit_test(test_failed_tries_can_be_read),
        cmocka_unit_test(test_probes_ask_for_what_is_served),
        cmocka_unit_test(test_the_service_leads_to_them),
        cmocka_unit_test(test_only_their_ports_are_open),
        cmocka_unit_test(test_certificates_have_a_policy_of_their_own),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
