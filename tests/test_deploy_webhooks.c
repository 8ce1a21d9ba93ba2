/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What deploy/ registers with the API server is what the program's table of kinds reviews: each row
 * once, nothing else, and only objects in which a fault could be.
 */
#include "base/str.h"
#include "base/text.h"
#include "server/http/routes.h"
#include "tests/support/manifests.h"
#include "validators/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <string.h>

/* A webhook configuration and which rows of the table it is for. */
struct registration {
    const char *file, *kind, *path;
    bool validating;
    json_t *manifest;
};

static struct registration registrations[] = {
    {"deploy/base/validating-webhooks.yaml", "ValidatingWebhookConfiguration", "/validate", true,
     NULL},
    {"deploy/base/mutating-webhooks.yaml", "MutatingWebhookConfiguration", "/mutate", false, NULL},
};
#define REGISTRATION_COUNT (sizeof registrations / sizeof registrations[0])

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < REGISTRATION_COUNT; i++)
        registrations[i].manifest = manifest_read(registrations[i].file, registrations[i].kind);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < REGISTRATION_COUNT; i++)
        json_decref(registrations[i].manifest);
    return 0;
}

/* Calls `check` with each webhook of both configurations. */
static void for_each_webhook(void (*check)(const struct registration *, const json_t *webhook))
{
    for (size_t i = 0; i < REGISTRATION_COUNT; i++) {
        const json_t *webhook;
        size_t index;

        json_array_foreach(manifest_at(registrations[i].manifest, "webhooks"), index, webhook) {
            check(&registrations[i], webhook);
        }
    }
}

static bool is_registered(const struct registration *registration, const struct kind *kind)
{
    return registration->validating || kind->default_names;
}

static bool rule_covers(const json_t *rule, const struct kind *kind)
{
    return manifest_lists(manifest_at(rule, "apiGroups"), kind->group) &&
           manifest_lists(manifest_at(rule, "apiVersions"), kind->version) &&
           manifest_lists(manifest_at(rule, "resources"), kind->resource);
}

/* How many rules of a webhook cover the row. */
static size_t webhook_covers(const json_t *webhook, const struct kind *kind)
{
    const json_t *rule;
    size_t index, count = 0;

    json_array_foreach(manifest_at(webhook, "rules"), index, rule) {
        count += rule_covers(rule, kind) ? 1 : 0;
    }
    return count;
}

/* A row that the webhook covers; the rows of one webhook share their paths. */
static const struct kind *first_row(const json_t *webhook)
{
    size_t count;
    const struct kind *table = kind_table(&count);

    for (size_t i = 0; i < count; i++) {
        if (webhook_covers(webhook, &table[i]) > 0)
            return &table[i];
    }
    fail_msg("%s: covers no kind of the table", manifest_text(webhook, "name"));
    return NULL;
}

/* --- rules ----------------------------------------------------------------------------------- */

static size_t rules_covering(const struct registration *registration, const struct kind *kind)
{
    const json_t *webhook;
    size_t index, count = 0;

    json_array_foreach(manifest_at(registration->manifest, "webhooks"), index, webhook) {
        count += webhook_covers(webhook, kind);
    }
    return count;
}

static void test_each_row_has_one_rule(void **state)
{
    size_t count;
    const struct kind *table = kind_table(&count);

    (void)state;
    for (size_t i = 0; i < REGISTRATION_COUNT; i++) {
        for (size_t j = 0; j < count; j++) {
            size_t expected = is_registered(&registrations[i], &table[j]) ? 1 : 0;
            size_t rules = rules_covering(&registrations[i], &table[j]);

            if (rules != expected)
                fail_msg("%s: %s/%s %s has %zu rules instead of %zu", registrations[i].file,
                         table[j].group, table[j].version, table[j].resource, rules, expected);
        }
    }
}

/* Each combination of group, version and resource that a rule names. */
static void count_combinations(const json_t *webhook, size_t *count)
{
    const json_t *rule;
    size_t index;

    json_array_foreach(manifest_at(webhook, "rules"), index, rule) {
        *count += json_array_size(manifest_at(rule, "apiGroups")) *
                  json_array_size(manifest_at(rule, "apiVersions")) *
                  json_array_size(manifest_at(rule, "resources"));
    }
}

