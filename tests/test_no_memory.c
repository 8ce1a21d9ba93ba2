/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation in turn fails: once by itself, and once with all that follow it. Whatever fails,
 * the answer is the right one or "out of memory", never a wrong verdict; AddressSanitizer sees to
 * it that nothing leaks. Ours are wrapped by the linker (see LINK_test_no_memory in the Makefile),
 * jansson is told which functions to use, and libyaml's own are replaced below.
 */
#include "server/admission/admission.h"
#include "server/check/check_text.h"
#include "server/check/repair.h"
#include "server/check/report.h"
#include "server/check/unified_diff.h"
#include "server/permitted/manifest.h"
#include "tests/support/device_names.h"
#include "tests/support/facts.h"
#include "tests/support/review_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- allocators that fail when told ------------------------------------------------------------
 */

static size_t countdown; /* the allocation that fails, counted from now; 0: none */
static bool forever;     /* so do all behind it */
static bool has_failed;  /* it came to that */

static bool fails(void)
{
    if (has_failed && forever)
        return true;
    if (countdown == 0 || --countdown > 0)
        return false;
    has_failed = true;
    return true;
}

static void arm(size_t number, bool and_all_behind_it)
{
    has_failed = false;
    forever = and_all_behind_it;
    countdown = number;
}

static void disarm(void)
{
    countdown = 0;
    forever = false;
}

/* The linker's option --wrap asks for these names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
int __real_vasprintf(char **ret_text, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
int __wrap_vasprintf(char **ret_text, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return fails() ? NULL : __real_reallocarray(old, count, size);
}

int __wrap_vasprintf(char **ret_text, const char *format, va_list args)
{
    return fails() ? -1 : __real_vasprintf(ret_text, format, args);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* libyaml calls these through the dynamic linker, so a program's own come first. */
void *yaml_malloc(size_t size);
void *yaml_realloc(void *old, size_t size);
char *yaml_strdup(const char *text);

void *yaml_malloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *yaml_realloc(void *old, size_t size)
{
    return old ? realloc(old, size ? size : 1) : malloc(size ? size : 1);
}

char *yaml_strdup(const char *text)
{
    char *copy = text ? malloc(strlen(text) + 1) : NULL;

    if (copy)
        memcpy(copy, text, strlen(text) + 1);
    return copy;
}

/* --- reviews -----------------------------------------------------------------------------------
 */

struct review_case {
    const char *what;
    enum admission_path path;
    bool unknown_list;
    const char *changes[3][2]; /* to the request; see review_json_set() */
};

static const char list_yaml[] = "# by hand\napiVersion: hco.kubevirt.io/v1beta1\n"
                                "kind: HyperConverged\nspec:\n  permittedHostDevices:\n"
                                "    pciHostDevices:\n"
                                "    - &t4 {pciDeviceSelector: \"10DE:1EB8\", resourceName: "
                                "nvidia.com/TU104GL_Tesla_T4}\n"
                                "    - pciDeviceSelector: '0x8086:0x6F54'\n"
                                "      resourceName: \"intel.com/qat\"\n"
                                "      externalResourceProvider: true\n"
                                "    - *t4\n    - <<: *t4\n      disabled: yes\n---\n# empty\n";

#define DEVICES_PATH "request.object.spec.template.spec.domain.devices"
#define OLD_PATH "request.oldObject.spec.template.spec.domain.devices"
#define HCO_KIND "{'group':'hco.kubevirt.io','version':'v1','kind':'HyperConverged'}"

#define MACHINE_CONFIG_KIND \
    "{'group':'machineconfiguration.openshift.io','version':'v1','kind':'MachineConfig'}"
/* Two lists of ids with slips, as gzip. */
#define PACKED_IDS                                                 \
    "data:;base64,H4sIAAAAAAACA8svKMnMzytWKEvLzNctSM5UyEwptjU0SEn" \
    "VNUxNstCJ4TK0MtIBYgVjKxOufGyKQRIA0NQK9UYAAAA="

