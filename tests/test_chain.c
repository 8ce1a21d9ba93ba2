/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several objects say together. The chain that OpenShift's page on PCI passthrough documents
 * is in fixtures/chain: as it is written there, with the marks that a copied line ends in, and
 * mended; beside each folder stands the report on it. With FIXTURES_RECORD=1 in the environment a
 * report that differs is written instead.
 */
#include "server/check/check_inputs.h"
#include "server/check/check_text.h"
#include "server/check/report.h"
#include "server/check/survey.h"
#include "tests/support/facts.h"
#include "tests/support/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- a folder -------------------------------------------------------------------------------- */

static void survey_all(struct check_inputs *inputs, struct survey *survey)
{
    for (size_t i = 0; i < inputs->count; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct error err;

        assert_true(check_inputs_read(inputs, i, &bytes, &err));
        assert_true(survey_text(survey, inputs->items[i].name, bytes.text, SURVEY_ALL, &err));
    }
}

static void report_all(struct check_inputs *inputs, const struct check_basis *basis,
                       struct report *report)
{
    for (size_t i = 0; i < inputs->count; i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct check_file file;
        struct error err;

        assert_true(check_inputs_read(inputs, i, &bytes, &err));
        assert_true(check_text(bytes.text, basis, &arena, &file, &err));
        file.name = inputs->items[i].name;
        report_text.file(report, &file);
    }
}

static void write_report(const char *folder, struct report *report)
{
    struct check_inputs inputs CLEANUP_CHECK_INPUTS = CHECK_INPUTS_INIT;
    struct survey survey CLEANUP_SURVEY;
    struct check_basis basis = {.chain = &survey.chain};
    struct permitted_list *list = NULL;
    struct error note = {.message = ""}, err;

    survey_init(&survey);
    assert_true(check_inputs_add(&inputs, folder, &err));
    survey_all(&inputs, &survey);
    assert_true(survey_list(&survey, &list, &note, &err));
    basis.list = list;
    report_all(&inputs, &basis, report);
    if (note.message[0] != '\0')
        text_addf(&report->text, "note: %s\n", note.message);
    permitted_list_unref(list);
}

static bool is_as_recorded(const char *folder, const char *got)
{
    char name[256];
    char *expected;
    bool same;
    FILE *file;

    snprintf(name, sizeof name, "%s.txt", folder);
    expected = fixture_read_file(name, NULL);
    same = expected && strcmp(expected, got) == 0;
    free(expected);
    if (same || !getenv("FIXTURES_RECORD"))
        return same || text_check(folder, "(its report)", got);
    file = fopen(name, "w");
    assert_non_null(file);
    fputs(got, file);
    assert_int_equal(fclose(file), 0);
    printf("recorded %s\n", name);
    return true;
}

static void test_the_documented_chain(void **state)
{
    static const char *const folders[] = {"fixtures/chain/as-documented",
                                          "fixtures/chain/with-callouts", "fixtures/chain/mended"};
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct report report = REPORT_INIT;

        write_report(folders[i], &report);
        wrong += !is_as_recorded(folders[i], text_get(&report.text));
        if (i + 1 == COUNT(folders))
            assert_string_equal(text_get(&report.text), "");
        text_free(&report.text);
    }
    assert_int_equal(wrong, 0);
}

/* --- each rule ------------------------------------------------------------------------------- */

#define HCO(entries)                                                                             \
    "{apiVersion: hco.kubevirt.io/v1beta1, kind: HyperConverged, spec: {permittedHostDevices: {" \
    "pciHostDevices: [" entries "]}}}\n---\n"
#define ENTRY(selector, name) "{pciDeviceSelector: '" selector "', resourceName: '" name "'}"
#define EXTERNAL(selector, name)                                     \
    "{pciDeviceSelector: '" selector "', resourceName: '" name "', " \
    "externalResourceProvider: true}"
#define BINDS(role, ids)                                                             \
    "{variant: openshift, version: 4.17.0, metadata: {labels: "                      \
    "{machineconfiguration.openshift.io/role: " role "}}, storage: {files: [{path: " \
    "/etc/modprobe.d/v.conf, contents: {inline: 'options vfio-pci ids=" ids "'}}, "  \
    "{path: /etc/modules-load.d/v.conf, contents: {inline: vfio-pci}}]}}\n---\n"
