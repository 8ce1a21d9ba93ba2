/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds: what is in it, and that each row is whole. */
#include "validators/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct kind *find(const char *group, const char *version, const char *kind)
{
    return kind_find(str_from(group), str_from(version), str_from(kind));
}

static void test_what_is_reviewed(void **state)
{
    static const char *const rows[][4] = {
        {"hco.kubevirt.io", "v1beta1", "HyperConverged", "spec.permittedHostDevices"},
        {"hco.kubevirt.io", "v1", "HyperConverged", "spec.virtualization.permittedHostDevices"},
        {"kubevirt.io", "v1", "KubeVirt", "spec.configuration.permittedHostDevices"},
        {"kubevirt.io", "v1alpha3", "KubeVirt", "spec.configuration.permittedHostDevices"},
        {"kubevirt.io", "v1", "VirtualMachine", "spec.template.spec.domain.devices"},
        {"kubevirt.io", "v1alpha3", "VirtualMachine", "spec.template.spec.domain.devices"},
        {"kubevirt.io", "v1", "VirtualMachineInstanceReplicaSet",
         "spec.template.spec.domain.devices"},
        {"kubevirt.io", "v1alpha3", "VirtualMachineInstanceReplicaSet",
         "spec.template.spec.domain.devices"},
        {"pool.kubevirt.io", "v1alpha1", "VirtualMachinePool",
         "spec.virtualMachineTemplate.spec.template.spec.domain.devices"},
        {"pool.kubevirt.io", "v1beta1", "VirtualMachinePool",
         "spec.virtualMachineTemplate.spec.template.spec.domain.devices"},
        {"instancetype.kubevirt.io", "v1beta1", "VirtualMachineInstancetype", "spec"},
        {"instancetype.kubevirt.io", "v1beta1", "VirtualMachineClusterInstancetype", "spec"},
        {"", "v1", "Node", "metadata.labels"},
        {"machineconfiguration.openshift.io", "v1", "MachineConfig", "spec"},
    };
    size_t count;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct kind *kind = find(rows[i][0], rows[i][1], rows[i][2]);

        if (!kind || strcmp(kind->prefix, rows[i][3]) != 0 ||
            strcmp(kind->group, rows[i][0]) != 0 || strcmp(kind->version, rows[i][1]) != 0 ||
            strcmp(kind->kind, rows[i][2]) != 0)
            fail_msg("%s/%s %s", rows[i][0], rows[i][1], rows[i][2]);
    }
    kind_table(&count);
    assert_int_equal(count, COUNT(rows));
}

static void test_what_is_not(void **state)
{
    static const char *const rows[][3] = {
        {"kubevirt.io", "v1", "VirtualMachineInstance"},
        {"kubevirt.io", "v2", "VirtualMachine"},
        {"", "v1", "VirtualMachine"},
        {"pool.kubevirt.io", "v1", "VirtualMachine"},
        {"kubevirt.io", "v1", "virtualmachine"},
        {"kubevirt.io", "v1", "VirtualMachin"},
        {"kubevirt.io", "v1", ""},
        {"", "", ""},
        {"", "", "Butane"}, /* which no API server sends */
        {"machineconfiguration.openshift.io", "v1", "MachineConfigPool"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (find(rows[i][0], rows[i][1], rows[i][2]))
            fail_msg("%s/%s %s", rows[i][0], rows[i][1], rows[i][2]);
    }
    assert_null(kind_find(STR("kubevirt.io"), STR("v1"), STR("VirtualMachine\0")));
    assert_null(kind_find((struct str){NULL, 0}, STR("v1"), STR("VirtualMachine")));
}

/* Each row has what its family needs, and stands once; its lists' parts fit in the decoder. */
static void test_rows_are_whole(void **state)
{
    size_t count;
    const struct kind *table = kind_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct kind *kind = &table[i];
        bool permitted = kind->family == FAMILY_PERMITTED_DEVICES;
        bool nodes = kind->family == FAMILY_MACHINE_CONFIG;

        if ((kind->spelling != NULL) != permitted || (kind->default_names && permitted) ||
            (kind->may_be_managed && !permitted) || (kind->warn_only && kind->default_names) ||
            (nodes && !kind->warn_only) || strlen(kind->prefix) > 100 ||
            (kind->other_prefix && strcmp(kind->prefix, kind->other_prefix) == 0) ||
            find(kind->group, kind->version, kind->kind) != kind)
            fail_msg("%s/%s %s", kind->group, kind->version, kind->kind);
        if (kind->spelling)
            assert_string_equal(kind->spelling->api, kind->kind);
    }
}

/* It has what is asked of a row, and is none: no API server sends it, and nobody counts it. */
static void test_butane(void **state)
{
    size_t count;
    const struct kind *table = kind_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_ptr_not_equal(&table[i], &kind_butane);
    assert_int_equal(kind_butane.family, FAMILY_MACHINE_CONFIG);
    assert_true(kind_butane.warn_only);
    assert_true(kind_butane.id >= KIND_ID_COUNT);
    assert_string_equal(kind_butane.kind, "Butane");
}

static void test_the_two_apis_spell_differently(void **state)
{
    const struct permitted_spelling *hyperconverged =
        find("hco.kubevirt.io", "v1", "HyperConverged")->spelling;
    const struct permitted_spelling *kubevirt = find("kubevirt.io", "v1", "KubeVirt")->spelling;

    (void)state;
    assert_string_equal(hyperconverged->pci_selector, "pciDeviceSelector");
    assert_string_equal(hyperconverged->lists[DEVICE_USB], "usbHostDevices");
    assert_true(hyperconverged->has_disabled);
    assert_string_equal(kubevirt->pci_selector, "pciVendorSelector");
    assert_string_equal(kubevirt->lists[DEVICE_USB], "usb");
    assert_false(kubevirt->has_disabled);
    assert_string_equal(hyperconverged->foreign_pci_selector, kubevirt->pci_selector);
    assert_string_equal(kubevirt->foreign_pci_selector, hyperconverged->pci_selector);
    assert_string_equal(hyperconverged->foreign_usb_list, kubevirt->lists[DEVICE_USB]);
    assert_string_equal(kubevirt->foreign_usb_list, hyperconverged->lists[DEVICE_USB]);
    assert_string_equal(hyperconverged->lists[DEVICE_PCI], "pciHostDevices");
    assert_string_equal(kubevirt->lists[DEVICE_PCI], "pciHostDevices");
    assert_string_equal(hyperconverged->lists[DEVICE_MEDIATED], "mediatedDevices");
    assert_string_equal(kubevirt->lists[DEVICE_MEDIATED], "mediatedDevices");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_reviewed),
        cmocka_unit_test(test_what_is_not),
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_butane),
        cmocka_unit_test(test_the_two_apis_spell_differently),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
