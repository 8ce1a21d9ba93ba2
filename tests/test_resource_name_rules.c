/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule on resourceName, and the nearest case that passes. */
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define LISTS(...) .section = {.lists = {__VA_ARGS__}}
#define ENTRY(the_selector, the_name)                           \
    {                                                           \
        .selector = (the_selector), .resource_name = (the_name) \
    }
#define USB_ENTRY(the_name)                           \
    {                                                 \
        .resource_name = (the_name), .external = true \
    }
/* Of 61 characters: a.b/ and 57 more. */
#define NAME_OF_61 "a.b/123456789012345678901234567890123456789012345678901234567"
#define NAME_OF_62 NAME_OF_61 "x"

static void test_a_name_has_its_form(void **state)
{
    const struct rule_row rows[] = {
        {.what = "well-formed",
         .object = {LISTS(ENTRIES(ENTRY("1:2", "nvidia.com/TU104GL_Tesla_T4")))},
         .lines = "deny pci-selector-format pciHostDevices[0].pciDeviceSelector"},
        {.what = "absent and empty, in each list",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", NULL), ENTRY("10de:1eb9", "")),
                          ENTRIES(ENTRY("A", NULL)), ENTRIES(USB_ENTRY("")))},
         .lines = "deny resource-name-required pciHostDevices[0].resourceName\n"
                  "deny resource-name-required pciHostDevices[1].resourceName\n"
                  "deny resource-name-required mediatedDevices[0].resourceName\n"
                  "deny resource-name-required usbHostDevices[0].resourceName",
         .says = "spec.permittedHostDevices.pciHostDevices[0].resourceName: Required value: name "
                 "the device as VMs shall ask for it, as in \"nvidia.com/TU104GL_Tesla_T4\""},
        {.what = "malformed",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "Nvidia.com/T4")))},
         .lines = "deny resource-name-format pciHostDevices[0].resourceName",
         .says = "Invalid value: \"Nvidia.com/T4\": the domain before the slash must consist of "
                 "lower-case letters"},
        {.what = "malformed, disabled: still checked for form",
         .object = {LISTS(
             ENTRIES({.selector = "10de:1eb8", .resource_name = "T4", .disabled = true}))},
         .lines = "deny resource-name-format pciHostDevices[0].resourceName"},
        {.what = "of the wrong type, an entry that is no object: told elsewhere",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", MALFORMED), {.no_object = true}))},
         .lines = ""},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_a_name_fits_in_the_path_of_its_socket(void **state)
{
    const struct rule_row rows[] = {
        {.what = "61 characters", .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", NAME_OF_61)))}},
        {.what = "62 characters",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", NAME_OF_62)))},
         .lines = "deny resource-name-too-long pciHostDevices[0].resourceName",
         .says = "Too long: \"" NAME_OF_62 "\": is 62 bytes long, and with more than 61 the path "
                 "of the device plugin's socket is too long; shorten it"},
        {.what = "62 characters, external",
         .object = {LISTS(
             ENTRIES({.selector = "10de:1eb8", .resource_name = NAME_OF_62, .external = true}))}},
        {.what = "62 characters, disabled: still checked for form",
         .object = {LISTS(
             ENTRIES({.selector = "10de:1eb8", .resource_name = NAME_OF_62, .disabled = true}))},
         .lines = "deny resource-name-too-long pciHostDevices[0].resourceName"},
        {.what = "62 characters, there before",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb9", NAME_OF_62)))},
         .old = {LISTS(ENTRIES(ENTRY("10de:1eb9", NAME_OF_62)))},
         .lines = "warn resource-name-too-long pciHostDevices[1].resourceName"},
        {.what = "62 characters, external before",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb9", NAME_OF_62)))},
         .old = {LISTS(
             ENTRIES({.selector = "10de:1eb8", .resource_name = NAME_OF_62, .external = true}))},
         .lines = "deny resource-name-too-long pciHostDevices[0].resourceName"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_one_name_twice_in_a_list(void **state)
{
    const struct rule_row rows[] = {
        {.what = "denied by default",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb9", "a.b/d"),
                                  ENTRY("10de:1eba", "a.b/c")))},
         .lines = "deny resource-name-duplicate pciHostDevices[2].resourceName",
         .says = "pciHostDevices[2].resourceName: Duplicate value: \"a.b/c\": pciHostDevices[0] "
                 "and pciHostDevices[2] have one name"},
        {.what = "--duplicate-resource-names warn",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb9", "a.b/c")))},
         .policy = {.warn_duplicate_resource_names = true},
         .lines = "warn resource-name-duplicate pciHostDevices[1].resourceName"},
        {.what = "three times",
         .object = {LISTS({0},
                          ENTRIES(ENTRY("A", "a.b/c"), ENTRY("B", "a.b/c"), ENTRY("C", "a.b/c")))},
         .lines = "deny resource-name-duplicate mediatedDevices[1].resourceName\n"
                  "deny resource-name-duplicate mediatedDevices[2].resourceName"},
        {.what = "external ones count",
         .object = {LISTS({0}, {0}, ENTRIES(USB_ENTRY("a.b/c"), USB_ENTRY("a.b/c")))},
         .lines = "deny resource-name-duplicate usbHostDevices[1].resourceName"},
        {.what = "one is disabled",
         .object = {LISTS(
             ENTRIES(ENTRY("10de:1eb8", "a.b/c"),
                     {.selector = "10de:1eb9", .resource_name = "a.b/c", .disabled = true}))},
         .lines = ""},
        {.what = "absent twice is no duplicate",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", ""), ENTRY("10de:1eb9", "")))},
         .lines = "deny resource-name-required pciHostDevices[0].resourceName\n"
                  "deny resource-name-required pciHostDevices[1].resourceName"},
        {.what = "there before, now in other places and more often",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb7", "a.b/d"), ENTRY("10de:1eb8", "a.b/c"),
                                  ENTRY("10de:1eb9", "a.b/c"), ENTRY("10de:1eba", "a.b/c")))},
         .old = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb9", "a.b/c")))},
         .lines = "warn resource-name-duplicate pciHostDevices[2].resourceName\n"
                  "warn resource-name-duplicate pciHostDevices[3].resourceName"},
        {.what = "one of them was disabled before",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb9", "a.b/c")))},
         .old = {LISTS(
             ENTRIES(ENTRY("10de:1eb8", "a.b/c"),
                     {.selector = "10de:1eb9", .resource_name = "a.b/c", .disabled = true}))},
         .lines = "deny resource-name-duplicate pciHostDevices[1].resourceName"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_one_name_in_two_lists(void **state)
{
    const struct rule_row rows[] = {
        {.what = "in PCI and mediated",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb7", "a.b/d"), ENTRY("10de:1eb8", "a.b/c")),
                          ENTRIES(ENTRY("A", "a.b/c")))},
         .lines = "deny resource-name-in-two-lists mediatedDevices[0].resourceName",
         .says = "mediatedDevices[0].resourceName: Duplicate value: \"a.b/c\": pciHostDevices[1] "
                 "has this name too, and of two lists only one device plugin serves it"},
        {.what = "in all three",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c")), ENTRIES(ENTRY("A", "a.b/c")),
                          ENTRIES(USB_ENTRY("a.b/c")))},
         .lines = "deny resource-name-in-two-lists mediatedDevices[0].resourceName\n"
                  "deny resource-name-in-two-lists usbHostDevices[0].resourceName"},
        {.what = "a choice for one list does not excuse two",
         .object = {LISTS({0}, ENTRIES(ENTRY("A", "a.b/c")), ENTRIES(USB_ENTRY("a.b/c")))},
         .policy = {.warn_duplicate_resource_names = true},
         .lines = "deny resource-name-in-two-lists usbHostDevices[0].resourceName"},
        {.what = "twice in the second list: told once for each fault",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c")),
                          ENTRIES(ENTRY("A", "a.b/c"), ENTRY("B", "a.b/c")))},
         .lines = "deny resource-name-in-two-lists mediatedDevices[0].resourceName\n"
                  "deny resource-name-duplicate mediatedDevices[1].resourceName"},
        {.what = "disabled in one",
         .object = {LISTS(
             ENTRIES({.selector = "10de:1eb8", .resource_name = "a.b/c", .disabled = true}),
             ENTRIES(ENTRY("A", "a.b/c")))},
         .lines = ""},
        {.what = "there before, in other lists",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c")), {0}, ENTRIES(USB_ENTRY("a.b/c")))},
         .old = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c")), ENTRIES(ENTRY("A", "a.b/c")))},
         .lines = "warn resource-name-in-two-lists usbHostDevices[0].resourceName"},
        {.what = "a duplicate in one list does not excuse two lists",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c")), ENTRIES(ENTRY("A", "a.b/c")))},
         .old = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb9", "a.b/c")))},
         .lines = "deny resource-name-in-two-lists mediatedDevices[0].resourceName"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_two_names_that_become_one_variable(void **state)
{
    const struct rule_row rows[] = {
        {.what = "slash and dot",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb9", "a/b.c")))},
         .lines = "warn resource-name-variable pciHostDevices[1].resourceName",
         .says = "pciHostDevices[1].resourceName: Invalid value: \"a/b.c\": becomes the same "
                 "environment variable as pciHostDevices[0], \"a.b/c\": a VM that asks for both"},
        {.what = "case and underscore",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/C_d"), ENTRY("10de:1eb9", "a.b/c.D")))},
         .lines = "warn resource-name-variable pciHostDevices[1].resourceName"},
        {.what = "a dash stays a dash",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c-d"), ENTRY("10de:1eb9", "a.b/c_d")))},
         .lines = ""},
        {.what = "each list has a prefix of its own",
         .object = {LISTS(ENTRIES(ENTRY("10de:1eb8", "a.b/c")), ENTRIES(ENTRY("A", "a/b.c")),
                          ENTRIES(USB_ENTRY("a/B.c")))},
         .lines = ""},
        {.what = "disabled",
         .object = {LISTS(
             ENTRIES(ENTRY("10de:1eb8", "a.b/c"),
                     {.selector = "10de:1eb9", .resource_name = "a/b.c", .disabled = true}))},
         .lines = ""},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_has_its_form),
        cmocka_unit_test(test_a_name_fits_in_the_path_of_its_socket),
        cmocka_unit_test(test_one_name_twice_in_a_list),
        cmocka_unit_test(test_one_name_in_two_lists),
        cmocka_unit_test(test_two_names_that_become_one_variable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
