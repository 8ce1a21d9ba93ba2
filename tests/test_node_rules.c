/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule on a Node's labels: what breaks it, and the nearest case that does not. */
#include "tests/support/facts.h"
#include "validators/node_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OPERANDS "nvidia.com/gpu.deploy.operands"
#define WORKLOAD "nvidia.com/gpu.workload.config"
#define LABEL(key) "metadata.labels[" key "]"
#define FORMAT "warn gpu-operands-format " LABEL(OPERANDS)
#define MISSPELT(key) "warn gpu-label-misspelt " LABEL(key)
#define UNKNOWN "warn gpu-workload-unknown " LABEL(WORKLOAD)
#define CONFLICT "warn gpu-operands-workload " LABEL(WORKLOAD)

static size_t play(const struct rule_row *rows, size_t count)
{
    return rule_rows_play(rows, count, "Node", NULL);
}

static void test_only_false_keeps_the_operands_off(void **state)
{
    static const char *const leave_on[] = {"False", "FALSE", "0",      "no", "off",
                                           "",      "fals",  "false ", " ",  "disabled"};
    static const char *const mean_true[] = {"True", "yes", "1", "on", "Enabled"};
    const struct rule_row good[] = {
        {.what = "false", .object = {.labels = LABELS({OPERANDS, "false"})}},
        {.what = "true", .object = {.labels = LABELS({OPERANDS, "true"})}},
        {.what = "null", .object = {.labels = LABELS({OPERANDS, NULL})}},
        {.what = "of another type", .object = {.labels = LABELS({OPERANDS, MALFORMED})}},
        {.what = "no label", .object = {.labels = LABELS({"kubernetes.io/hostname", "False"})}},
    };
    size_t wrong = play(good, COUNT(good));

    (void)state;
    for (size_t i = 0; i < COUNT(leave_on); i++) {
        const struct rule_row row = {.what = leave_on[i],
                                     .object = {.labels = LABELS({OPERANDS, leave_on[i]})},
                                     .lines = FORMAT,
                                     .says = "write \"false\"\n"};

        wrong += play(&row, 1);
    }
    for (size_t i = 0; i < COUNT(mean_true); i++) {
        const struct rule_row row = {.what = mean_true[i],
                                     .object = {.labels = LABELS({OPERANDS, mean_true[i]})},
                                     .lines = FORMAT,
                                     .says = "write \"true\"\n"};

        wrong += play(&row, 1);
    }
    assert_int_equal(wrong, 0);
}

static void test_misspelt_keys(void **state)
{
    const struct rule_row rows[] = {
        {.what = "a letter less",
         .object = {.labels = LABELS({"nvidia.com/gpu.deploy.operand", "false"})},
         .lines = MISSPELT("nvidia.com/gpu.deploy.operand"),
         .says = "write \"" OPERANDS "\"\n"},
        {.what = "another domain",
         .object = {.labels = LABELS({"nvidia.io/gpu.deploy.operands", "false"})},
         .lines = MISSPELT("nvidia.io/gpu.deploy.operands")},
        {.what = "no domain",
         .object = {.labels = LABELS({"gpu.deploy.operands", "false"})},
         .lines = MISSPELT("gpu.deploy.operands")},
        {.what = "upper case, both",
         .object = {.labels = LABELS({"nvidia.com/GPU.deploy.operands", "false"},
                                     {"NVIDIA.com/gpu.workload.config", "container"})},
         .lines = MISSPELT("nvidia.com/GPU.deploy.operands") "\n" MISSPELT(
             "NVIDIA.com/gpu.workload.config")},
        {.what = "beside the right one",
         .object = {.labels = LABELS({OPERANDS, "false"}, {OPERANDS "s", "true"})},
         .lines = MISSPELT(OPERANDS "s")},
        {.what = "what can't be shown in a path is not",
         .object = {.labels = LABELS({"nvidia.com/gpu.deploy operands", "false"})},
         .lines = "warn gpu-label-misspelt metadata.labels",
         .says = "\"nvidia.com/gpu.deploy operands\""},
        {.what = "other labels of the operator",
         .object = {.labels = LABELS({"nvidia.com/gpu.deploy.driver", "False"},
                                     {"nvidia.com/gpu.deploy.operator-validator", "0"},
                                     {"nvidia.com/gpu.deploy.device-plugin", "no"},
                                     {"nvidia.com/gpu.present", "yes"},
                                     {"nvidia.com/vgpu.config", "x"})}},
    };

    (void)state;
    assert_int_equal(play(rows, COUNT(rows)), 0);
}