/* With the test above: as many as there are rows, so none is a wildcard, subresource or stranger.
 */
static void test_no_rule_is_for_anything_else(void **state)
{
    size_t count;
    const struct kind *table = kind_table(&count);

    (void)state;
    for (size_t i = 0; i < REGISTRATION_COUNT; i++) {
        size_t expected = 0, found = 0, index;
        const json_t *webhook;

        for (size_t j = 0; j < count; j++)
            expected += is_registered(&registrations[i], &table[j]) ? 1 : 0;
        json_array_foreach(manifest_at(registrations[i].manifest, "webhooks"), index, webhook) {
            count_combinations(webhook, &found);
        }
        if (found != expected)
            fail_msg("%s: rules for %zu kinds instead of %zu", registrations[i].file, found,
                     expected);
    }
}

static bool is_cluster_wide(const json_t *resources)
{
    static const char *const names[] = {"virtualmachineclusterinstancetypes", "machineconfigs",
                                        "nodes"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (manifest_lists(resources, names[i]))
            return true;
    }
    return false;
}

static void check_operations(const struct registration *registration, const json_t *webhook)
{
    const json_t *rule;
    size_t index;

    (void)registration;
    json_array_foreach(manifest_at(webhook, "rules"), index, rule) {
        bool cluster = is_cluster_wide(manifest_at(rule, "resources"));

        manifest_is(rule, "operations", "[\"CREATE\", \"UPDATE\"]");
        manifest_is(rule, "scope", cluster ? "\"Cluster\"" : "\"Namespaced\"");
    }
}

static void test_only_create_and_update(void **state)
{
    (void)state;
    for_each_webhook(check_operations);
}

/* --- how it is called ------------------------------------------------------------------------ */

static void check_call(const struct registration *registration, const json_t *webhook)
{
    bool ignore = !registration->validating || first_row(webhook)->warn_only;
    json_int_t seconds = json_integer_value(manifest_at(webhook, "timeoutSeconds"));
    struct reply refusal = {.body = NULL};

    manifest_is(webhook, "failurePolicy", ignore ? "\"Ignore\"" : "\"Fail\"");
    manifest_is(webhook, "matchPolicy", "\"Equivalent\"");
    manifest_is(webhook, "sideEffects", "\"None\"");
    manifest_is(webhook, "admissionReviewVersions", "[\"v1\"]");
    if (!registration->validating)
        manifest_is(webhook, "reinvocationPolicy", "\"IfNeeded\"");
    assert_in_range(seconds, 1, 5);
    assert_string_equal(manifest_text(webhook, "clientConfig.service.path"), registration->path);
    assert_non_null(route_find(&route_table_https, registration->path, "POST", &refusal));
    manifest_is(webhook, "namespaceSelector.matchExpressions",
                "[{\"key\": \"kubernetes.io/metadata.name\", \"operator\": \"NotIn\","
                " \"values\": [\"kube-system\", \"hostdev-webhook\"]}]");
}

static void test_how_the_server_is_called(void **state)
{
    (void)state;
    for_each_webhook(check_call);
}

static void check_service(const struct registration *registration, const json_t *webhook)
{
    json_t *service = manifest_read("deploy/base/service.yaml", "Service");

    (void)registration;
    assert_string_equal(manifest_text(webhook, "clientConfig.service.name"),
                        manifest_text(service, "metadata.name"));
    assert_string_equal(manifest_text(webhook, "clientConfig.service.namespace"),
                        manifest_text(service, "metadata.namespace"));
    assert_true(json_equal(manifest_at(webhook, "clientConfig.service.port"),
                           manifest_at(service, "spec.ports.0.port")));
    json_decref(service);
}

static void test_the_service_is_there(void **state)
{
    (void)state;
    for_each_webhook(check_service);
}

