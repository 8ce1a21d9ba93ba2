/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy/ fits the program: its command lines are understood, it may read what it reads and nothing
 * else, and the names that must be the same in several places are.
 */
#include "server/commands/certs_options.h"
#include "server/commands/command.h"
#include "server/commands/serve_options.h"
#include "tests/support/manifests.h"
#include "validators/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define CERTIFICATES "deploy/overlays/self-signed/certificates/"
#define CONTAINER "spec.template.spec.containers.0"
#define MAX_ARGS 20

/* The manifests and the options that their command lines stand for. */
static struct {
    json_t *deployment, *service, *create, *renew;
    struct serve_options serve;
    struct certs_cluster_options certs_create, certs_patch, certs_renew;
} deploy;

/* Parses a container's arguments, which must begin with the command's name. */
static void parse(const json_t *container, const struct command *command, void *values)
{
    const json_t *args = manifest_at(container, "args");
    const struct command *found;
    char *argv[MAX_ARGS];
    struct error err;
    size_t index;
    json_t *arg;
    int words;

    assert_true(json_array_size(args) < MAX_ARGS);
    json_array_foreach(args, index, arg) {
        argv[index] = (char *)(uintptr_t)json_string_value(arg);
    }
    found = command_find((int)index, argv, &words, &err);
    if (!found)
        fail_msg("%s", err.message);
    assert_ptr_equal(found, command);
    if (!options_parse(&command->options, (int)index - words, argv + words, values, &err))
        fail_msg("%s: %s", command->name, err.message);
}

static int setup(void **state)
{
    (void)state;
    deploy.deployment = manifest_read("deploy/base/deployment.yaml", "Deployment");
    deploy.service = manifest_read("deploy/base/service.yaml", "Service");
    deploy.create = manifest_read(CERTIFICATES "create.yaml", "Job");
    deploy.renew = manifest_read(CERTIFICATES "renew.yaml", "CronJob");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(deploy.deployment);
    json_decref(deploy.service);
    json_decref(deploy.create);
    json_decref(deploy.renew);
    return 0;
}

/* --- command lines --------------------------------------------------------------------------- */

/* What is mounted as the item of the Secret. */
static void check_mounted(const char *file, const char *item)
{
    const json_t *pod = manifest_at(deploy.deployment, "spec.template.spec");
    char mounted[256];

    snprintf(mounted, sizeof mounted, "%s/%s",
             manifest_text(pod, "containers.0.volumeMounts.0.mountPath"),
             manifest_text(manifest_at(pod, "volumes.0.secret.items"), item));
    assert_string_equal(file, mounted);
}

static void check_port(const char *address, const char *container_port)
{
    const json_t *container = manifest_at(deploy.deployment, CONTAINER);
    char port[32];

    snprintf(port, sizeof port, ":%lld",
             (long long)json_integer_value(manifest_at(container, container_port)));
    assert_string_equal(address, port);
}

static void test_serve(void **state)
{
    const json_t *pod = manifest_at(deploy.deployment, "spec.template.spec");
    const json_t *container = manifest_at(deploy.deployment, CONTAINER);
    struct serve_addresses addresses;
    struct error err;

    (void)state;
    parse(container, &command_serve, &deploy.serve);
    assert_true(serve_options_check(&deploy.serve, &addresses, &err));
    check_port(deploy.serve.bind_address, "ports.0.containerPort");
    check_port(deploy.serve.metrics_bind_address, "ports.1.containerPort");
    /* The pod's own service account, and a certificate from what is mounted. */
    assert_null(deploy.serve.hyperconverged_file);
    assert_null(deploy.serve.cluster.kubeconfig);
    assert_string_equal(manifest_text(container, "volumeMounts.0.name"),
                        manifest_text(pod, "volumes.0.name"));
    manifest_is(pod, "volumes.0.secret.items",
                "[{\"key\": \"tls.crt\", \"path\": \"tls.crt\"},"
                " {\"key\": \"tls.key\", \"path\": \"tls.key\"}]");
    check_mounted(deploy.serve.tls_cert_file, "0.path");
    check_mounted(deploy.serve.tls_private_key_file, "1.path");
}

/* It ends by itself before it is killed. */
static void test_there_is_time_to_stop(void **state)
{
    const json_t *seconds =
        manifest_at(deploy.deployment, "spec.template.spec.terminationGracePeriodSeconds");

    (void)state;
    parse(manifest_at(deploy.deployment, CONTAINER), &command_serve, &deploy.serve);
    assert_true(json_integer_value(seconds) > deploy.serve.shutdown_timeout);
}

static void parse_certs(void)
{
    const char *const pod = "spec.jobTemplate.spec.template.spec.containers.0";

    parse(manifest_at(deploy.create, "spec.template.spec.initContainers.0"), &command_certs_create,
          &deploy.certs_create);
    parse(manifest_at(deploy.create, CONTAINER), &command_certs_patch, &deploy.certs_patch);
    parse(manifest_at(deploy.renew, pod), &command_certs_renew, &deploy.certs_renew);
}

static void test_certs_speak_of_one_secret(void **state)
{
    const char *secret =
        manifest_text(deploy.deployment, "spec.template.spec.volumes.0.secret.secretName");
    const char *namespace = manifest_text(deploy.service, "metadata.namespace");

    (void)state;
    parse_certs();
    assert_string_equal(deploy.certs_create.secret, secret);
    assert_string_equal(deploy.certs_patch.secret, secret);
    assert_string_equal(deploy.certs_renew.secret, secret);
    assert_string_equal(deploy.certs_create.namespace, namespace);
    assert_string_equal(deploy.certs_patch.namespace, namespace);
    assert_string_equal(deploy.certs_renew.namespace, namespace);
}

