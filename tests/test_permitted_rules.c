/* SPDX-License-Identifier: Apache-2.0 */
/* Where a permitted list stands, and the keys of the other API. */
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define GOOD                                                                      \
    {                                                                             \
        .lists = { ENTRIES({.selector = "10de:1eb8", .resource_name = "a.b/c"}) } \
    }
#define BAD                                                                  \
    {                                                                        \
        .lists = { ENTRIES({.selector = "10de", .resource_name = "a.b/c"}) } \
    }

static void test_a_list_stands_where_its_version_has_it(void **state)
{
    const struct rule_row rows[] = {
        {.what = "v1beta1", .object = {.version = "v1beta1", .section = GOOD}, .lines = ""},
        {.what = "v1", .object = {.version = "v1", .section = GOOD}, .lines = ""},
        {.what = "none", .object = {.version = "v1"}, .lines = ""},
        {.what = "v1 with the path of v1beta1",
         .object = {.version = "v1", .other_section = GOOD},
         .lines = "warn list-misplaced spec.permittedHostDevices",
         .says = "spec.permittedHostDevices: Invalid value: \"permittedHostDevices\": the API "
                 "server drops this field from a "
                 "hco.kubevirt.io/v1 HyperConverged; write it under "
                 "spec.virtualization.permittedHostDevices"},
        {.what = "v1beta1 with the path of v1",
         .object = {.version = "v1beta1", .other_section = GOOD},
         .lines = "warn list-misplaced spec.virtualization.permittedHostDevices",
         .says = "from a hco.kubevirt.io/v1beta1 HyperConverged; write it under "
                 "spec.permittedHostDevices\n"},
        {.what = "misplaced and empty",
         .object = {.version = "v1", .other_section = {.present = true}},
         .lines = "warn list-misplaced spec.permittedHostDevices"},
        {.what = "both paths are judged, each by itself",
         .object = {.version = "v1", .section = BAD, .other_section = BAD},
         .lines = "deny pci-selector-format pciHostDevices[0].pciDeviceSelector\n"
                  "deny pci-selector-format "
                  "spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector\n"
                  "warn list-misplaced spec.permittedHostDevices"},
        {.what = "a fault stays old when it moves to the right place",
         .object = {.version = "v1", .section = BAD},
         .old = {.version = "v1", .other_section = BAD},
         .lines = "warn pci-selector-format pciHostDevices[0].pciDeviceSelector"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_the_other_apis_usb_list_is_refused(void **state)
{
    const struct rule_row rows[] = {
        {.what = "HyperConverged with usb",
         .object = {.section = {.has_foreign_usb_list = true}},
         .lines = "deny foreign-list usb",
         .says = "spec.permittedHostDevices.usb: Invalid value: \"usb\": HyperConverged does not "
                 "know this key and drops the list; write \"usbHostDevices\""},
        {.what = "KubeVirt with usbHostDevices",
         .object = {.kind = "KubeVirt", .section = {.has_foreign_usb_list = true}},
         .lines = "deny foreign-list usbHostDevices",
         .says = "KubeVirt does not know this key and drops the list; write \"usb\""},
        {.what = "there before",
         .object = {.section = {.has_foreign_usb_list = true}},
         .old = {.section = {.has_foreign_usb_list = true}},
         .lines = "warn foreign-list usb"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

/* Its HyperConverged was judged, and an operator that can't recreate it takes all VMs down. */
static void test_a_kubevirt_that_hco_manages_only_gets_warnings(void **state)
{
    const struct rule_row rows[] = {
        {.what = "by itself",
         .object = {.kind = "KubeVirt", .section = BAD},
         .lines = "deny pci-selector-format pciHostDevices[0].pciVendorSelector"},
        {.what = "managed",
         .object = {.kind = "KubeVirt", .section = BAD, .managed_by_hco = true},
         .lines = "warn pci-selector-format pciHostDevices[0].pciVendorSelector"},
        {.what = "the label on a HyperConverged changes nothing",
         .object = {.kind = "HyperConverged", .section = BAD, .managed_by_hco = true},
         .lines = "deny pci-selector-format pciHostDevices[0].pciDeviceSelector"},
        {.what = "no longer managed: what was there before still is",
         .object = {.kind = "KubeVirt", .section = BAD},
         .old = {.section = BAD, .managed_by_hco = true},
         .lines = "warn pci-selector-format pciHostDevices[0].pciVendorSelector"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_stands_where_its_version_has_it),
        cmocka_unit_test(test_the_other_apis_usb_list_is_refused),
        cmocka_unit_test(test_a_kubevirt_that_hco_manages_only_gets_warnings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
