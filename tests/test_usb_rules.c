/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule on the selectors of USB devices, and the nearest case that passes. */
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define USB_LIST(...) .section = {.lists = {[DEVICE_USB] = ENTRIES(__VA_ARGS__)}}
#define IDS(the_vendor, the_product)                     \
    {                                                    \
        .vendor = (the_vendor), .product = (the_product) \
    }

static void test_an_entry_needs_selectors(void **state)
{
    const struct rule_row rows[] = {
        {.what = "none",
         .object = {USB_LIST({.resource_name = "a.b/c"})},
         .lines = "deny usb-selectors-required usbHostDevices[0].selectors",
         .says = "spec.permittedHostDevices.usbHostDevices[0].selectors: Required value: "
                 "virt-handler keeps restarting its plugin"},
        {.what = "none, disabled: still checked for form",
         .object = {USB_LIST({.resource_name = "a.b/c", .disabled = true})},
         .lines = "deny usb-selectors-required usbHostDevices[0].selectors"},
        {.what = "none, but external",
         .object = {USB_LIST({.resource_name = "a.b/c", .external = true})},
         .lines = ""},
        {.what = "of the wrong type, an entry that is no object: told elsewhere",
         .object = {USB_LIST({.resource_name = "a.b/c", .selectors_malformed = true},
                             {.no_object = true})},
         .lines = ""},
        {.what = "one",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("0bda", "8153"))})},
         .lines = ""},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_ids_are_one_to_four_hex_digits(void **state)
{
    const struct rule_row rows[] = {
        {.what = "the shortest and the longest, in either case",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("0", "FFFF"), IDS("bDA", "81"))})},
         .lines = ""},
        {.what = "five digits, and not hex",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("00bda", "81g3"))})},
         .lines = "deny usb-id-format usbHostDevices[0].selectors[0].vendor\n"
                  "deny usb-id-format usbHostDevices[0].selectors[0].product",
         .says = "\"81g3\": must be one to four hex digits, as lsusb prints them in ID "
                 "vendor:product\n"},
        {.what = "with 0x",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("0x0bda", "0X8153"))})},
         .lines = "deny usb-id-format usbHostDevices[0].selectors[0].vendor\n"
                  "deny usb-id-format usbHostDevices[0].selectors[0].product",
         .says = "ID vendor:product; write \"8153\"\n"},
        {.what = "with spaces",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("0bda", " 8153\n"))})},
         .lines = "deny usb-id-format usbHostDevices[0].selectors[0].product",
         .says = "\" 8153\\n\": must be one to four hex digits, as lsusb prints them in ID "
                 "vendor:product; write \"8153\"\n"},
        {.what = "0x and nothing behind it",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("0x", "8153"))})},
         .lines = "deny usb-id-format usbHostDevices[0].selectors[0].vendor",
         .says = "ID vendor:product\n"},
        {.what = "absent and empty",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("1", "1"), IDS(NULL, ""))})},
         .lines = "deny usb-id-required usbHostDevices[0].selectors[1].vendor\n"
                  "deny usb-id-required usbHostDevices[0].selectors[1].product",
         .says = "Required value: write the id that lsusb prints, one to four hex digits"},
        {.what = "of the wrong type: told elsewhere",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS(MALFORMED, MALFORMED))})},
         .lines = ""},
        {.what = "of an external and of a disabled entry: still checked for form",
         .object = {USB_LIST({.resource_name = "a.b/c", .external = true, USB(IDS("x", "1"))},
                             {.resource_name = "a.b/d", .disabled = true, USB(IDS("1", "x"))})},
         .lines = "deny usb-id-format usbHostDevices[0].selectors[0].vendor\n"
                  "deny usb-id-format usbHostDevices[1].selectors[0].product"},
        {.what = "in KubeVirt's own list",
         .object = {.kind = "KubeVirt", USB_LIST({.resource_name = "a.b/c", USB(IDS("x", "1"))})},
         .lines = "deny usb-id-format usb[0].selectors[0].vendor"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_two_entries_should_not_share_a_selector(void **state)
{
    const struct rule_row rows[] = {
        {.what = "the same number, spelled otherwise",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("bda", "8153"))},
                             {.resource_name = "a.b/d", USB(IDS("1", "2"), IDS("0BDA", "8153"))})},
         .lines = "warn usb-selector-shared usbHostDevices[1].selectors[1]",
         .says = "usbHostDevices[1].selectors[1]: Duplicate value: \"0bda:8153\": "
                 "usbHostDevices[0] selects the same devices"},
        {.what = "vendor and product exchanged, or another product",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("bda", "8153"))},
                             {.resource_name = "a.b/d", USB(IDS("8153", "bda"))},
                             {.resource_name = "a.b/e", USB(IDS("bda", "8154"))})},
         .lines = ""},
        {.what = "twice in one entry",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("1", "2"), IDS("01", "02"))})},
         .lines = ""},
        {.what = "disabled",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("1", "2"))},
                             {.resource_name = "a.b/d", .disabled = true, USB(IDS("1", "2"))})},
         .lines = ""},
        {.what = "malformed ones are not compared",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("x", "2"))},
                             {.resource_name = "a.b/d", USB(IDS("x", "2"))})},
         .lines = "deny usb-id-format usbHostDevices[0].selectors[0].vendor\n"
                  "deny usb-id-format usbHostDevices[1].selectors[0].vendor"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

static void test_an_old_fault_is_a_warning(void **state)
{
    const struct rule_row rows[] = {
        {.what = "a wrong id, elsewhere",
         .object = {USB_LIST({.resource_name = "a.b/c", USB(IDS("1", "2"))},
                             {.resource_name = "a.b/d", USB(IDS("x", "3"))})},
         .old = {USB_LIST({.resource_name = "a.b/d", USB(IDS("x", "3"))})},
         .lines = "warn usb-id-format usbHostDevices[1].selectors[0].vendor"},
        {.what = "another wrong id",
         .object = {USB_LIST({.resource_name = "a.b/d", USB(IDS("y", "3"))})},
         .old = {USB_LIST({.resource_name = "a.b/d", USB(IDS("x", "3"))})},
         .lines = "deny usb-id-format usbHostDevices[0].selectors[0].vendor"},
        {.what = "an entry without selectors",
         .object = {USB_LIST({.resource_name = "a.b/d"}, {.resource_name = "a.b/e"})},
         .old = {USB_LIST({.resource_name = "a.b/d"})},
         .lines = "warn usb-selectors-required usbHostDevices[0].selectors\n"
                  "warn usb-selectors-required usbHostDevices[1].selectors"},
        {.what = "an external entry without selectors that becomes KubeVirt's own",
         .object = {USB_LIST({.resource_name = "a.b/d"})},
         .old = {USB_LIST({.resource_name = "a.b/d", .external = true})},
         .lines = "deny usb-selectors-required usbHostDevices[0].selectors"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "HyperConverged", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_entry_needs_selectors),
        cmocka_unit_test(test_ids_are_one_to_four_hex_digits),
        cmocka_unit_test(test_two_entries_should_not_share_a_selector),
        cmocka_unit_test(test_an_old_fault_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