static const struct review_case cases[] = {
    {.what = "allowed",
     .changes = {{DEVICES_PATH ".hostDevices",
                  "[{'deviceName':'nvidia.com/TU104GL_Tesla_T4','name':'a'}]"}}},
    {.what = "denied",
     .changes = {{DEVICES_PATH ".hostDevices",
                  "[{'deviceName':'nvidia.com/TU104GL_Telsa_T4','name':'with a space and more'},"
                  "{'name':'b','deviceName':5},{'name':'b'}]"}}},
    {.what = "denied, many",
     .changes = {{DEVICES_PATH ".gpus",
                  "[1,2,3,4,5,6,7,{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]"}}},
    {.what = "warned",
     .changes = {{"request.operation", "'UPDATE'"},
                 {DEVICES_PATH ".gpus", "[{'deviceName':'example.org/some-device','name':'a'}]"},
                 {OLD_PATH ".gpus", "[{'deviceName':'example.org/some-device','name':'b'}]"}}},
    {.what = "a HyperConverged",
     .changes = {{"request.kind", HCO_KIND},
                 {"request.object.spec.permittedHostDevices.pciHostDevices",
                  "[{'pciDeviceSelector':'10DE-1EB8','resourceName':'nvidia.com/Tesla_T4'},"
                  "{'pciDeviceSelector':'10DE:1EB8','resourceName':'nvidia.com/Tesla.T4'},"
                  "{'pciDeviceSelector':'10de:1eb8','resourceName':'nvidia.com/Tesla_T4'}]"},
                 {"request.object.spec.virtualization.permittedHostDevices",
                  "{'mediatedDevices':[{'mdevNameSelector':'a'},{'mdevNameSelector':'a'}],"
                  "'usbHostDevices':[{'selectors':[{'vendor':'1','product':'2'},{'vendor':''}]},"
                  "{'selectors':[{'vendor':'1','product':'2'}],'resourceName':'a.b/c'}]}"}}},
    {.what = "a MachineConfig",
     .changes = {{"request.kind", MACHINE_CONFIG_KIND},
                 {"request.object.spec.kernelArguments", "['intel_immou=on iommu=off','quiet']"},
                 {"request.object.spec.config.storage.files",
                  "[{'path':'/etc/modprobe.d/a.conf','contents':{'compression':'gzip','source':"
                  "'" PACKED_IDS "'}},{'path':'/etc/modules-load.d/a','contents':{'source':"
                  "'data:,vfio-pci'}}]"}}},
    {.what = "a MachineConfig that is refused",
     .changes = {{"request.kind", MACHINE_CONFIG_KIND},
                 {"request.object.spec.config",
                  "{'ignition':{'version':3.2},'kernelArguments':{'shouldExist':['a']},"
                  "'kernel_arguments':['a']}"},
                 {"request.object.spec.config.storage.files",
                  "[{'path':'/etc/modprobe.d//a.conf','append':[{}]},"
                  "{'path':'/etc/modprobe.d/a.conf','mode':644.5}]"}}},
    {.what = "an unknown list",
     .unknown_list = true,
     .changes = {{DEVICES_PATH ".gpus", "[{'deviceName':'a.b/some-longer-name','name':'a'}]"}}},
    {.what = "not judged", .changes = {{"request.kind.kind", "'Pod'"}}},
    {.what = "not a review", .changes = {{"request.operation", "'a long word for nothing'"}}},
    {.what = "names",
     .path = ADMISSION_MUTATE,
     .changes = {{DEVICES_PATH ".hostDevices",
                  "[{'deviceName':'nvidia.com/TU104GL_Tesla_T4'},{'name':'hostdevices1'},{}]"},
                 {DEVICES_PATH ".gpus", "[{}]"}}},
    {.what = "names kept",
     .path = ADMISSION_MUTATE,
     .changes = {{"request.operation", "'UPDATE'"},
                 {DEVICES_PATH ".gpus", "[{'deviceName':'example.org/some-device'}]"},
                 {OLD_PATH ".gpus", "[{'deviceName':'example.org/some-device','name':'b'}]"}}},
    {.what = "no names", .path = ADMISSION_MUTATE},
};

/* "STATUS body", made while the `number`-th allocation of the review fails; 0: none. */
static struct text answer(const struct review_case *review, const char *body,
                          const struct permitted_list *list, size_t number, bool and_all)
{
    const struct policy policy = {0};
    const struct admission_list in_force = {.list = review->unknown_list ? NULL : list,
                                            .problem = "the file is missing"};
    struct text text = TEXT_INIT(100000);
    struct admission_reply reply;

    arm(number, and_all);
    admission_review(review->path, body, strlen(body), &policy, &in_force, NULL, &reply);
    disarm();
    text_addf(&text, "%u ", reply.status);
    text_add(&text, reply.body ? reply.body : "(nothing)");
    free(reply.body);
    return text;
}

