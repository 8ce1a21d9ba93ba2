/* SPDX-License-Identifier: Apache-2.0 */
/* From a manifest's text to its faults, with their places. */
#include "server/check/check_text.h"
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define VM_HEAD                                                              \
    "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: a, " \
    "namespace: b}\n"
#define VM(devices) \
    VM_HEAD "spec:\n  template:\n    spec:\n      domain:\n        devices:\n" devices
#define FLOW_VM(devices)                                                                    \
    "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, spec: {template: {spec: {domain: {" \
    "devices: {" devices "}}}}}}\n"
#define HCO(entries)                                                                      \
    "apiVersion: hco.kubevirt.io/v1\nkind: HyperConverged\nmetadata:\n  name: h\nspec:\n" \
    "  virtualization:\n    permittedHostDevices:\n      pciHostDevices:\n" entries

static const struct row {
    const char *what, *text;
    /*
     * "KIND NAMESPACE/NAME LINE:COLUMN" of an object, and behind it, indented, "LINE:COLUMN VERDICT
     * RULE" of its faults; "error LINE:COLUMN WORDS"; "skipped N" when N > 0.
     */
    const char *expected;
} rows[] = {
    {"nothing", "", ""},
    {"only comments", "# a\n---\n---\n", ""},
    {"what is not reviewed", "kind: ConfigMap\n---\n- 1\n---\ntext\n", "skipped 3\n"},
    {"no fault", VM("          hostDevices:\n          - {deviceName: a.b/c, name: d}\n"),
     "VirtualMachine b/a 1:1\n"},
    {"each fault at its own place, and in this order",
     VM("          gpus:\n          - deviceName: a.b/x\n            name: no good\n"
        "          hostDevices:\n          - deviceName: a.b/c\n          - name: e\n"
        "            deviceName: 5\n          - name: f\n"),
     "VirtualMachine b/a 1:1\n"
     " 10:25 deny device-not-permitted\n 11:19 deny name-format\n 13:13 deny name-required\n"
     " 15:25 deny wrong-type\n 16:13 deny device-name-required\n"},
    {"warnings and denials by place",
     VM_HEAD "spec:\n  domain:\n    devices:\n      hostDevices:\n      - deviceName: a.b/x\n"
             "        name: d\n",
     "VirtualMachine b/a 1:1\n 7:7 warn devices-misplaced\n 8:21 deny device-not-permitted\n"},
    {"a HyperConverged",
     HCO("      - pciDeviceSelector: 0x10DE:0x1EB8\n        resourceName: a.b/c\n"
         "      - resourceName: a.b/c\n        pciVendorSelector: 10de:1eb8\n"),
     "HyperConverged h 1:1\n 9:28 deny pci-selector-format\n 11:9 deny pci-selector-foreign-key\n"
     " 11:23 deny resource-name-duplicate\n"},
    {"documents", "# the first\n" FLOW_VM("gpus: 7") "---\nkind: Pod\n---\n" FLOW_VM("gpus: [7]"),
     "VirtualMachine (no name) 2:1\n 2:102 deny wrong-type\n"
     "VirtualMachine (no name) 6:1\n 6:103 deny wrong-type\nskipped 1\n"},
    {"a list", "kind: List\nitems:\n- " FLOW_VM("gpus: []") "- kind: Pod\n- " FLOW_VM("gpus: 7"),
     "VirtualMachine (no name) 3:3\nVirtualMachine (no name) 5:3\n 5:104 deny wrong-type\n"
     "skipped 1\n"},
    {"JSON",
     "{\"apiVersion\":\"kubevirt.io/v1\",\"kind\":\"VirtualMachine\",\n\"metadata\":"
     "{\"generateName\":\"g-\"},\"spec\":{\"domain\":\n {\"devices\":{\"gpus\":[{\"name\":"
     "\"a b\",\n\"claimName\":\"c\"}]}}}}\n",
     "VirtualMachine g-* 1:1\n 3:14 warn devices-misplaced\n 3:30 deny name-format\n"},
    {"an object that is being deleted",
     "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: a, deletionTimestamp: x}\n"
     "spec: 7\n",
     "VirtualMachine a 1:1\n"},
    {"not YAML", "a: [1\nb: c\n",
     "error 2:2 did not find expected ',' or ']' (while parsing a "
     "flow sequence that begins on line 1)\n"},
    {"not YAML behind what is", FLOW_VM("gpus: 7") "---\na: b: c\n",
     "error 3:5 mapping values are not allowed in this "
     "context\n"},
    {"a MachineConfig",
     "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata:\n  name: m\n"
     "spec:\n  kernelArguments:\n  - intel_immou=on\n  config:\n    ignition:\n"
     "      version: 3.2.0\n    storage:\n      files:\n      - path: /etc/modprobe.d/a.conf\n"
     "        mode: 644\n        contents:\n"
     "          source: data:,options%20vfio-pci%20ids=10de\n",
     "MachineConfig m 1:1\n 3:1 warn machine-role-required\n 7:5 warn iommu-argument\n"
     " 14:15 warn file-mode\n 16:19 warn vfio-id-format\n"},
    {"a file whose data URL is in a block",
     "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata:\n  name: m\n"
     "  labels: {machineconfiguration.openshift.io/role: worker}\nspec:\n  config:\n    ignition:\n"
     "      version: 3.2.0\n    storage:\n      files:\n      - path: /etc/modprobe.d/a.conf\n"
     "        contents:\n          source: |-\n"
     "            data:,%0Aoptions%20vfio-pci%20ids=10de\n        overwrite: true\n",
     "MachineConfig m 1:1\n 14:19 warn vfio-id-format\n"},
    {"a Butane document",
     "variant: openshift\nversion: 4.17.1\nmetadata: {name: b, labels: {"
     "machineconfiguration.openshift.io/role: worker}}\nstorage:\n  files:\n"
     "  - path: /etc/modules-load.d/a.conf\n    contents:\n      inline: |\n        vfio-pci\n",
     "Butane b 1:1\n 2:10 warn butane-version\n 9:9 warn vfio-loaded-without-ids\n"},
    {"a Node",
     "apiVersion: v1\nkind: Node\nmetadata:\n  name: node-1\n  labels:\n    a.b/c: true\n"
     "    nvidia.com/gpu.deploy.operand: 'false'\n    nvidia.com/gpu.workload.config: vm\n",
     "Node node-1 1:1\n 6:12 warn wrong-type\n 7:5 warn gpu-label-misspelt\n"
     " 8:37 warn gpu-workload-unknown\n"},
    {"a placeholder left in it", "variant: openshift\nversion: {product-version}.0\n",
     "error 2:27 did not find expected key (while parsing a block mapping that begins on line 1); "
     "write the version of your OpenShift for {product-version}, as in 4.17\n"},
    {"a template", "a: 1\nb:\n  {{- toYaml .Values.b | nindent 2 }}\n",
     "error 3:4 a key is a mapping or a sequence; JSON keys are strings; a template ({{ }}) must "
     "be "
     "rendered first, as `helm template` does\n"},
    {"braces where they may stand", "kind: X\na: '{{ b }}'\n", "skipped 1\n"},
    {"Butane for another system", "variant: fcos\nversion: 1.5.0\n", "skipped 1\n"},
    {"not UTF-8", "a: \xff\n", "error 1:4 the bytes here are not UTF-8; save the text as UTF-8\n"},
    {"UTF-16", "\xFF\xFEk\n", "error 0:0 the text is UTF-16, not UTF-8; save it as UTF-8\n"},
};