/* The name that the API server looks for in the certificate. */
static void test_certs_are_for_the_service(void **state)
{
    char host[256];

    (void)state;
    parse_certs();
    snprintf(host, sizeof host, "%s.%s.svc", manifest_text(deploy.service, "metadata.name"),
             manifest_text(deploy.service, "metadata.namespace"));
    assert_string_equal(deploy.certs_create.make.host, host);
    assert_string_equal(deploy.certs_renew.make.host, host);
}

/* --- rights ---------------------------------------------------------------------------------- */

static bool role_allows(const json_t *role, const char *group, const char *resource)
{
    const json_t *rule;
    size_t index;

    json_array_foreach(manifest_at(role, "rules"), index, rule) {
        if (manifest_lists(manifest_at(rule, "apiGroups"), group) &&
            manifest_lists(manifest_at(rule, "resources"), resource))
            return true;
    }
    return false;
}

/* The resources of the table that hold a permitted list: to be read, and nothing else at all. */
static void test_the_server_may_read_the_lists(void **state)
{
    json_t *role = manifest_read("deploy/base/rbac.yaml", "ClusterRole");
    json_t *resources = json_object();
    const json_t *rule;
    size_t count, index;
    const struct kind *table = kind_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (table[i].family != FAMILY_PERMITTED_DEVICES)
            continue;
        if (!role_allows(role, table[i].group, table[i].resource))
            fail_msg("%s is not in the role", table[i].resource);
        json_object_set_new(resources, table[i].resource, json_true());
    }
    assert_int_equal(json_array_size(manifest_at(role, "rules")), json_object_size(resources));
    json_array_foreach(manifest_at(role, "rules"), index, rule) {
        manifest_is(rule, "verbs", "[\"get\", \"list\", \"watch\"]");
        assert_int_equal(json_array_size(manifest_at(rule, "apiGroups")), 1);
        assert_int_equal(json_array_size(manifest_at(rule, "resources")), 1);
    }
    json_decref(resources);
    json_decref(role);
}

/* But for creating, which can't be limited by name. */
static void test_certs_may_change_what_they_name(void **state)
{
    json_t *role = manifest_read(CERTIFICATES "rbac.yaml", "Role");
    json_t *cluster_role = manifest_read(CERTIFICATES "rbac.yaml", "ClusterRole");

    (void)state;
    parse_certs();
    assert_string_equal(manifest_text(role, "rules.0.resourceNames.0"), deploy.certs_create.secret);
    manifest_is(role, "rules.0.verbs", "[\"get\", \"patch\"]");
    manifest_is(role, "rules.1.verbs", "[\"create\"]");
    assert_int_equal(json_array_size(manifest_at(role, "rules")), 2);
    assert_string_equal(manifest_text(cluster_role, "rules.0.resourceNames.0"),
                        deploy.certs_patch.configuration);
    assert_string_equal(deploy.certs_renew.configuration, deploy.certs_patch.configuration);
    manifest_is(cluster_role, "rules.0.verbs", "[\"get\", \"patch\"]");
    assert_int_equal(json_array_size(manifest_at(cluster_role, "rules")), 1);
    json_decref(role);
    json_decref(cluster_role);
}

/* --- the image -------------------------------------------------------------------------------- */

static void test_the_image_is_this_version(void **state)
{
    json_t *image = manifest_read("deploy/components/image/kustomization.yaml", "Component");

    (void)state;
    assert_string_equal(manifest_text(image, "images.0.name"),
                        manifest_text(deploy.deployment, CONTAINER ".image"));
    assert_string_equal(manifest_text(image, "images.0.newTag"), HOSTDEV_WEBHOOK_VERSION);
    json_decref(image);
}

/* --- the first step of a roll-out ------------------------------------------------------------ */

/* The policy that the component gives to a webhook, NULL when it doesn't name it. */
static const char *policy_in(const json_t *patch, const char *name)
{
    const json_t *webhook;
    size_t index;

    json_array_foreach(manifest_at(patch, "webhooks"), index, webhook) {
        if (strcmp(manifest_text(webhook, "name"), name) == 0)
            return manifest_text(webhook, "failurePolicy");
    }
    return NULL;
}

static void test_failure_policy_ignore_names_all_that_fail(void **state)
{
    json_t *validating =
        manifest_read("deploy/base/validating-webhooks.yaml", "ValidatingWebhookConfiguration");
    json_t *patch =
        manifest_read("deploy/components/failure-policy-ignore/validating-webhooks.yaml",
                      "ValidatingWebhookConfiguration");
    size_t index, patched = 0;
    const json_t *webhook;

    (void)state;
    assert_string_equal(manifest_text(patch, "metadata.name"),
                        manifest_text(validating, "metadata.name"));
    json_array_foreach(manifest_at(validating, "webhooks"), index, webhook) {
        const char *policy = policy_in(patch, manifest_text(webhook, "name"));

        if (strcmp(manifest_text(webhook, "failurePolicy"), "Ignore") == 0)
            continue;
        assert_non_null(policy);
        assert_string_equal(policy, "Ignore");
        patched++;
    }
    assert_int_equal(patched, json_array_size(manifest_at(patch, "webhooks")));
    json_decref(patch);
    json_decref(validating);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serve),
        cmocka_unit_test(test_there_is_time_to_stop),
        cmocka_unit_test(test_certs_speak_of_one_secret),
        cmocka_unit_test(test_certs_are_for_the_service),
        cmocka_unit_test(test_the_server_may_read_the_lists),
        cmocka_unit_test(test_certs_may_change_what_they_name),
        cmocka_unit_test(test_the_image_is_this_version),
        cmocka_unit_test(test_failure_policy_ignore_names_all_that_fail),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