#define FILE_OF(role, name, path, text)                                                   \
    "{variant: openshift, version: 4.17.0, metadata: {name: " name ", labels: "           \
    "{machineconfiguration.openshift.io/role: " role "}}, storage: {files: [{path: " path \
    ", contents: {inline: '" text "'}}]}}\n---\n"
#define IDS(role, name, file, ids) \
    FILE_OF(role, name, "/etc/modprobe.d/" file ".conf", "options vfio-pci ids=" ids)
#define LOADS(role) FILE_OF(role, "loads", "/etc/modules-load.d/vfio.conf", "vfio-pci")
#define ARGUMENT(role, argument)                                                         \
    "{apiVersion: machineconfiguration.openshift.io/v1, kind: MachineConfig, metadata: " \
    "{labels: {machineconfiguration.openshift.io/role: " role                            \
    "}}, spec: {kernelArguments: [" argument "]}}\n---\n"
#define NODE(labels, allocatable)                                                            \
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {" labels "}}, status: {" \
    "allocatable: {" allocatable "}}}\n---\n"
#define NODE_OFF                                                                            \
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {nvidia.com/gpu.deploy." \
    "operands: 'false'}}}\n---\n"
#define VM(domain)                                                                                 \
    "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, spec: {template: {spec: {domain: {" domain \
    "}}}}}\n---\n"
#define ASKS(entries) "devices: {hostDevices: [" entries "]}"
#define DEVICE_OF(device, name) "{deviceName: " device ", name: " name "}"

#define SELECTOR "spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector"
#define INLINE "storage.files[0].contents.inline"
#define DEVICE_NAME(at) "spec.template.spec.domain.devices.hostDevices[" at "].deviceName"