static void test_workloads(void **state)
{
    const struct rule_row rows[] = {
        {.what = "container", .object = {.labels = LABELS({WORKLOAD, "container"})}},
        {.what = "vm-passthrough", .object = {.labels = LABELS({WORKLOAD, "vm-passthrough"})}},
        {.what = "vm-vgpu", .object = {.labels = LABELS({WORKLOAD, "vm-vgpu"})}},
        {.what = "near one",
         .object = {.labels = LABELS({WORKLOAD, "vm-passthru"})},
         .lines = UNKNOWN,
         .says = "write \"vm-passthrough\"\n"},
        {.what = "in upper case",
         .object = {.labels = LABELS({WORKLOAD, "VM-vGPU"})},
         .lines = UNKNOWN,
         .says = "write \"vm-vgpu\"\n"},
        {.what = "near none",
         .object = {.labels = LABELS({WORKLOAD, "bare-metal"})},
         .lines = UNKNOWN,
         .says = "write \"container\", \"vm-passthrough\" or \"vm-vgpu\"\n"},
        {.what = "with the operands off",
         .object = {.labels = LABELS({WORKLOAD, "vm-passthrough"}, {OPERANDS, "false"})},
         .lines = CONFLICT},
        {.what = "vGPU with the operands off",
         .object = {.labels = LABELS({OPERANDS, "false"}, {WORKLOAD, "vm-vgpu"})},
         .lines = CONFLICT},
        {.what = "with the operands not really off",
         .object = {.labels = LABELS({OPERANDS, "False"}, {WORKLOAD, "vm-vgpu"})},
         .lines = FORMAT},
        {.what = "containers with the operands off",
         .object = {.labels = LABELS({OPERANDS, "false"}, {WORKLOAD, "container"})}},
        {.what = "one that is unknown, with the operands off",
         .object = {.labels = LABELS({OPERANDS, "false"}, {WORKLOAD, "vm"})},
         .lines = UNKNOWN},
    };

    (void)state;
    assert_int_equal(play(rows, COUNT(rows)), 0);
}

/* Warnings are not compared with oldObject: they hold nobody up, and go away with the fault. */
static void test_nodes_are_never_denied(void **state)
{
    const struct type_fault fault = {.path = path_key(STR("metadata.labels"), STR(OPERANDS)),
                                     .expected = "a string",
                                     .found = "boolean",
                                     .scalar = STR("false")};
    const struct rule_row rows[] = {
        {.what = "a value of another type",
         .object = {.labels = LABELS({OPERANDS, MALFORMED}), .type_faults = &fault},
         .lines = "warn wrong-type " LABEL(OPERANDS),
         .says = "must be a string, found false; write \"false\", with the quotes\n"},
        {.what = "as before",
         .object = {.labels = LABELS({OPERANDS, "no"})},
         .old = {.labels = LABELS({OPERANDS, "no"})},
         .lines = FORMAT},
        {.what = "being deleted", .object = {.labels = LABELS({OPERANDS, "no"}), .deleting = true}},
    };

    (void)state;
    assert_int_equal(play(rows, COUNT(rows)), 0);
}

/* What nobody will read is counted. */
static void test_nothing_is_shown(void **state)
{
    const struct node_label labels[] = {
        {STR(OPERANDS), {FIELD_TEXT, STR("no")}},
        {STR(OPERANDS "s"), {FIELD_TEXT, STR("false")}},
        {STR(WORKLOAD), {FIELD_TEXT, STR("vm")}},
    };
    const struct object_facts facts = {.kind = kind_find(STR(""), STR("v1"), STR("Node")),
                                       .node = {labels, COUNT(labels)}};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(65536);
    struct findings findings CLEANUP_FINDINGS;
    struct context context = {.findings = &findings, .arena = &arena};

    (void)state;
    findings_init(&findings, &arena);
    findings_show(&findings, 0);
    judge_node(&facts, &context);
    assert_int_equal(findings.warnings.count, 3);
    assert_int_equal(findings.warnings.shown, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_false_keeps_the_operands_off),
        cmocka_unit_test(test_misspelt_keys),
        cmocka_unit_test(test_workloads),
        cmocka_unit_test(test_nodes_are_never_denied),
        cmocka_unit_test(test_nothing_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
