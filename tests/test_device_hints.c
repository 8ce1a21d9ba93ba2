/* SPDX-License-Identifier: Apache-2.0 */
/* What names of devices add to what check finds. */
#include "server/check/check_text.h"
#include "tests/support/device_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HCO(entries)                                                                            \
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n  permittedHostDevices:" \
    "\n    pciHostDevices:\n" entries
#define ENTRY(selector, name) \
    "    - {pciDeviceSelector: '" selector "', resourceName: '" name "'}\n"

/* The hints on the first object as "LINE:COLUMN RULE MESSAGE" lines. */
static void check_with(const struct device_names *names, const char *text, struct text *ret_hints,
                       struct text *ret_faults)
{
    struct error err = {.message = ""};
    struct device_hints *hints CLEANUP_DEVICE_HINTS = device_hints_new(names, &err);
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    static const struct policy policy = {0};
    const struct check_object *object;
    struct check_file file;

    assert_non_null(hints);
    assert_true(check_text(str_from(text), &(struct check_basis){.policy = policy, .hints = hints},
                           &arena, &file, &err));
    object = file.objects;
    assert_non_null(object);
    for (size_t i = 0; i < object->hint_count; i++) {
        const struct check_fault *hint = &object->hints[i];

        assert_true(hint->is_hint);
        text_addf(ret_hints, "%zu:%zu %s ", hint->place.line, hint->place.column, hint->rule->id);
        text_add_str(ret_hints, hint->message);
        text_add(ret_hints, "\n");
    }
    for (size_t i = 0; i < object->fault_count; i++) {
        text_add_str(ret_faults, object->faults[i].message);
        text_add(ret_faults, "\n");
    }
}