/* The right one, or out of memory; what is no verdict may also lack its words. */
static bool is_good_answer(const char *got, const char *right)
{
    return strcmp(got, right) == 0 || strcmp(got, "500 out of memory\n") == 0 ||
           strcmp(got, "500 (nothing)") == 0 ||
           (strncmp(right, "200", 3) != 0 && strncmp(got, right, 3) == 0);
}

/* `least` is how many allocations there are at least, so that it is seen that some failed. */
static size_t fail_each(const struct review_case *review, const char *body,
                        const struct permitted_list *list, size_t least, bool and_all)
{
    struct text right CLEANUP_TEXT = answer(review, body, list, 0, false);
    size_t wrong = 0, number = 0;

    do {
        struct text got CLEANUP_TEXT = answer(review, body, list, ++number, and_all);

        if (!is_good_answer(text_get(&got), text_get(&right))) {
            fprintf(stderr, "row \"%s\", allocation %zu%s: %s\n", review->what, number,
                    and_all ? " and all behind it" : "", text_get(&got));
            wrong++;
        }
    } while (has_failed);
    if (number < least) {
        fprintf(stderr, "row \"%s\": only %zu allocations seen\n", review->what, number);
        wrong++;
    }
    return wrong;
}

/* The body as it is, and with an escape in a key, which json_pick() leaves to the other reader. */
static size_t fail_each_way(const struct review_case *review, const char *body,
                            const struct permitted_list *list)
{
    struct text odd CLEANUP_TEXT = TEXT_INIT(100000);

    text_addf(&odd, "{\"\\u0061\":0,%s", body + 1);
    return fail_each(review, body, list, 2, false) + fail_each(review, body, list, 2, true) +
           fail_each(review, text_get(&odd), list, 10, false) +
           fail_each(review, text_get(&odd), list, 10, true);
}

/* Not by json_dumps(), whose result is to be freed as jansson's memory is. */
static char *dumped(const json_t *root)
{
    size_t len = json_dumpb(root, NULL, 0, JSON_COMPACT);
    char *text = calloc(len + 1, 1);

    assert_non_null(text);
    assert_int_equal(json_dumpb(root, text, len, JSON_COMPACT), len);
    return text;
}

static void test_a_review_that_runs_out_of_memory(void **state)
{
    static const char *const names[] = {"nvidia.com/TU104GL_Tesla_T4", "intel.com/qat"};
    struct permitted_list *list = list_of_names(names, 2);
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *root = review_json_new();
        char *body;

        for (size_t j = 0; j < 3 && cases[i].changes[j][0]; j++)
            review_json_set(root, cases[i].changes[j][0], cases[i].changes[j][1]);
        body = dumped(root);
        wrong += fail_each_way(&cases[i], body, list);
        json_decref(root);
        free(body);
    }
    permitted_list_unref(list);
    assert_int_equal(wrong, 0);
}

/* --- manifests ---------------------------------------------------------------------------------
 */

/* What the list permits, or why there is none. */
static struct text loaded(const char *manifest, size_t number, bool and_all)
{
    const struct policy policy = {0};
    struct text faults CLEANUP_TEXT = TEXT_INIT(10000);
    struct text text = TEXT_INIT(10000);
    struct error err = {.message = "(no message)"};
    struct permitted_list *list;

    arm(number, and_all);
    list = manifest_permitted_list(manifest, strlen(manifest), &policy, &faults, &err);
    disarm();
    if (list)
        permitted_list_enumerate(list, &text);
    else
        text_addf(&text, "refused: %s", err.message);
    permitted_list_unref(list);
    return text;
}

/* The right one, or out of memory; a refusal may also lack its words. */
static bool is_good_list(const char *got, const char *right)
{
    struct str refused = STR("refused: ");

    return strcmp(got, right) == 0 || str_ends_with(str_from(got), STR("out of memory")) ||
           (str_starts_with(str_from(right), refused) && str_starts_with(str_from(got), refused));
}

static size_t fail_each_of_manifest(const char *what, const char *manifest, bool and_all)
{
    struct text right CLEANUP_TEXT = loaded(manifest, 0, false);
    size_t wrong = 0, number = 0;

    do {
        struct text got CLEANUP_TEXT = loaded(manifest, ++number, and_all);

        if (!is_good_list(text_get(&got), text_get(&right))) {
            fprintf(stderr, "row \"%s\", allocation %zu%s: %s\n", what, number,
                    and_all ? " and all behind it" : "", text_get(&got));
            wrong++;
        }
    } while (has_failed);
    return wrong + (number < 10);
}