static const struct {
    const char *what, *text;
    const char *faults; /* "RULE PATH" a line */
    const char *says;
} rows[] = {
    {"bound, permitted, and the IOMMU is on",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) BINDS("worker", "10de:1eb8")
         ARGUMENT("worker", "intel_iommu=on"),
     "", NULL},
    {"permitted and not bound",
     HCO(ENTRY("10DE:1DB6", "a.b/c") ", " ENTRY("10DE:1EB8", "a.b/d")) BINDS("worker", "10de:1eb8")
         ARGUMENT("worker", "intel_iommu=on"),
     "device-not-bound " SELECTOR "\n", "add \"10de:1db6\" to the ids of \"options vfio-pci\""},
    {"what is external needs no binding, and what is disabled no plugin",
     HCO(EXTERNAL("10DE:1DB6", "a.b/c") ", " ENTRY(
         "10DE:1EB8", "a.b/d") ", {pciDeviceSelector: '1:2', resourceName: a.b/e, disabled: true}")
         BINDS("worker", "10de:1eb8") ARGUMENT("worker", "intel_iommu=on"),
     "pci-selector-format spec.permittedHostDevices.pciHostDevices[2].pciDeviceSelector\n", NULL},
    {"nothing binds anything: it is done elsewhere",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) ARGUMENT("worker", "intel_iommu=on"), "", NULL},
    {"a file that can't be read may bind it",
     HCO(ENTRY("10DE:1DB6", "a.b/c") ", " ENTRY("10DE:1EB8", "a.b/d")) BINDS("worker", "10de:1eb8")
         ARGUMENT("worker",
                  "intel_iommu=on") "{variant: openshift, version: 4.17.0, metadata: {labels: "
                                    "{machineconfiguration.openshift.io/role: worker}}, storage: "
                                    "{files: [{path: "
                                    "/etc/modprobe.d/w.conf, contents: {local: w.conf}}]}}\n",
     "", NULL},
    {"bound and not permitted",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) BINDS("worker", "10de:1eb8,10de:10f8,10DE:10F8")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-id-duplicate " INLINE "\nvfio-id-not-permitted " INLINE "\n", NULL},
    {"bound, and no list is known",
     BINDS("worker", "10de:1eb8") ARGUMENT("worker", "intel_iommu=on"), "", NULL},
    {"the IOMMU is on for others",
     BINDS("worker", "10de:1eb8") ARGUMENT("master", "intel_iommu=on"), "iommu-not-on " INLINE "\n",
     "bound for the role \"worker\", for which no MachineConfig or Butane document given turns the "
     "IOMMU on; it is on for \"master\"; add the kernel argument intel_iommu=on for this role"},
    {"a pool of one's own takes the workers' arguments, too",
     BINDS("gpu", "10de:1eb8") ARGUMENT("worker", "intel_iommu=on"), "", NULL},
    {"but the masters do not", BINDS("master", "10de:1eb8") ARGUMENT("worker", "intel_iommu=on"),
     "iommu-not-on " INLINE "\n", NULL},
    {"on AMD's hosts it is on",
     BINDS("worker", "10de:1eb8") ARGUMENT("worker", "amd_iommu=pgtbl_v2"), "", NULL},
    {"AMD's hosts, as documented",
     HCO(ENTRY("1002:73BF", "a.b/c")) BINDS("worker", "1002:73bf")
         ARGUMENT("worker", "amd_iommu=on"),
     "", NULL},
    {"all devices of a vendor, as far as anybody knows",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) BINDS("worker", "10de:ffffffff")
         ARGUMENT("worker", "intel_iommu=on"),
     "", NULL},
    {"ids in one MachineConfig, and what loads it in another",
     IDS("worker", "x", "v", "10de:1eb8") LOADS("worker") ARGUMENT("worker", "intel_iommu=on"), "",
     NULL},
    {"what loads it is the workers', whose MachineConfigs other pools have too",
     IDS("gpu", "x", "v", "10de:1eb8") LOADS("worker") ARGUMENT("worker", "intel_iommu=on"),
     "vfio-loaded-without-ids storage.files[0].contents.inline\n", NULL},
    {"a unit may load it, or bind by it",
     IDS("worker", "x", "v",
         "10de:1eb8") "{variant: openshift, version: 4.17.0, metadata: {labels: "
                      "{machineconfiguration.openshift.io/role: worker}}, systemd: {units: [{name: "
                      "a, dropins: "
                      "[{contents: 'ExecStart=modprobe vfio-pci'}]}]}}\n---\n" ARGUMENT(
                          "worker", "intel_iommu=on"),
     "", NULL},
    {"what loads it is for others",
     IDS("worker", "x", "v", "10de:1eb8") LOADS("master") ARGUMENT("worker", "intel_iommu=on"),
     "vfio-ids-not-loaded storage.files[0].contents.inline\n"
     "vfio-loaded-without-ids storage.files[0].contents.inline\n",
     NULL},
    {"of two lists the last by the files' names counts",
     IDS("worker", "b", "a", "10de:1eb8") IDS("worker", "a", "b", "10de:1db6") LOADS("worker")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-ids-replaced storage.files[0].contents.inline\n",
     "that in \"/etc/modprobe.d/b.conf\" of \"a\"; write all ids into one list"},
    {"of two of one file, by the objects' names",
     IDS("worker", "a", "v", "10de:1eb8") IDS("worker", "b", "v", "10de:1db6") LOADS("worker")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-ids-replaced storage.files[0].contents.inline\n",
     "that in \"/etc/modprobe.d/v.conf\" of \"b\""},
    {"the workers' list goes before a pool's own",
     IDS("gpu", "g", "a", "10de:1eb8") IDS("worker", "w", "b", "10de:1db6") LOADS("worker")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-ids-replaced storage.files[0].contents.inline\n", NULL},
    {"two lists that are the same, or for different nodes",
     IDS("worker", "a", "a", "10de:1eb8") IDS("worker", "b", "b", "10de:1eb8")
         IDS("master", "c", "c", "10de:1db6") LOADS("worker") LOADS("master")
             ARGUMENT("worker", "intel_iommu=on") ARGUMENT("master", "intel_iommu=on"),
     "", NULL},
    {"more than any node has",
     NODE("", "a.b/c: '2'") NODE("", "a.b/c: '1', a.b/d: x")
         VM(ASKS(DEVICE_OF("a.b/c", "a") ", " DEVICE_OF("a.b/d", "b") ", " DEVICE_OF(
             "a.b/c", "c") ", " DEVICE_OF("a.b/c", "d") ", " DEVICE_OF("a.b/c", "e"))),
     "devices-exceed-nodes " DEVICE_NAME("3") "\n",
     "none of the nodes given has more than 2 of this device to give"},
    {"what no node has", NODE("", "cpu: '2'") VM(ASKS(DEVICE_OF("a.b/c", "a"))),
     "devices-exceed-nodes " DEVICE_NAME("0") "\n",
     "none of the nodes given has this device to give"},
    {"nodes that do not say what they have",
     "{apiVersion: v1, kind: Node, metadata: {name: node-1}}\n---\n" VM(
         ASKS(DEVICE_OF("a.b/c", "a"))),
     "", NULL},
    {"a limit without a device",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) VM(ASKS("") ", resources: {limits: {a.b/c: 1, cpu: 2}}"),
     "limit-without-device spec.template.spec.domain.resources.limits[a.b/c]\n", NULL},
    {"a limit with one",
     HCO(ENTRY("10DE:1EB8", "a.b/c"))
         VM(ASKS(DEVICE_OF("a.b/c", "a")) ", resources: {requests: {a.b/c: 1}, limits: [7]}"),
     "", NULL},
    {"an external device where the operands are off",
     NODE_OFF HCO(EXTERNAL("10DE:1EB8", "a.b/c") ", " EXTERNAL("8086:6F54", "a.b/d")),
     "operands-off-external spec.permittedHostDevices.pciHostDevices[0].externalResourceProvider\n",
     "every node given, such as \"node-1\", keeps NVIDIA's operands off"},
    {"another node may offer it",
     NODE_OFF "{apiVersion: v1, kind: Node, metadata: {name: node-2}}\n---\n" HCO(
         EXTERNAL("10DE:1EB8", "a.b/c")),
     "", NULL},
    {"somebody does offer it",
     NODE("nvidia.com/gpu.deploy.operands: 'false'", "a.b/c: '1'")
         HCO(EXTERNAL("10DE:1EB8", "a.b/c")),
     "", NULL},
    {"an object that is being deleted",
     NODE("", "cpu: '2'") "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: "
                          "{deletionTimestamp: x}, spec: {template: {spec: {domain: {" ASKS(
                              DEVICE_OF("a.b/c", "a")) "}}}}}\n",
     "", NULL},
};