static struct permitted_list *some_list(void)
{
    static const char *const names[] = {"a.b/c"};

    return list_of_names(names, 1);
}

static void describe_object(const struct check_object *object, struct text *text)
{
    text_add(text, object->kind->kind);
    text_add(text, " ");
    if (object->namespace.data) {
        text_add_str(text, object->namespace);
        text_add(text, "/");
    }
    text_add_str(text, object->name.data ? object->name : STR("(no name)"));
    text_add(text, object->name.data && object->generated_name ? "*" : "");
    text_addf(text, " %zu:%zu\n", object->place.line, object->place.column);
    for (size_t i = 0; i < object->fault_count; i++) {
        const struct check_fault *fault = &object->faults[i];

        text_addf(text, " %zu:%zu %s %s\n", fault->place.line, fault->place.column,
                  fault->severity == SEVERITY_DENY ? "deny" : "warn", fault->rule->id);
    }
}

static void describe(const struct check_file *file, struct text *text)
{
    for (const struct check_object *object = file->objects; object; object = object->next)
        describe_object(object, text);
    if (file->error.data) {
        text_addf(text, "error %zu:%zu ", file->error_place.line, file->error_place.column);
        text_add_str(text, file->error);
        text_add(text, "\n");
    }
    if (file->skipped > 0)
        text_addf(text, "skipped %zu\n", file->skipped);
}