/* Names must differ, and the API server wants three parts or more. */
static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < REGISTRATION_COUNT; i++) {
        struct str suffix = registrations[i].validating ? STR(".validate.hostdev-webhook.io")
                                                        : STR(".mutate.hostdev-webhook.io");
        json_t *names = json_object();
        const json_t *webhook;
        size_t index;

        json_array_foreach(manifest_at(registrations[i].manifest, "webhooks"), index, webhook) {
            const char *name = manifest_text(webhook, "name");

            assert_true(str_ends_with(str_from(name), suffix));
            assert_null(json_object_get(names, name));
            assert_int_equal(json_object_set_new(names, name, json_true()), 0);
        }
        json_decref(names);
    }
}

/* --- match conditions ------------------------------------------------------------------------ */

/* The expression of a condition, without its blanks. */
static void condition_text(const json_t *webhook, size_t index, const char *name,
                           struct text *ret_text)
{
    const json_t *condition = json_array_get(manifest_at(webhook, "matchConditions"), index);
    const char *at;

    assert_string_equal(manifest_text(condition, "name"), name);
    for (at = manifest_text(condition, "expression"); *at != '\0'; at++) {
        if (!ascii_is_space(*at))
            text_add_str(ret_text, (struct str){at, 1});
    }
}

/* Adds `variable.?a.?b` for the path a.b. */
static void add_path(struct text *text, const char *variable, const char *path)
{
    text_add(text, variable);
    text_add(text, ".?");
    for (; *path != '\0'; path++) {
        text_add_str(text, (struct str){path, 1});
        if (*path == '.')
            text_add(text, "?");
    }
}

/* What an expression must consist of: its parts, in any order, joined by ||. */
struct parts {
    const struct text *expression;
    size_t len; /* of the parts so far, with what joins them */
};

static void expect_part(struct parts *parts, const struct text *part)
{
    if (!strstr(text_get(parts->expression), text_get(part)))
        fail_msg("%s lacks %s", text_get(parts->expression), text_get(part));
    parts->len += part->len + (parts->len > 0 ? strlen("||") : 0);
}

static void expect_change(struct parts *change, const char *path)
{
    struct text part CLEANUP_TEXT = TEXT_INIT(1000);

    add_path(&part, "object", path);
    text_add(&part, "!=");
    add_path(&part, "oldObject", path);
    expect_part(change, &part);
}

static void expect_list(struct parts *has, struct parts *change, const char *path,
                        const char *empty)
{
    struct text part CLEANUP_TEXT = TEXT_INIT(1000);

    add_path(&part, "object", path);
    text_addf(&part, ".orValue(%s)!=%s", empty, empty);
    expect_part(has, &part);
    expect_change(change, path);
}

/* Of a map, what is there is told by its keys, which are the condition's own. */
static void expect_labels(struct parts *has, struct parts *change, const char *path)
{
    struct text part CLEANUP_TEXT = TEXT_INIT(1000);

    add_path(&part, "object", path);
    text_add(&part, ".orValue({}).exists(key,key.contains('gpu')");
    expect_part(has, &part);
    text_cut(&part, 0);
    text_add(&part, "key.contains('nvidia'))");
    expect_part(has, &part);
    expect_change(change, path);
}

/*
 * What else a MachineConfig is judged by: Ignition's own kernel arguments, its role, its version,
 * and units, which may load vfio-pci.
 */
static void expect_machine_config(struct parts *has, struct parts *change)
{
    static const char label[] = "metadata.?labels[?'machineconfiguration.openshift.io/role']";
    struct text part CLEANUP_TEXT = TEXT_INIT(1000);

    text_addf(&part, "object.?%s!=oldObject.?%s", label, label);
    expect_part(change, &part);
    expect_list(has, change, "spec.config.kernelArguments", "{}");
    expect_change(change, "spec.config.ignition.version");
    expect_change(change, "spec.config.systemd.units");
}

static void expect_lists(struct parts *has, struct parts *change, const struct kind *kind,
                         const char *prefix)
{
    static const char *const lists[][2] = {
        [FAMILY_DEVICE_REQUESTS] = {"hostDevices", "gpus"},
        [FAMILY_MACHINE_CONFIG] = {"kernelArguments", "config.storage.files"},
    };

    if (!prefix)
        return;
    if (kind->family == FAMILY_PERMITTED_DEVICES) {
        expect_list(has, change, prefix, "{}");
        return;
    }
    if (kind->family == FAMILY_NODE) {
        expect_labels(has, change, prefix);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        struct text path CLEANUP_TEXT = TEXT_INIT(500);

        text_addf(&path, "%s.%s", prefix, lists[kind->family][i]);
        expect_list(has, change, text_get(&path), "[]");
    }
}

