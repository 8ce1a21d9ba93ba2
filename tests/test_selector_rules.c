/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule on the selectors of PCI and mediated devices, and the nearest case that passes. */
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define PCI(...) .section = {.lists = {[DEVICE_PCI] = ENTRIES(__VA_ARGS__)}}
#define MEDIATED(...) .section = {.lists = {[DEVICE_MEDIATED] = ENTRIES(__VA_ARGS__)}}
/* An entry, and one of somebody else's device plugin. */
#define ENTRY(the_selector, the_name)                           \
    {                                                           \
        .selector = (the_selector), .resource_name = (the_name) \
    }
#define EXTERNAL(the_selector, the_name)                                          \
    {                                                                             \
        .selector = (the_selector), .resource_name = (the_name), .external = true \
    }
#define DISABLED(the_selector, the_name)                                          \
    {                                                                             \
        .selector = (the_selector), .resource_name = (the_name), .disabled = true \
    }

static void test_a_pci_selector_has_its_form(void **state)
{
    const struct rule_row rows[] = {
        {.what = "well-formed in any case",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10DE:1DB6", "a.b/d"),
                        EXTERNAL("8086:6F54", "a.b/e"), ENTRY("0000:ffff", "a.b/f"))},
         .lines = ""},
        {.what = "malformed",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("0x10DE:0x1DB6", "a.b/d"))},
         .lines = "deny pci-selector-format pciHostDevices[1].pciDeviceSelector",
         .says = "spec.permittedHostDevices.pciHostDevices[1].pciDeviceSelector: Invalid value: "
                 "\"0x10DE:0x1DB6\": ids have no 0x prefix here; write \"10DE:1DB6\""},
        {.what = "malformed, external and disabled: still checked for form",
         .object = {PCI(EXTERNAL("10de", "a.b/d"), DISABLED("10de1eb8", "a.b/e"))},
         .lines = "deny pci-selector-format pciHostDevices[0].pciDeviceSelector\n"
                  "deny pci-selector-format pciHostDevices[1].pciDeviceSelector"},
        {.what = "absent and empty",
         .object = {PCI(ENTRY(NULL, "a.b/d"), DISABLED("", "a.b/e"))},
         .lines = "deny pci-selector-required pciHostDevices[0].pciDeviceSelector\n"
                  "deny pci-selector-required pciHostDevices[1].pciDeviceSelector",
         .says = "Required value: write the vendor and device id that `lspci -nn` prints in "
                 "brackets, as in \"10de:1eb8\""},
        {.what = "of the wrong type, an entry that is no object: told elsewhere",
         .object = {PCI(ENTRY(MALFORMED, "a.b/d"), {.no_object = true})},
         .lines = ""},
        {.what = "under KubeVirt's key",
         .object = {PCI({.foreign_selector = "10de:1eb8", .resource_name = "a.b/d"})},
         .lines = "deny pci-selector-foreign-key pciHostDevices[0].pciDeviceSelector",
         .says = "pciHostDevices[0].pciDeviceSelector: Required value: HyperConverged calls this "
                 "field pciDeviceSelector and drops pciVendorSelector; rename the key"},
        {.what = "under KubeVirt's key, of the wrong type",
         .object = {PCI({.foreign_selector = MALFORMED, .resource_name = "a.b/d"})},
         .lines = "deny pci-selector-foreign-key pciHostDevices[0].pciDeviceSelector"},
        {.what = "under both keys",
         .object = {PCI(
             {.selector = "10de:1eb8", .foreign_selector = "10de:1eb8", .resource_name = "a.b/d"})},
         .lines = ""},
        {.what = "KubeVirt under HyperConverged's key",
         .object = {.kind = "KubeVirt",
                    PCI({.foreign_selector = "10de:1eb8", .resource_name = "a.b/d"})},
         .lines = "deny pci-selector-foreign-key pciHostDevices[0].pciVendorSelector",
         .says = "spec.configuration.permittedHostDevices.pciHostDevices[0].pciVendorSelector: "
                 "Required value: KubeVirt calls this field pciVendorSelector and drops "
                 "pciDeviceSelector; rename the key"},
        {.what = "KubeVirt",
         .object = {.kind = "KubeVirt", PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de", "a.b/d"))},
         .lines = "deny pci-selector-format pciHostDevices[1].pciVendorSelector"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_a_pci_selector_stands_once(void **state)
{
    const struct rule_row rows[] = {
        {.what = "twice, in different case",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10DE:1EB8", "a.b/d"))},
         .lines = "deny pci-selector-duplicate pciHostDevices[1].pciDeviceSelector",
         .says = "pciHostDevices[1].pciDeviceSelector: Duplicate value: \"10DE:1EB8\": "
                 "pciHostDevices[0] selects the same device, and KubeVirt silently keeps only one "
                 "of them; remove one"},
        {.what = "three times",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb8", "a.b/d"),
                        ENTRY("10de:1eb8", "a.b/e"))},
         .lines = "deny pci-selector-duplicate pciHostDevices[1].pciDeviceSelector\n"
                  "deny pci-selector-duplicate pciHostDevices[2].pciDeviceSelector"},
        {.what = "one of them external",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), EXTERNAL("10de:1eb8", "a.b/d"))},
         .lines = "warn pci-selector-duplicate-external pciHostDevices[1].pciDeviceSelector",
         .says = "pciHostDevices[0] selects the same device; only one entry should offer it"},
        {.what = "the first of them external",
         .object = {PCI(EXTERNAL("10de:1eb8", "a.b/c"), ENTRY("10de:1eb8", "a.b/d"))},
         .lines = "warn pci-selector-duplicate-external pciHostDevices[1].pciDeviceSelector"},
        {.what = "both external",
         .object = {PCI(EXTERNAL("10de:1eb8", "a.b/c"), EXTERNAL("10de:1eb8", "a.b/d"))},
         .lines = "warn pci-selector-duplicate-external pciHostDevices[1].pciDeviceSelector"},
        {.what = "two of KubeVirt's own behind an external one",
         .object = {PCI(EXTERNAL("10de:1eb8", "a.b/c"), ENTRY("10de:1eb8", "a.b/d"),
                        ENTRY("10de:1eb8", "a.b/e"))},
         .lines = "deny pci-selector-duplicate pciHostDevices[2].pciDeviceSelector\n"
                  "warn pci-selector-duplicate-external pciHostDevices[1].pciDeviceSelector",
         .says = "pciHostDevices[2].pciDeviceSelector: Duplicate value: \"10de:1eb8\": "
                 "pciHostDevices[1] selects"},
        {.what = "two of KubeVirt's own around an external one",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), EXTERNAL("10de:1eb8", "a.b/d"),
                        ENTRY("10de:1eb8", "a.b/e"))},
         .lines = "deny pci-selector-duplicate pciHostDevices[2].pciDeviceSelector\n"
                  "warn pci-selector-duplicate-external pciHostDevices[1].pciDeviceSelector"},
        {.what = "one or all disabled",
         .object = {PCI(DISABLED("10de:1eb8", "a.b/c"), ENTRY("10de:1eb8", "a.b/d"),
                        DISABLED("10de:1eb8", "a.b/e"))},
         .lines = ""},
        {.what = "absent and empty ones are no duplicates",
         .object = {PCI(ENTRY(NULL, "a.b/c"), ENTRY("", "a.b/d"))},
         .lines = "deny pci-selector-required pciHostDevices[0].pciDeviceSelector\n"
                  "deny pci-selector-required pciHostDevices[1].pciDeviceSelector"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_a_mediated_selector(void **state)
{
    const struct rule_row rows[] = {
        {.what = "well-formed, differing in case",
         .object = {MEDIATED(ENTRY("GRID T4-2Q", "a.b/c"), ENTRY("GRID T4-2q", "a.b/d"))},
         .lines = ""},
        {.what = "absent, empty and disabled",
         .object = {MEDIATED(ENTRY(NULL, "a.b/c"), DISABLED("", "a.b/d"))},
         .lines = "deny mdev-selector-required mediatedDevices[0].mdevNameSelector\n"
                  "deny mdev-selector-required mediatedDevices[1].mdevNameSelector",
         .says = "such as \"GRID T4-2Q\""},
        {.what = "equal once spaces are underscores",
         .object = {MEDIATED(ENTRY("GRID T4-2Q", "a.b/c"), ENTRY("GRID_T4-2Q", "a.b/d"),
                             ENTRY("GRID T4-2Q", "a.b/e"))},
         .lines = "deny mdev-selector-duplicate mediatedDevices[1].mdevNameSelector\n"
                  "deny mdev-selector-duplicate mediatedDevices[2].mdevNameSelector",
         .says = "mediatedDevices[1].mdevNameSelector: Duplicate value: \"GRID_T4-2Q\": "
                 "mediatedDevices[0] selects the same device type"},
        {.what = "equal, one disabled",
         .object = {MEDIATED(ENTRY("GRID T4-2Q", "a.b/c"), DISABLED("GRID_T4-2Q", "a.b/d"))},
         .lines = ""},
        {.what = "of the wrong type, an entry that is no object: told elsewhere",
         .object = {MEDIATED(ENTRY(MALFORMED, "a.b/c"), {.no_object = true})},
         .lines = ""},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_an_old_fault_is_a_warning(void **state)
{
    const struct rule_row rows[] = {
        {.what = "a wrong selector, in another place",
         .object = {PCI(ENTRY("10de:1db6", "a.b/d"), ENTRY("10de", "a.b/c"))},
         .old = {PCI(ENTRY("10de", "a.b/c"))},
         .lines = "warn pci-selector-format pciHostDevices[1].pciDeviceSelector"},
        {.what = "another wrong selector",
         .object = {PCI(ENTRY("10df", "a.b/c"))},
         .old = {PCI(ENTRY("10de", "a.b/c"))},
         .lines = "deny pci-selector-format pciHostDevices[0].pciDeviceSelector"},
        {.what = "an absent selector does not excuse a wrong one, nor the reverse",
         .object = {PCI(ENTRY(NULL, "a.b/c"))},
         .old = {PCI(ENTRY("10de", "a.b/c"))},
         .lines = "deny pci-selector-required pciHostDevices[0].pciDeviceSelector"},
        {.what = "an absent selector is as an empty one",
         .object = {PCI(ENTRY("", "a.b/c"), ENTRY(NULL, "a.b/d"))},
         .old = {PCI(ENTRY(NULL, "a.b/c"))},
         .lines = "warn pci-selector-required pciHostDevices[0].pciDeviceSelector\n"
                  "warn pci-selector-required pciHostDevices[1].pciDeviceSelector"},
        {.what = "the other API's key with the same ids",
         .object = {PCI({.foreign_selector = "10de:1eb8", .resource_name = "a.b/c"})},
         .old = {PCI({.foreign_selector = "10de:1eb8", .resource_name = "a.b/d"})},
         .lines = "warn pci-selector-foreign-key pciHostDevices[0].pciDeviceSelector"},
        {.what = "the other API's key with other ids",
         .object = {PCI({.foreign_selector = "10de:1eb9", .resource_name = "a.b/c"})},
         .old = {PCI({.foreign_selector = "10de:1eb8", .resource_name = "a.b/d"})},
         .lines = "deny pci-selector-foreign-key pciHostDevices[0].pciDeviceSelector"},
        {.what = "a duplicate, now three times and in other case",
         .object = {PCI(ENTRY("10DE:1EB8", "a.b/c"), ENTRY("10DE:1EB8", "a.b/d"),
                        ENTRY("10de:1eb8", "a.b/e"))},
         .old = {PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb8", "a.b/d"))},
         .lines = "warn pci-selector-duplicate pciHostDevices[1].pciDeviceSelector\n"
                  "warn pci-selector-duplicate pciHostDevices[2].pciDeviceSelector"},
        {.what = "a selector that becomes a duplicate",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb8", "a.b/d"))},
         .old = {PCI(ENTRY("10de:1eb8", "a.b/c"), DISABLED("10de:1eb8", "a.b/d"))},
         .lines = "deny pci-selector-duplicate pciHostDevices[1].pciDeviceSelector"},
        {.what = "a duplicate with an external entry that becomes KubeVirt's own",
         .object = {PCI(ENTRY("10de:1eb8", "a.b/c"), ENTRY("10de:1eb8", "a.b/d"))},
         .old = {PCI(ENTRY("10de:1eb8", "a.b/c"), EXTERNAL("10de:1eb8", "a.b/d"))},
         .lines = "deny pci-selector-duplicate pciHostDevices[1].pciDeviceSelector"},
        {.what = "a mediated duplicate, spelled otherwise",
         .object = {MEDIATED(ENTRY("A_B", "a.b/c"), ENTRY("A_B", "a.b/d"))},
         .old = {MEDIATED(ENTRY("A B", "a.b/c"), ENTRY("A B", "a.b/d"))},
         .lines = "warn mdev-selector-duplicate mediatedDevices[1].mdevNameSelector"},
        {.what = "an absent mediated selector",
         .object = {MEDIATED(ENTRY("A_B", "a.b/c"), ENTRY(NULL, "a.b/d"))},
         .old = {MEDIATED(ENTRY("", "a.b/d"))},
         .lines = "warn mdev-selector-required mediatedDevices[1].mdevNameSelector"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pci_selector_has_its_form),
        cmocka_unit_test(test_a_pci_selector_stands_once),
        cmocka_unit_test(test_a_mediated_selector),
        cmocka_unit_test(test_an_old_fault_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
