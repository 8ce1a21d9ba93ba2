/* SPDX-License-Identifier: Apache-2.0 */
/* From a manifest's text to the permitted list, or to a message that says why not. */
#include "server/permitted/manifest.h"
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

/* The documented one, in either version. */
#define ENTRIES_AT(indent)                                               \
    indent "permittedHostDevices:\n" indent "  pciHostDevices:\n" indent \
           "  - pciDeviceSelector: \"10DE:1DB6\"\n" indent               \
           "    resourceName: nvidia.com/GV100GL_Tesla_V100\n" indent    \
           "  - pciDeviceSelector: \"10DE:1EB8\"\n" indent               \
           "    resourceName: nvidia.com/TU104GL_Tesla_T4\n" indent      \
           "  - pciDeviceSelector: \"8086:6F54\"\n" indent               \
           "    resourceName: intel.com/qat\n" indent "    externalResourceProvider: true\n"
#define HEAD(version)                      \
    "apiVersion: hco.kubevirt.io/" version \
    "\nkind: HyperConverged\nmetadata:\n  name: kubevirt-hyperconverged\nspec:\n"
#define V1BETA1 HEAD("v1beta1") ENTRIES_AT("  ")
#define V1 HEAD("v1") "  virtualization:\n" ENTRIES_AT("    ")

static struct permitted_list *load(const char *text, size_t len, struct text *faults,
                                   struct error *err)
{
    static const struct policy policy = {0};

    return manifest_permitted_list(text, len, &policy, faults, err);
}

static void test_what_holds_a_list(void **state)
{
    static const struct {
        const char *what, *text;
        size_t count;
        bool present;
    } rows[] = {
        {"v1beta1", V1BETA1, 3, true},
        {"v1", V1, 3, true},
        {"v1 with the path of v1beta1", HEAD("v1") ENTRIES_AT("  "), 3, true},
        {"v1beta1 with the path of v1", HEAD("v1beta1") "  virtualization:\n" ENTRIES_AT("    "), 3,
         true},
        {"both paths: its own counts",
         HEAD("v1") ENTRIES_AT("  ") "  virtualization:\n    permittedHostDevices: {}\n", 0, true},
        {"no list at all", HEAD("v1") "  featureGates: {}\n", 0, false},
        {"an empty one", HEAD("v1beta1") "  permittedHostDevices: {}\n", 0, true},
        {"a null one", HEAD("v1beta1") "  permittedHostDevices: null\n", 0, false},
        {"KubeVirt",
         "apiVersion: kubevirt.io/v1\nkind: KubeVirt\nspec:\n  configuration:\n"
         "    permittedHostDevices:\n      pciHostDevices:\n      - pciVendorSelector: 10de:1eb8\n"
         "        resourceName: a.b/c\n",
         1, true},
        {"JSON",
         "{\"apiVersion\":\"hco.kubevirt.io/v1\",\"kind\":\"HyperConverged\",\"spec\":{"
         "\"virtualization\":{\"permittedHostDevices\":{\"pciHostDevices\":[{\"resourceName\":"
         "\"a.b/c\"}]}}}}",
         1, true},
        {"among other documents",
         "# a comment\n---\napiVersion: v1\nkind: Namespace\n---\n" V1 "---\n---\n- a list\n---\n"
         "text\n",
         3, true},
        {"in a List",
         "apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n- 7\n- apiVersion: "
         "hco.kubevirt.io/v1\n  kind: HyperConverged\n  spec: {virtualization: "
         "{permittedHostDevices: {pciHostDevices: [{resourceName: a.b/c}]}}}\n",
         1, true},
        {"beside a VM that has items",
         V1 "---\napiVersion: kubevirt.io/v1\nkind: VirtualMachine\nitems: 7\n", 3, true},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
        struct error err = {.message = ""};
        struct permitted_list *list = load(rows[i].text, strlen(rows[i].text), &faults, &err);

        if (!list || permitted_list_count(list) != rows[i].count ||
            permitted_list_is_present(list) != rows[i].present) {
            fprintf(stderr, "row \"%s\": %s\n", rows[i].what, err.message);
            wrong++;
        }
        permitted_list_unref(list);
    }
    assert_int_equal(wrong, 0);
}

