/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VirtualMachineInstance is left out on purpose: it has no status subresource, so each of its
 * status writes is an UPDATE, and it must never be judged.
 */
#include "validators/kinds.h"

/* kubevirt/hyperconverged-cluster-operator api/v1/hyperconverged_types.go:679 */
static const struct permitted_spelling hyperconverged = {
    .api = "HyperConverged",
    .lists = {"pciHostDevices", "mediatedDevices", "usbHostDevices"},
    .pci_selector = "pciDeviceSelector",
    .foreign_pci_selector = "pciVendorSelector",
    .foreign_usb_list = "usb",
    .has_disabled = true,
};

/* kubevirt/kubevirt staging/src/kubevirt.io/api/core/v1/types.go:3726 */
static const struct permitted_spelling kubevirt = {
    .api = "KubeVirt",
    .lists = {"pciHostDevices", "mediatedDevices", "usb"},
    .pci_selector = "pciVendorSelector",
    .foreign_pci_selector = "pciDeviceSelector",
    .foreign_usb_list = "usbHostDevices",
    .has_disabled = false,
};

#define HYPERCONVERGED(the_version, own, other)                                                    \
    {                                                                                              \
        .group = "hco.kubevirt.io", .version = (the_version), .kind = "HyperConverged",            \
        .family = FAMILY_PERMITTED_DEVICES, .prefix = (own), .other_prefix = (other),              \
        .spelling = &hyperconverged                                                                \
    }
#define KUBEVIRT(the_version)                                                                      \
    {                                                                                              \
        .group = "kubevirt.io", .version = (the_version), .kind = "KubeVirt",                      \
        .family = FAMILY_PERMITTED_DEVICES, .prefix = "spec.configuration.permittedHostDevices",   \
        .spelling = &kubevirt, .may_be_managed = true                                              \
    }
/* Holds a VM template; people paste the `spec.domain` of OpenShift's documentation into it. */
#define TEMPLATE(the_group, the_version, the_kind, own)                                            \
    {                                                                                              \
        .group = (the_group), .version = (the_version), .kind = (the_kind),                        \
        .family = FAMILY_DEVICE_REQUESTS, .prefix = (own), .other_prefix = "spec.domain.devices",  \
        .default_names = true                                                                      \
    }
/* Asks for nothing until a VM uses it, and may be meant for another cluster. */
#define INSTANCETYPE(the_kind)                                                                     \
    {                                                                                              \
        .group = "instancetype.kubevirt.io", .version = "v1beta1", .kind = (the_kind),             \
        .family = FAMILY_DEVICE_REQUESTS, .prefix = "spec", .warn_only = true                      \
    }

#define V1BETA1_PATH "spec.permittedHostDevices"
#define V1_PATH "spec.virtualization.permittedHostDevices"
#define VM_PATH "spec.template.spec.domain.devices"
#define POOL_PATH "spec.virtualMachineTemplate.spec.template.spec.domain.devices"

static const struct kind kinds[] = {
    HYPERCONVERGED("v1beta1", V1BETA1_PATH, V1_PATH),
    HYPERCONVERGED("v1", V1_PATH, V1BETA1_PATH),
    KUBEVIRT("v1"),
    KUBEVIRT("v1alpha3"),
    TEMPLATE("kubevirt.io", "v1", "VirtualMachine", VM_PATH),
    TEMPLATE("kubevirt.io", "v1alpha3", "VirtualMachine", VM_PATH),
    TEMPLATE("kubevirt.io", "v1", "VirtualMachineInstanceReplicaSet", VM_PATH),
    TEMPLATE("kubevirt.io", "v1alpha3", "VirtualMachineInstanceReplicaSet", VM_PATH),
    TEMPLATE("pool.kubevirt.io", "v1alpha1", "VirtualMachinePool", POOL_PATH),
    TEMPLATE("pool.kubevirt.io", "v1beta1", "VirtualMachinePool", POOL_PATH),
    INSTANCETYPE("VirtualMachineInstancetype"),
    INSTANCETYPE("VirtualMachineClusterInstancetype"),
};

const struct kind *kind_find(struct str group, struct str version, struct str kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_equal(kind, str_from(kinds[i].kind)) && str_equal(group, str_from(kinds[i].group)) &&
            str_equal(version, str_from(kinds[i].version)))
            return &kinds[i];
    }
    return NULL;
}

const struct kind *kind_table(size_t *ret_count)
{
    *ret_count = sizeof kinds / sizeof kinds[0];
    return kinds;
}