static const struct row {
    const char *what, *text, *expected;
} rows[] = {
    {"the documented list",
     HCO(ENTRY("10DE:1DB6", "nvidia.com/GV100GL_Tesla_V100")
             ENTRY("10DE:1EB8", "nvidia.com/TU104GL_Tesla_T4") ENTRY("8086:6F54", "intel.com/qat")),
     ""},
    {"the documented slip", HCO(ENTRY("10DE:1EB8", "nvidia.com/GV100GL_Tesla_V100")),
     "6:54 pci-name-differs \"nvidia.com/GV100GL_Tesla_V100\": this is the name of 10de:1db4 "
     "(NVIDIA Corporation GV100GL [Tesla V100 PCIe 16GB]) and others, but the selector "
     "\"10DE:1EB8\" is that of NVIDIA Corporation TU104GL [Tesla T4]; take both from one line of "
     "`lspci -nn`\n"},
    {"one device has this name", HCO(ENTRY("10de:1db6", "nvidia.com/NVIDIA-TeslaT4")),
     "6:54 pci-name-differs \"nvidia.com/NVIDIA-TeslaT4\": this is the name of 10de:1eb8 (NVIDIA "
     "Corporation TU104GL [Tesla T4]), but the selector \"10de:1db6\" is that of NVIDIA "
     "Corporation GV100GL [Tesla V100 PCIe 32GB]; take both from one line of `lspci -nn`\n"},
    {"a model that is a number", HCO(ENTRY("10de:2704", "nvidia.com/RTX_4090")),
     "6:54 pci-name-differs \"nvidia.com/RTX_4090\": this is the name of 10de:2684 (NVIDIA "
     "Corporation AD102 [GeForce RTX 4090]), but the selector \"10de:2704\" is that of NVIDIA "
     "Corporation AD103 [GeForce RTX 4080]; take both from one line of `lspci -nn`\n"},
    {"names of one's own",
     HCO(ENTRY("10de:1eb8", "nvidia.com/gpu") ENTRY("10de:1db4", "nvidia.com/gpu-node1")
             ENTRY("10de:1db6", "a.b/v100-of-team4") ENTRY("10de:20b5", "a.b/2024")
                 ENTRY("8086:1572", "intel.com/nic_x16") ENTRY("8086:6f54", "intel.com/C62x")),
     ""},
    {"words that belong to both", HCO(ENTRY("10de:1eb8", "nvidia.com/TU104GL_Tesla_V100")), ""},
    {"half of a name of another", HCO(ENTRY("10de:1eb8", "nvidia.com/V100_fast")), ""},
    {"spelt together", HCO(ENTRY("15b3:101d", "nvidia.com/ConnectX6Dx")), ""},
    {"a name without a device", HCO(ENTRY("10de:1eb8", "nvidia.com/")), ""},
    {"no slash, which is a fault", HCO(ENTRY("10de:1eb8", "GV100GL_Tesla_V100")), ""},
    {"an unknown device", HCO(ENTRY("10DE:ffff", "nvidia.com/GV100GL_Tesla_V100")),
     "6:27 pci-id-unknown \"10DE:ffff\": this system's pci.ids has no NVIDIA Corporation device "
     "ffff; compare with what `lspci -nn` prints on the node\n"},
    {"an unknown vendor", HCO(ENTRY("abcd:0001", "a.b/c")),
     "6:27 pci-id-unknown \"abcd:0001\": this system's pci.ids has no vendor abcd; compare with "
     "what `lspci -nn` prints on the node\n"},
    {"no ids", HCO(ENTRY("10de:1eb", "a.b/V100") ENTRY("", "a.b/V100") "    - 7\n    - {}\n"), ""},
    {"a disabled entry",
     HCO("    - {pciDeviceSelector: '10de:ffff', resourceName: 'a.b/c', disabled: true}\n"), ""},
    {"in the order of their places",
     HCO("    - {resourceName: a.b/V100, pciDeviceSelector: '10de:1eb8'}\n"
         "    - {resourceName: a.b/T4, pciDeviceSelector: 'abcd:0001'}\n"),
     "6:22 pci-name-differs \"a.b/V100\": this is the name of 10de:1db4 (NVIDIA Corporation "
     "GV100GL [Tesla V100 PCIe 16GB]) and others, but the selector \"10de:1eb8\" is that of NVIDIA "
     "Corporation TU104GL [Tesla T4]; take both from one line of `lspci -nn`\n"
     "7:49 pci-id-unknown \"abcd:0001\": this system's pci.ids has no vendor abcd; compare with "
     "what `lspci -nn` prints on the node\n"},
    {"KubeVirt's spelling",
     "apiVersion: kubevirt.io/v1\nkind: KubeVirt\nspec:\n  configuration:\n"
     "    permittedHostDevices:\n      pciHostDevices:\n"
     "      - {pciVendorSelector: '10de:0000', resourceName: a.b/c}\n",
     "7:29 pci-id-unknown \"10de:0000\": this system's pci.ids has no NVIDIA Corporation device "
     "0000; compare with what `lspci -nn` prints on the node\n"},
    {"an object that is being deleted",
     "apiVersion: kubevirt.io/v1\nkind: KubeVirt\nmetadata: {deletionTimestamp: x}\nspec:\n"
     "  configuration:\n    permittedHostDevices:\n      pciHostDevices:\n"
     "      - {pciVendorSelector: '10de:0000', resourceName: a.b/c}\n",
     ""},
    {"a VM", "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n", ""},
};

static void test_hints(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text hints CLEANUP_TEXT = TEXT_INIT(10000);
        struct text faults CLEANUP_TEXT = TEXT_INIT(10000);

        check_with(&some_device_names, rows[i].text, &hints, &faults);
        if (strcmp(text_get(&hints), rows[i].expected) != 0) {
            fprintf(stderr, "%s: %s\n", rows[i].what, text_get(&hints));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Without names nothing is said, and no name is asked for. */
static void test_without_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text hints CLEANUP_TEXT = TEXT_INIT(10000);
        struct text faults CLEANUP_TEXT = TEXT_INIT(10000);

        check_with(&no_device_names, rows[i].text, &hints, &faults);
        assert_string_equal(text_get(&hints), "");
        assert_null(strstr(text_get(&faults), "NVIDIA Corporation"));
    }
}

/* --- messages -------------------------------------------------------------------------------- */