static void test_the_documented_names_are_permitted(void **state)
{
    struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
    struct error err;
    struct permitted_list *list = load(V1BETA1, strlen(V1BETA1), &faults, &err);

    (void)state;
    assert_non_null(list);
    assert_string_equal(text_get(&faults), "");
    assert_int_equal(permitted_list_find(list, STR("nvidia.com/TU104GL_Tesla_T4")),
                     PERMISSION_GRANTED);
    assert_int_equal(permitted_list_find(list, STR("intel.com/qat")), PERMISSION_GRANTED);
    assert_int_equal(permitted_list_find(list, STR("intel.com/qa")), PERMISSION_NONE);
    permitted_list_unref(list);
}

#define NONE                                                                                     \
    "holds no HyperConverged (apiVersion hco.kubevirt.io/v1beta1 or hco.kubevirt.io/v1) and no " \
    "KubeVirt"

static void test_what_is_refused_with_which_words(void **state)
{
    static const struct {
        const char *what, *text, *message;
    } rows[] = {
        {"nothing", "", NONE},
        {"only a comment", "# x\n", NONE},
        {"another kind", "apiVersion: v1\nkind: Pod\n", NONE},
        {"another version", "apiVersion: hco.kubevirt.io/v2\nkind: HyperConverged\n", NONE},
        {"no apiVersion", "kind: HyperConverged\n", NONE},
        {"an apiVersion without a group", "apiVersion: v1\nkind: HyperConverged\n", NONE},
        {"a kind that is no string", "apiVersion: hco.kubevirt.io/v1\nkind: [HyperConverged]\n",
         NONE},
        {"a VM", "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n", NONE},
        {"two", V1 "---\n" V1BETA1, "holds 2 objects with a permitted list; leave one"},
        {"three, in a List",
         "kind: List\nitems:\n- &a {apiVersion: hco.kubevirt.io/v1, kind: HyperConverged}\n- *a\n"
         "- {apiVersion: kubevirt.io/v1, kind: KubeVirt}\n",
         "holds 3 objects with a permitted list; leave one"},
        {"a name that is a number",
         HEAD("v1beta1") "  permittedHostDevices: {pciHostDevices: [{resourceName: 5}]}\n",
         "spec.permittedHostDevices.pciHostDevices[0].resourceName: Invalid value: \"number\": "
         "must be a string, found 5; write it in quotes"},
        {"disabled is a string",
         HEAD("v1beta1") "  permittedHostDevices: {pciHostDevices: [{disabled: \"true\"}]}\n",
         "spec.permittedHostDevices.pciHostDevices[0].disabled: Invalid value: \"string\": "
         "must be a boolean, found \"true\"; write true or false without quotes"},
        {"a list that is an object",
         HEAD("v1beta1") "  permittedHostDevices: {usbHostDevices: {}}\n",
         "spec.permittedHostDevices.usbHostDevices: Invalid value: \"object\": must be an array"},
        {"spec is a string", "apiVersion: hco.kubevirt.io/v1\nkind: HyperConverged\nspec: x\n",
         "spec: Invalid value: \"string\": must be an object, found \"x\""},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
        struct error err = {.message = "(taken)"};
        struct permitted_list *list = load(rows[i].text, strlen(rows[i].text), &faults, &err);

        wrong += !text_check(rows[i].what, rows[i].message, err.message);
        wrong += !text_check(rows[i].what, "", text_get(&faults));
        wrong += list != NULL;
        permitted_list_unref(list);
    }
    assert_int_equal(wrong, 0);
}