static void describe(const struct check_file *file, struct text *rules, struct text *messages)
{
    for (const struct check_object *object = file->objects; object; object = object->next) {
        for (size_t i = 0; i < object->fault_count; i++) {
            const struct check_fault *fault = &object->faults[i];

            text_addf(rules, "%s ", fault->rule->id);
            text_add_str(rules, fault->path);
            text_add(rules, "\n");
            text_add_str(messages, fault->message);
            text_add(messages, "\n");
        }
    }
}

static bool play(size_t row)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct survey survey CLEANUP_SURVEY;
    struct check_basis basis = {.chain = &survey.chain};
    struct text rules CLEANUP_TEXT = TEXT_INIT(10000), messages CLEANUP_TEXT = TEXT_INIT(10000);
    struct str text = str_from(rows[row].text);
    struct permitted_list *list = NULL;
    struct error note, err;
    struct check_file file;
    bool good;

    survey_init(&survey);
    assert_true(survey_text(&survey, "x", text, SURVEY_ALL, &err));
    assert_true(survey_list(&survey, &list, &note, &err));
    basis.list = list;
    assert_true(check_text(text, &basis, &arena, &file, &err));
    assert_int_equal(file.error.len, 0);
    describe(&file, &rules, &messages);
    permitted_list_unref(list);
    good = text_check(rows[row].what, rows[row].faults, text_get(&rules));
    if (rows[row].says && !strstr(text_get(&messages), rows[row].says))
        good = text_check(rows[row].what, rows[row].says, text_get(&messages));
    return good;
}

static void test_rows(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        wrong += !play(i);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_the_documented_chain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