static void test_names_in_messages(void **state)
{
    static const struct {
        const char *entries, *expected;
    } messages[] = {
        {ENTRY("0x10DE:0x1EB8", "a.b/c"),
         "Invalid value: \"0x10DE:0x1EB8\": ids have no 0x prefix here; write \"10DE:1EB8\" "
         "(NVIDIA Corporation TU104GL [Tesla T4])\n"},
        {ENTRY("0x10DE:0x1EBF", "a.b/c"), "Invalid value: \"0x10DE:0x1EBF\": ids have no 0x prefix "
                                          "here; write \"10DE:1EBF\"\n"},
        {ENTRY("8086:6f54", "a.b/c") ENTRY("8086:6F54", "a.b/d"),
         "Duplicate value: \"8086:6F54\" (Intel Corporation Xeon Processor D Family QuickAssist "
         "Technology): pciHostDevices[0] selects the same device, and KubeVirt silently keeps only "
         "one of them; remove one\n"},
        /* What is in quotes within a value stays as it is written. */
        {"    - {pciDeviceSelector: 'x\"10de:1eb8\"x', resourceName: a.b/c}\n",
         "\\\"10de:1eb8\\\"x"},
        /* A USB device with ids that are a PCI device's as well. */
        {"    usbHostDevices:\n"
         "    - {resourceName: a.b/c, selectors: [{vendor: '10de', product: '1eb8'}]}\n"
         "    - {resourceName: a.b/d, selectors: [{vendor: '10de', product: '1eb8'}]}\n",
         "Duplicate value: \"10de:1eb8\": usbHostDevices[0] selects"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(10000), hints CLEANUP_TEXT = TEXT_INIT(10000);
        struct text faults CLEANUP_TEXT = TEXT_INIT(10000);

        text_add(&text, HCO(""));
        text_add(&text, messages[i].entries);
        check_with(&some_device_names, text_get(&text), &hints, &faults);
        if (!strstr(text_get(&faults), messages[i].expected)) {
            fprintf(stderr, "%s: %s\n", messages[i].entries, text_get(&faults));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* --- limits ---------------------------------------------------------------------------------- */

/* However much there is to hint at and to search for. */
static void test_many_entries(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(1 << 22), hints CLEANUP_TEXT = TEXT_INIT(1 << 20);
    struct text faults CLEANUP_TEXT = TEXT_INIT(1 << 22);
    size_t count = 0;

    (void)state;
    text_add(&text, HCO(""));
    for (unsigned i = 0; i < 3000; i++)
        text_addf(&text, ENTRY("10de:1eb8", "a.b/x%u"), i);
    for (unsigned i = 0; i < 3000; i++)
        text_addf(&text, ENTRY("%04x:0001", "a.b/y%u"), i, i);
    check_with(&some_device_names, text_get(&text), &hints, &faults);
    for (const char *at = text_get(&hints); (at = strchr(at, '\n')); at++)
        count++;
    assert_int_equal(count, DEVICE_HINTS_SHOWN);
}

static bool add_anything(void *context, unsigned vendor, int device, struct text *text)
{
    (void)context;
    text_addf(text, "Device %x of %x [Z9]", (unsigned)device, vendor);
    return true;
}

static bool always_ready(void *context)
{
    (void)context;
    return true;
}

/* Every id is known: more vendors than are searched. */
static void test_many_vendors(void **state)
{
    const struct device_names names = {.ready = always_ready, .add = add_anything};
    struct text text CLEANUP_TEXT = TEXT_INIT(1 << 22), hints CLEANUP_TEXT = TEXT_INIT(1 << 20);
    struct text faults CLEANUP_TEXT = TEXT_INIT(1 << 22);

    (void)state;
    text_add(&text, HCO(""));
    for (unsigned i = 0; i < 40; i++)
        text_addf(&text, ENTRY("%04x:0001", "a.b/y%u"), i, i);
    check_with(&names, text_get(&text), &hints, &faults);
    assert_string_equal(text_get(&hints), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_without_names),
        cmocka_unit_test(test_names_in_messages),
        cmocka_unit_test(test_many_entries),
        cmocka_unit_test(test_many_vendors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