static void test_what_is_no_yaml_is_refused(void **state)
{
    static const struct str rows[] = {
        STR_INIT("a: [\n"),        STR_INIT("a: 1\na: 2\n"), STR_INIT("\t- x: y: z\n"),
        STR_INIT("a: \"\xff\"\n"), STR_INIT("a: *nobody\n"), STR_INIT("{\"a\":\n"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
        struct error err = {.message = ""};

        if (load(rows[i].data, rows[i].len, &faults, &err) || !strstr(err.message, "line "))
            fail_msg("%s: %s", rows[i].data, err.message);
    }
}

/* An entry that the webhook would refuse is in force all the same, and told. */
static void test_faults_are_told_and_the_list_is_kept(void **state)
{
    static const char text[] =
        HEAD("v1") "  permittedHostDevices:\n    pciHostDevices:\n"
                   "    - {pciDeviceSelector: 10de1eb8, resourceName: \"a.b/c\\u0085\"}\n"
                   "    - {resourceName: a.b/d}\n";
    struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
    struct error err;
    struct permitted_list *list = load(text, sizeof text - 1, &faults, &err);

    (void)state;
    assert_non_null(list);
    assert_int_equal(permitted_list_count(list), 2);
    permitted_list_unref(list);
    assert_string_equal(
        text_get(&faults),
        "spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector: Invalid value: "
        "\"10de1eb8\": one colon, and nothing else, belongs between the ids; write "
        "\"10de:1eb8\"\n"
        "spec.permittedHostDevices.pciHostDevices[1].pciDeviceSelector: Required value: write the "
        "vendor and device id that `lspci -nn` prints in brackets, as in \"10de:1eb8\"\n"
        "spec.permittedHostDevices.pciHostDevices[0].resourceName: Invalid value: "
        "\"a.b/c\\u0085\": the name behind the slash must consist of letters, digits, '-', '_' and "
        "'.', and begin and end with a letter or digit\n"
        "spec.permittedHostDevices: Invalid value: \"permittedHostDevices\": the API server drops "
        "this field from a "
        "hco.kubevirt.io/v1 HyperConverged; write it under "
        "spec.virtualization.permittedHostDevices\n");
}

static void test_the_policy_decides_about_duplicates(void **state)
{
    static const char text[] =
        HEAD("v1beta1") "  permittedHostDevices:\n    pciHostDevices:\n"
                        "    - {pciDeviceSelector: 10de:1eb8, resourceName: a.b/c}\n"
                        "    - {pciDeviceSelector: 10de:1eb9, resourceName: a.b/c}\n";
    struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
    struct error err;
    struct permitted_list *list = load(text, sizeof text - 1, &faults, &err);

    (void)state;
    assert_non_null(list);
    assert_int_equal(permitted_list_count(list), 1);
    assert_non_null(strstr(text_get(&faults), "Duplicate value: \"a.b/c\""));
    permitted_list_unref(list);
}

/* A thousand times what a cluster has. */
static void test_a_long_list(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)4 << 20);
    struct text faults CLEANUP_TEXT = TEXT_INIT(65536);
    struct permitted_list *list;
    struct error err = {.message = ""};

    (void)state;
    text_add(&text, HEAD("v1beta1") "  permittedHostDevices:\n    pciHostDevices:\n");
    for (int i = 0; i < 10000; i++)
        text_addf(&text, "    - pciDeviceSelector: \"10de:%04x\"\n      resourceName: a.b/n%d\n", i,
                  i);
    list = load(text_get(&text), text.len, &faults, &err);
    if (!list)
        fail_msg("%s", err.message);
    assert_int_equal(permitted_list_count(list), 10000);
    assert_string_equal(text_get(&faults), "");
    permitted_list_unref(list);
}

/* As large as people say a list can be: 10,000 entries with all their fields. */
static void test_ten_thousand_entries(void **state)
{
    enum { ENTRIES = 10000 };
    struct text manifest CLEANUP_TEXT = TEXT_INIT((size_t)8 * 1024 * 1024);
    struct text faults CLEANUP_TEXT = TEXT_INIT(4096);
    struct permitted_list *list;
    struct error err = {.message = ""};

    (void)state;
    text_add(&manifest, HEAD("v1beta1") "  permittedHostDevices:\n    pciHostDevices:\n");
    for (unsigned i = 0; i < ENTRIES; i++)
        text_addf(&manifest,
                  "    - pciDeviceSelector: \"10de:%04x\"\n"
                  "      resourceName: \"nvidia.com/a-name-of-the-usual-length-%04x\"\n"
                  "      externalResourceProvider: false\n",
                  i, i);
    list = load(text_get(&manifest), manifest.len, &faults, &err);
    assert_string_equal(err.message, "");
    assert_non_null(list);
    assert_int_equal(permitted_list_count(list), ENTRIES);
    assert_int_equal(faults.len, 0);
    permitted_list_unref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_thousand_entries),
        cmocka_unit_test(test_what_holds_a_list),
        cmocka_unit_test(test_the_documented_names_are_permitted),
        cmocka_unit_test(test_what_is_refused_with_which_words),
        cmocka_unit_test(test_what_is_no_yaml_is_refused),
        cmocka_unit_test(test_faults_are_told_and_the_list_is_kept),
        cmocka_unit_test(test_the_policy_decides_about_duplicates),
        cmocka_unit_test(test_a_long_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