static void test_rows(void **state)
{
    static const struct policy policy = {0};
    struct permitted_list *list = some_list();
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
        struct text got CLEANUP_TEXT = TEXT_INIT(10000);
        struct check_file file;
        struct error err;

        assert_true(check_text(str_from(rows[i].text),
                               &(struct check_basis){.policy = policy, .list = list}, &arena, &file,
                               &err));
        describe(&file, &got);
        wrong += !text_check(rows[i].what, rows[i].expected, text_get(&got));
    }
    permitted_list_unref(list);
    assert_int_equal(wrong, 0);
}

/* One text, with or without a list. */
static struct check_object check_one(struct arena *arena, const char *text,
                                     const struct permitted_list *list)
{
    static const struct policy policy = {0};
    struct check_file file;
    struct error err;

    assert_true(check_text(str_from(text), &(struct check_basis){.policy = policy, .list = list},
                           arena, &file, &err));
    assert_int_equal(file.object_count, 1);
    return *file.objects;
}

/* Nothing is said of a device when nobody knows what is permitted; all else is. */
static void test_without_a_list(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct check_object object;

    (void)state;
    object = check_one(&arena, FLOW_VM("gpus: [{deviceName: a.b/x, name: a}, {name: a}]"), NULL);
    assert_true(object.names_unjudged);
    assert_int_equal(object.denied, 2);
    object = check_one(&arena, FLOW_VM("gpus: [{claimName: c, name: a}, {name: a}]"), NULL);
    assert_false(object.names_unjudged);
    assert_int_equal(object.denied, 2);
}

static void test_messages_and_sources(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct permitted_list *list = some_list();
    struct check_object object = check_one(
        &arena, VM("          gpus:\n          - deviceName: a.b/d\n            name: e\r\n"),
        list);
    const struct check_fault *fault = object.faults;

    (void)state;
    assert_int_equal(object.fault_count, 1);
    assert_true(
        str_equal(fault->path, STR("spec.template.spec.domain.devices.gpus[0].deviceName")));
    assert_true(str_starts_with(fault->message, STR("Unsupported value: \"a.b/d\": this device")));
    assert_true(str_equal(fault->source.text, STR("          - deviceName: a.b/d")));
    assert_int_equal(fault->source.column, 25);
    permitted_list_unref(list);
}

/* More than an answer of the webhook shows, and more than anybody reads. */
static void test_many_faults(void **state)
{
    enum { MANY = 60000 };
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct text text CLEANUP_TEXT = TEXT_INIT(10 << 20);
    struct check_object object;

    (void)state;
    text_add(&text, "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, spec: {template: {spec: {"
                    "domain: {devices: {gpus: [");
    for (int i = 0; i < MANY; i++)
        text_add(&text, "{name: a b, claimName: c},");
    text_add(&text, "]}}}}}}");
    object = check_one(&arena, text_get(&text), NULL);
    /* Each name is malformed, and all but the first are there already. */
    assert_int_equal(object.denied, 2 * MANY - 1);
    assert_in_range(object.fault_count, 1000, 20000);
    for (size_t i = 1; i < object.fault_count; i++)
        assert_true(object.faults[i].place.column >= object.faults[i - 1].place.column);
    assert_true(object.faults[object.fault_count - 1].source.cut_before);
}

static void test_lack_of_memory(void **state)
{
    static const struct policy policy = {0};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(100);
    struct check_file file;
    struct error err;

    (void)state;
    assert_false(check_text(STR(FLOW_VM("gpus: [{}]")), &(struct check_basis){.policy = policy},
                            &arena, &file, &err));
    assert_true(err.no_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_without_a_list),
        cmocka_unit_test(test_messages_and_sources),
        cmocka_unit_test(test_many_faults),
        cmocka_unit_test(test_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
