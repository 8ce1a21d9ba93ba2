/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several objects say together: the odd cases. What each rule is for, and what is nearest to
 * it and good, is in fixtures/chain, which test_check_folders plays.
 */
#include "server/check/check_text.h"
#include "server/check/survey.h"
#include "server/documents/json_value.h"
#include "server/documents/manifest_objects.h"
#include "server/documents/yaml.h"
#include "tests/support/facts.h"
#include "validators/chain_rules.h"
#include "validators/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HCO(entries)                                                                             \
    "{apiVersion: hco.kubevirt.io/v1beta1, kind: HyperConverged, spec: {permittedHostDevices: {" \
    "pciHostDevices: [" entries "]}}}\n---\n"
#define ENTRY(selector, name) "{pciDeviceSelector: '" selector "', resourceName: '" name "'}"
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
#define NODE(allocatable)                                                                        \
    "{apiVersion: v1, kind: Node, metadata: {name: node-1}, status: {allocatable: {" allocatable \
    "}}}\n---\n"
#define VM(domain)                                                                                 \
    "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, spec: {template: {spec: {domain: {" domain \
    "}}}}}\n---\n"
#define ASKS(entries) "devices: {hostDevices: [" entries "]}"
#define DEVICE_OF(device, name) "{deviceName: " device ", name: " name "}"

#define TEN(text) text text text text text text text text text text
#define IDS_OF_1024 "10de:10f8,10de:10f9" TEN(TEN(",,,,,,,,,,")) ",,,,,"

#define INLINE "storage.files[0].contents.inline"
#define DEVICE_NAME(at) "spec.template.spec.domain.devices.hostDevices[" at "].deviceName"