static void check_conditions(const struct registration *registration, const json_t *webhook)
{
    static const char *const names[][2] = {
        [FAMILY_PERMITTED_DEVICES] = {"has-permitted-devices", "permitted-devices-change"},
        [FAMILY_DEVICE_REQUESTS] = {"has-devices", "devices-change"},
        [FAMILY_MACHINE_CONFIG] = {"has-arguments-or-files", "judged-fields-change"},
        [FAMILY_NODE] = {"has-gpu-labels", "labels-change"},
    };
    const struct kind *kind = first_row(webhook);
    struct text deleted CLEANUP_TEXT = TEXT_INIT(4000);
    struct text present CLEANUP_TEXT = TEXT_INIT(4000);
    struct text changed CLEANUP_TEXT = TEXT_INIT(4000);
    struct text create CLEANUP_TEXT = TEXT_INIT(100);
    struct text rendered CLEANUP_TEXT = TEXT_INIT(100);
    struct parts has = {&present, 0}, change = {&changed, 0};

    condition_text(webhook, 0, "not-being-deleted", &deleted);
    condition_text(webhook, 1, names[kind->family][0], &present);
    condition_text(webhook, 2, names[kind->family][1], &changed);
    if (kind->id == KIND_MACHINE_CONFIG) {
        condition_text(webhook, 3, "not-rendered", &rendered);
        assert_string_equal(text_get(&rendered), "!object.metadata.name.startsWith('rendered-')");
        expect_machine_config(&has, &change);
    }
    assert_int_equal(json_array_size(manifest_at(webhook, "matchConditions")),
                     kind->id == KIND_MACHINE_CONFIG ? 4 : 3);
    assert_string_equal(text_get(&deleted), "!has(object.metadata.deletionTimestamp)");
    text_add(&create, "request.operation=='CREATE'");
    expect_part(&change, &create);
    expect_lists(&has, &change, kind, kind->prefix);
    if (registration->validating)
        expect_lists(&has, &change, kind, kind->other_prefix);
    assert_int_equal(has.len, present.len);
    assert_int_equal(change.len, changed.len);
}

static void test_conditions_name_the_lists_of_the_table(void **state)
{
    (void)state;
    for_each_webhook(check_conditions);
}

/* The rows that share a webhook have one family and the same places for their lists. */
static void check_rows_alike(const struct registration *registration, const json_t *webhook)
{
    const struct kind *first = first_row(webhook);
    size_t count;
    const struct kind *table = kind_table(&count);

    (void)registration;
    for (size_t i = 0; i < count; i++) {
        const struct kind *kind = &table[i];
        const char *other = kind->other_prefix ? kind->other_prefix : "";
        const char *firsts_other = first->other_prefix ? first->other_prefix : "";
        bool same = strcmp(kind->prefix, first->prefix) == 0 && strcmp(other, firsts_other) == 0;
        bool swapped = strcmp(kind->prefix, firsts_other) == 0 && strcmp(other, first->prefix) == 0;

        if (webhook_covers(webhook, kind) > 0 &&
            (kind->family != first->family || kind->warn_only != first->warn_only ||
             (!same && !swapped)))
            fail_msg("%s: %s differs from %s", manifest_text(webhook, "name"), kind->kind,
                     first->kind);
    }
}

static void test_rows_of_one_webhook_are_alike(void **state)
{
    (void)state;
    for_each_webhook(check_rows_alike);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_row_has_one_rule),
        cmocka_unit_test(test_no_rule_is_for_anything_else),
        cmocka_unit_test(test_only_create_and_update),
        cmocka_unit_test(test_how_the_server_is_called),
        cmocka_unit_test(test_the_service_is_there),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_conditions_name_the_lists_of_the_table),
        cmocka_unit_test(test_rows_of_one_webhook_are_alike),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