static void test_a_manifest_that_runs_out_of_memory(void **state)
{
    static const struct {
        const char *what, *text;
    } rows[] = {
        {"YAML", list_yaml},
        {"JSON",
         "{\"apiVersion\":\"hco.kubevirt.io/v1\",\"kind\":\"HyperConverged\",\"spec\":{"
         "\"virtualization\":{\"permittedHostDevices\":{\"pciHostDevices\":[{\"resourceName\":"
         "\"nvidia.com/TU104GL_Tesla_T4\",\"pciDeviceSelector\":\"10de:1eb8\"}]}}}}"},
        {"a wrong type", "apiVersion: kubevirt.io/v1\nkind: KubeVirt\nspec: {configuration: 5}\n"},
        {"not YAML", "a: {b: [some longer text\n- c\n"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        wrong += fail_each_of_manifest(rows[i].what, rows[i].text, false) +
                 fail_each_of_manifest(rows[i].what, rows[i].text, true);
    assert_int_equal(wrong, 0);
}

/* --- checked texts -----------------------------------------------------------------------------
 */

/* What every format says of a text, or why there is nothing. */
static struct text checked(const char *manifest, size_t number, bool and_all)
{
    static const struct report_format *const formats[] = {
        &report_text, &report_json, &report_junit, &report_sarif, &report_github,
    };
    static const struct policy policy = {0};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct report report = REPORT_INIT;
    struct check_file file;
    struct error err = {.message = "(no message)"};
    struct device_hints *hints;
    bool good;

    arm(number, and_all);
    hints = device_hints_new(&some_device_names, &err);
    good = hints &&
           check_text(str_from(manifest), &(struct check_basis){.policy = policy, .hints = hints},
                      &arena, &file, &err);
    file.name = "a.yaml";
    for (size_t i = 0; good && i < sizeof formats / sizeof formats[0]; i++)
        formats[i]->file(&report, &file);
    disarm();
    device_hints_free(hints);
    if (!good || report.text.failed) {
        text_free(&report.text);
        report = (struct report)REPORT_INIT;
        text_add(&report.text, good ? "out of memory" : err.message);
    }
    return report.text;
}

/* What a text is repaired to and the diff of it, or why there is nothing. */
static struct text mended(const char *manifest, size_t number, bool and_all)
{
    static const struct policy policy = {0};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct repaired repaired CLEANUP_REPAIRED = {0};
    struct text result = TEXT_INIT(100000);
    struct error err = {.message = "(no message)"};
    bool good;

    arm(number, and_all);
    good = repair_text(str_from(manifest), &policy, NULL, &arena, &repaired, &err);
    text_add(&result, good ? text_get(&repaired.text) : err.message);
    if (good && repaired.count > 0)
        unified_diff_add(&result, "a", str_from(manifest), &repaired.edits);
    disarm();
    if (result.failed) {
        text_free(&result);
        result = (struct text)TEXT_INIT(100);
        text_add(&result, "out of memory");
    }
    return result;
}

typedef struct text (*worker)(const char *manifest, size_t number, bool and_all);

static size_t fail_each_of_check(worker work, const char *what, const char *manifest, bool and_all)
{
    struct text right CLEANUP_TEXT = work(manifest, 0, false);
    size_t wrong = 0, number = 0;

    do {
        struct text got CLEANUP_TEXT = work(manifest, ++number, and_all);

        if (strcmp(text_get(&got), text_get(&right)) != 0 &&
            strcmp(text_get(&got), "out of memory") != 0) {
            fprintf(stderr, "row \"%s\", allocation %zu%s: %s\n", what, number,
                    and_all ? " and all behind it" : "", text_get(&got));
            wrong++;
        }
    } while (has_failed);
    return wrong + (number < 10);
}

static void test_a_check_that_runs_out_of_memory(void **state)
{
    static const struct {
        const char *what, *text;
    } rows[] = {
        {"a HyperConverged", list_yaml},
        {"names of devices",
         "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n"
         "  permittedHostDevices:\n    pciHostDevices:\n"
         "    - {pciDeviceSelector: '10de:1eb8', resourceName: nvidia.com/V100}\n"
         "    - {pciDeviceSelector: '0x10de1eb8', resourceName: a.b/c}\n"
         "    - {pciDeviceSelector: 'abcd:0000', resourceName: a.b/d}\n"},
        {"a VM", "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: a}\nspec:\n"
                 "  domain: &d {devices: {gpus: [{deviceName: a.b/c}, {name: a b}, 7]}}\n"
                 "  template: {spec: {domain: {<<: *d}}}\n"},
        {"Butane", "variant: openshift\nversion: {product-version}\nmetadata: {name: a}\n"
                   "storage: {files: [{path: /etc/modprobe.d/a.conf, mode: 644, contents: {inline: "
                   "\"options vfio-pci ids=1:2,\\\\\\n1:2, 3\\nsoftdep a pre: vfio-pci\\nblacklist "
                   "a\\n\"}}]}\n"},
        {"not YAML", "a: {b: [some longer text\n- c\n"},
        {"a placeholder", "variant: openshift\nversion: {product-version}.0\n"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        wrong += fail_each_of_check(checked, rows[i].what, rows[i].text, false) +
                 fail_each_of_check(checked, rows[i].what, rows[i].text, true);
    assert_int_equal(wrong, 0);
}

static void test_a_repair_that_runs_out_of_memory(void **state)
{
    static const struct {
        const char *what, *text;
    } rows[] = {
        {"a HyperConverged", "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n"
                             "  permittedHostDevices:\n    pciHostDevices:\n"
                             "    - {pciDeviceSelector: 0x10de:0x1eb8, resourceName: A.b/c}\n"},
        {"VMs",
         "kind: List\nitems:\n- apiVersion: kubevirt.io/v1\n  kind: VirtualMachine\n"
         "  spec:\n    template: {spec: {domain: {devices: {gpus: [{deviceName: a.b/c},\n"
         "      &a {deviceName: a.b/c, name: d e}, *a, {deviceName: a.b/c, name: f g}]}}}}\n"},
        {"no repair", "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"},
        {"not YAML", "a: {b: [some longer text\n- c\n"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        wrong += fail_each_of_check(mended, rows[i].what, rows[i].text, false) +
                 fail_each_of_check(mended, rows[i].what, rows[i].text, true);
    assert_int_equal(wrong, 0);
}

/* --- parts that a review of ordinary size does not reach ---------------------------------------
 */

static void test_a_long_list_that_runs_out_of_memory(void **state)
{
    enum { COUNT = 500 };
    static struct entry_row entries[COUNT];
    static char names[COUNT][16], selectors[COUNT][10];
    const struct object_rows rows = {.kind = "HyperConverged",
                                     .section = {.lists = {{entries, COUNT}}}};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct object_facts facts;
    size_t number = 0;

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "a.b/%u", i);
        snprintf(selectors[i], sizeof selectors[i], "10de:%04x", i & 0xffff);
        entries[i] = (struct entry_row){.selector = selectors[i], .resource_name = names[i]};
    }
    facts_build(&rows, &arena, &facts);
    do {
        struct error err = {.message = ""};
        struct permitted_list *list;

        arm(++number, false);
        list = permitted_list_new(&facts, 1, &err);
        disarm();
        if (list ? permitted_list_count(list) != COUNT : strcmp(err.message, "out of memory") != 0)
            fail_msg("allocation %zu: \"%s\"", number, err.message);
        permitted_list_unref(list);
    } while (has_failed);
    assert_true(number > 3);
}

static void test_a_text_that_runs_out_of_memory(void **state)
{
    size_t number = 0;

    (void)state;
    do {
        struct text text CLEANUP_TEXT = TEXT_INIT(10000);

        arm(++number, false);
        text_add(&text, "some words ");
        text_addf(&text, "%0300d", 0);
        disarm();
        assert_int_equal(text.failed, has_failed);
        assert_true(text.failed || text.len == 311);
        assert_int_equal(strlen(text_get(&text)), text.len);
    } while (has_failed);
    assert_true(number > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_long_list_that_runs_out_of_memory),
        cmocka_unit_test(test_a_text_that_runs_out_of_memory),
        cmocka_unit_test(test_a_review_that_runs_out_of_memory),
        cmocka_unit_test(test_a_manifest_that_runs_out_of_memory),
        cmocka_unit_test(test_a_check_that_runs_out_of_memory),
        cmocka_unit_test(test_a_repair_that_runs_out_of_memory),
    };

    json_object_seed(1);
    json_set_alloc_funcs(__wrap_malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