static const struct {
    const char *what, *text;
    const char *faults; /* "RULE PATH" a line */
    const char *says;
} rows[] = {
    {"what is disabled, or selects nothing, needs no binding",
     HCO(ENTRY("10DE:1EB8", "a.b/c") ", " ENTRY(
         "1:2", "a.b/d") ", {pciDeviceSelector: '10DE:1DB6', resourceName: a.b/e, disabled: true}")
         BINDS("worker", "10de:1eb8") ARGUMENT("worker", "intel_iommu=on"),
     "pci-selector-format spec.permittedHostDevices.pciHostDevices[1].pciDeviceSelector\n", NULL},
    {"bound twice and not permitted",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) BINDS("worker", "10de:1eb8,10de:10f8,10DE:10F8")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-id-duplicate " INLINE "\nvfio-id-not-permitted " INLINE "\n", NULL},
    {"on AMD's hosts it is on",
     BINDS("worker", "10de:1eb8") ARGUMENT("worker", "iommu=pt, amd_iommu=pgtbl_v2"), "", NULL},
    {"a selector that can't be read may be that of any device",
     HCO(ENTRY("0x10DE:0x1EB8", "a.b/c")) BINDS("worker", "10de:1eb8")
         ARGUMENT("worker", "intel_iommu=on"),
     "pci-selector-format spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector\n", NULL},
    {"so may an entry of the wrong type",
     HCO(ENTRY("10DE:1DB6", "a.b/c") ", 7") BINDS("worker", "10de:1eb8,10de:1db6")
         ARGUMENT("worker", "intel_iommu=on"),
     "wrong-type spec.permittedHostDevices.pciHostDevices[1]\n", NULL},
    {"all devices of a vendor, as far as anybody knows",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) BINDS("worker", "10de:ffffffff")
         ARGUMENT("worker", "intel_iommu=on"),
     "", NULL},
    {"a unit's drop-in may load it, or bind by it",
     IDS("worker", "x", "v",
         "10de:1eb8") "{variant: openshift, version: 4.17.0, metadata: {labels: "
                      "{machineconfiguration.openshift.io/role: worker}}, systemd: {units: [{name: "
                      "a, dropins: "
                      "[{contents: 'ExecStart=modprobe vfio-pci'}]}]}}\n---\n" ARGUMENT(
                          "worker", "intel_iommu=on"),
     "", NULL},
    {"a local file may hold a unit that loads it",
     IDS("worker", "x", "v",
         "10de:1eb8") "{variant: openshift, version: 4.17.0, metadata: {labels: "
                      "{machineconfiguration.openshift.io/role: worker}}, systemd: {units: [{name: "
                      "a, contents_local: a.service}]}}\n---\n" ARGUMENT("worker",
                                                                         "intel_iommu=on"),
     "", NULL},
    {"a list that is too long binds nothing, and is told so alone",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) BINDS("worker", IDS_OF_1024) LOADS("worker")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-ids-too-long " INLINE "\n", NULL},
    {"of two lists the last loses nothing",
     IDS("worker", "a", "b", "10DE:1DB6,10de:1eb8") IDS("worker", "b", "a", "10de:1eb8,")
         LOADS("worker") ARGUMENT("worker", "intel_iommu=on"),
     "", NULL},
    {"of two lists the last by the files' names counts",
     IDS("worker", "a", "b", "10de:1db6") IDS("worker", "b", "a", "10de:1eb8") LOADS("worker")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-ids-replaced storage.files[0].contents.inline\n",
     "that in \"/etc/modprobe.d/b.conf\" of \"a\"; write all ids into one list"},
    {"the workers' list goes before a pool's own",
     IDS("gpu", "g", "a", "10de:1eb8") IDS("worker", "w", "b", "10de:1db6") LOADS("worker")
         ARGUMENT("worker", "intel_iommu=on"),
     "vfio-ids-replaced storage.files[0].contents.inline\n", NULL},
    {"more than any node has",
     NODE("a.b/c: '2'") NODE("a.b/c: '1', a.b/d: '1234567890123456'")
         VM(ASKS(DEVICE_OF("a.b/c", "a") ", " DEVICE_OF("a.b/d", "b") ", " DEVICE_OF(
             "a.b/c", "c") ", " DEVICE_OF("a.b/c", "d") ", " DEVICE_OF("a.b/c", "e"))),
     "devices-exceed-nodes " DEVICE_NAME("3") "\n",
     "none of the nodes given has more than 2 of this device to give"},
    {"more than a number of any kind of quantity",
     NODE("a.b/c: x, a.b/d: ''") VM(ASKS(DEVICE_OF("a.b/c", "a") ", " DEVICE_OF("a.b/d", "b"))), "",
     NULL},
    {"a limit with one",
     HCO(ENTRY("10DE:1EB8", "a.b/c"))
         VM(ASKS(DEVICE_OF("a.b/c", "a")) ", resources: {requests: {a.b/c: 1}, limits: [7]}"),
     "", NULL},
    {"a name that is not permitted is told as such",
     HCO(ENTRY("10DE:1EB8", "a.b/c")) NODE("a.b/c: 1") VM(ASKS(DEVICE_OF("a.b/d", "a"))),
     "device-not-permitted " DEVICE_NAME("0") "\n", NULL},
    {"an object that is being deleted",
     NODE("cpu: '2'") "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: "
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

/* What a file that can't be read says nobody knows, so nothing is called missing. */
static void test_a_file_that_is_no_yaml(void **state)
{
    static const char list[] = HCO(ENTRY("10DE:1DB6", "a.b/c")),
                      binds[] = IDS("worker", "x", "v", "10de:1eb8"),
                      template[] = "kind: MachineConfig\nspec: {{ .Values.iommu }}\n";
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct survey survey CLEANUP_SURVEY;
    struct check_basis basis = {.chain = &survey.chain};
    struct check_file file;
    struct error err;

    (void)state;
    survey_init(&survey);
    assert_true(survey_text(&survey, "a", STR(list), SURVEY_ALL, &err));
    assert_true(survey_text(&survey, "b", STR(binds), SURVEY_ALL, &err));
    assert_true(check_text(STR(list), &basis, &arena, &file, &err));
    assert_int_equal(file.objects->fault_count, 1); /* device-not-bound */
    assert_true(check_text(STR(binds), &basis, &arena, &file, &err));
    assert_int_equal(file.objects->fault_count, 3); /* not loaded, not permitted, no IOMMU */
    assert_true(survey_text(&survey, "c", STR(template), SURVEY_ALL, &err));
    assert_true(check_text(STR(list), &basis, &arena, &file, &err));
    assert_int_equal(file.objects->fault_count, 0);
    assert_true(check_text(STR(binds), &basis, &arena, &file, &err));
    assert_int_equal(file.objects->fault_count, 1);
}

/* --- what has no room ------------------------------------------------------------------------ */

/* Objects that break every rule of several. */
static const char faulty[] = HCO(ENTRY("10DE:1DB6", "a.b/c") ", {pciDeviceSelector: '10DE:1EB8', "
                                                             "resourceName: a.b/d, "
                                                             "externalResourceProvider: true}")
    IDS("worker", "a", "a", "10de:10f7") IDS("worker", "b", "b", "10de:10f8,10de:10f9")
        ARGUMENT("master",
                 "intel_iommu=on") "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {"
                                   "nvidia.com/gpu.deploy.operands: 'false'}}, status: "
                                   "{allocatable: {cpu: 8}}}\n---\n" VM(ASKS(DEVICE_OF(
                                       "a.b/d", "a")) ", resources: {limits: {a.b/c: 1}}");

struct objects {
    struct arena arena;
    json_t *documents;
    struct object_facts facts[8];
    const struct value *values[8];
    size_t count;
};

static void load(struct objects *objects)
{
    struct manifest_cursor cursor = {0};
    struct manifest_object object;
    struct error err;

    *objects = (struct objects){.arena = ARENA_INIT(CHECK_MEMORY_LIMIT)};
    objects->documents = yaml_load(faulty, strlen(faulty), &err);
    assert_non_null(objects->documents);
    while (manifest_objects_next(objects->documents, &cursor, &object)) {
        size_t i = objects->count++;

        assert_true(i < COUNT(objects->facts));
        objects->values[i] = value_from_json(object.value, &objects->arena);
        decode_object(object.kind, objects->values[i], &objects->arena, &objects->facts[i]);
    }
    assert_false(objects->arena.failed);
}

static void unload(struct objects *objects)
{
    json_decref(objects->documents);
    arena_free(&objects->arena);
}

static void add_all(struct chain *chain, const struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        chain_add(chain, &objects->facts[i], objects->values[i]);
}

/* What is not shown is counted. */
static void test_nothing_is_shown(void **state)
{
    static const enum rule_id expected[] = {RULE_DEVICE_NOT_BOUND,     RULE_VFIO_ID_NOT_PERMITTED,
                                            RULE_IOMMU_NOT_ON,         RULE_DEVICES_EXCEED_NODES,
                                            RULE_LIMIT_WITHOUT_DEVICE, RULE_OPERANDS_OFF_EXTERNAL,
                                            RULE_VFIO_IDS_REPLACED};
    static const char *const names[] = {"a.b/c", "a.b/d"};
    struct permitted_list *list = list_of_names(names, COUNT(names));
    struct objects objects;
    struct chain chain;
    struct findings findings CLEANUP_FINDINGS;
    struct context context = {
        .list = list, .chain = &chain, .findings = &findings, .arena = &objects.arena};

    (void)state;
    load(&objects);
    chain_init(&chain, &objects.arena);
    add_all(&chain, &objects);
    findings_init(&findings, &objects.arena);
    findings_show(&findings, 0);
    for (size_t i = 0; i < objects.count; i++) {
        context.value = objects.values[i];
        judge_chain(&objects.facts[i], &context);
    }
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_true(findings.warnings.by_rule[expected[i]] > 0);
    assert_int_equal(findings.warnings.shown, 0);
    assert_false(findings_failed(&findings));
    permitted_list_unref(list);
    unload(&objects);
}

/* Each allocation fails in turn, and the arena remembers it. */
static void test_lack_of_memory(void **state)
{
    static _Alignas(max_align_t) unsigned char memory[65536];
    struct objects objects;
    size_t left = 0;
    bool failed;

    (void)state;
    load(&objects);
    do {
        struct arena arena CLEANUP_ARENA = {.first = memory, .first_left = left};
        struct chain chain;

        chain_init(&chain, &arena);
        add_all(&chain, &objects);
        failed = arena.failed;
        left += 16;
    } while (failed && left < sizeof memory);
    assert_false(failed);
    assert_true(left > 256);
    unload(&objects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_a_file_that_is_no_yaml),
        cmocka_unit_test(test_nothing_is_shown),
        cmocka_unit_test(test_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
