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

#define V1BETA1_PATH "spec.permittedHostDevices"
#define V1_PATH "spec.virtualization.permittedHostDevices"
#define KUBEVIRT_PATH "spec.configuration.permittedHostDevices"
#define VM_PATH "spec.template.spec.domain.devices"
#define POOL_PATH "spec.virtualMachineTemplate.spec.template.spec.domain.devices"
/* As OpenShift's documentation abbreviates a VirtualMachine; people paste it. */
#define ABBREVIATED_PATH "spec.domain.devices"

/* Kind, resource, id. */
#define VM "VirtualMachine", "virtualmachines", .id = KIND_VIRTUAL_MACHINE
#define REPLICA_SET \
    "VirtualMachineInstanceReplicaSet", "virtualmachineinstancereplicasets", .id = KIND_REPLICA_SET
#define POOL "VirtualMachinePool", "virtualmachinepools", .id = KIND_POOL
#define TYPE "VirtualMachineInstancetype", "virtualmachineinstancetypes", .id = KIND_INSTANCETYPE
#define CLUSTER_TYPE                                                           \
    "VirtualMachineClusterInstancetype", "virtualmachineclusterinstancetypes", \
        .id = KIND_CLUSTER_INSTANCETYPE

/* What the members of a group share. */
#define PERMITTED .family = FAMILY_PERMITTED_DEVICES
#define HYPERCONVERGED                                                         \
    "HyperConverged", "hyperconvergeds", PERMITTED, .id = KIND_HYPERCONVERGED, \
                                                    .spelling = &hyperconverged
#define KUBEVIRT                                                                    \
    "KubeVirt", "kubevirts", PERMITTED, .id = KIND_KUBEVIRT, .spelling = &kubevirt, \
                                        .prefix = KUBEVIRT_PATH, .may_be_managed = true
#define TEMPLATE \
    .family = FAMILY_DEVICE_REQUESTS, .other_prefix = ABBREVIATED_PATH, .default_names = true
/* Asks for nothing until a VM uses it, and may be meant for another cluster. */
#define INSTANCETYPE .family = FAMILY_DEVICE_REQUESTS, .prefix = "spec", .warn_only = true

/* A node is never held up: kubelets and controllers write it, too. */
#define NODE                                                                              \
    "Node", "nodes", .id = KIND_NODE, .family = FAMILY_NODE, .prefix = "metadata.labels", \
                     .warn_only = true
#define MACHINE_CONFIG "MachineConfig", "machineconfigs", .id = KIND_MACHINE_CONFIG
/* Never refused: a node must be able to get its configuration. */
#define NODES .family = FAMILY_MACHINE_CONFIG, .warn_only = true

/* clang-format off */
static const struct kind kinds[] = {
    {"hco.kubevirt.io", "v1beta1", HYPERCONVERGED, .prefix = V1BETA1_PATH, .other_prefix = V1_PATH},
    {"hco.kubevirt.io", "v1", HYPERCONVERGED, .prefix = V1_PATH, .other_prefix = V1BETA1_PATH},
    {"kubevirt.io", "v1", KUBEVIRT},
    {"kubevirt.io", "v1alpha3", KUBEVIRT},
    {"kubevirt.io", "v1", VM, TEMPLATE, .prefix = VM_PATH},
    {"kubevirt.io", "v1alpha3", VM, TEMPLATE, .prefix = VM_PATH},
    {"kubevirt.io", "v1", REPLICA_SET, TEMPLATE, .prefix = VM_PATH},
    {"kubevirt.io", "v1alpha3", REPLICA_SET, TEMPLATE, .prefix = VM_PATH},
    {"pool.kubevirt.io", "v1alpha1", POOL, TEMPLATE, .prefix = POOL_PATH},
    {"pool.kubevirt.io", "v1beta1", POOL, TEMPLATE, .prefix = POOL_PATH},
    {"instancetype.kubevirt.io", "v1beta1", TYPE, INSTANCETYPE},
    {"instancetype.kubevirt.io", "v1beta1", CLUSTER_TYPE, INSTANCETYPE},
    {"", "v1", NODE},
    {"machineconfiguration.openshift.io", "v1", MACHINE_CONFIG, NODES, .prefix = "spec"},
};
/* clang-format on */

const struct kind kind_butane = {
    .group = "",
    .version = "",
    .kind = "Butane",
    .resource = "",
    .id = KIND_BUTANE,
    NODES,
    .prefix = "storage",
};

const struct kind *kind_find(struct str group, struct str version, struct str kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_equal(kind, str_from(kinds[i].kind)) &&
            str_equal(group, str_from(kinds[i].group)) &&
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
