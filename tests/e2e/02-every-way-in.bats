#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every way in which a VM reaches the cluster, and exactly what kubectl prints.

load lib/all

setup_file() {
    webhook_require
    permit_documented
    vm good nvidia.com/TU104GL_Tesla_T4@gpu | kubectl create -f -
}

teardown_file() {
    delete_all vm
    delete_all hyperconverged
}

# The devices of a VM as a JSON patch replaces them.
devices_path=/spec/template/spec/domain/devices/hostDevices

@test "create" {
    vm new nvidia.com/TU104GL_Tesla_T44@gpu >vm.json
    refused kubectl create -f vm.json <<'END'
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "nvidia.com/TU104GL_Tesla_T44": this device is not permitted on the cluster (did you mean "nvidia.com/TU104GL_Tesla_T4"?); permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    vm new nvidia.com/TU104GL_Tesla_T4@gpu >vm.json
    accepted kubectl create -f vm.json <<'END'
virtualmachine.kubevirt.io/new created
END
}

@test "create from standard input" {
    vm new-2 INTEL.com/qat@qat >vm.json
    refused bash -c 'kubectl create -f - <vm.json' <<'END'
Error from server (Forbidden): error when creating "STDIN": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "INTEL.com/qat": this device is not permitted on the cluster; names are case-sensitive: write "intel.com/qat"; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
}

@test "two faults in one answer" {
    vm new-2 intel.com/qta@a example.com/gpu@a >vm.json
    refused kubectl create -f vm.json <<'END'
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: 3 faults
- spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/qta": this device is not permitted on the cluster (did you mean "intel.com/qat"?); permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
- spec.template.spec.domain.devices.hostDevices[1].deviceName: Unsupported value: "example.com/gpu": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
- spec.template.spec.domain.devices.hostDevices[1].name: Duplicate value: "a": hostDevices[0] has this name too; each entry needs a name of its own
END
}

@test "apply, of a new VM and of one that is there" {
    vm new-2 10de:1eb8@gpu >vm.json
    refused kubectl apply -f vm.json <<'END'
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "10de:1eb8": this device is not permitted on the cluster; this is a PCI selector: write its resourceName "nvidia.com/TU104GL_Tesla_T4"; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    vm new-2 intel.com/qat >vm.json
    accepted kubectl apply -f vm.json <<'END'
virtualmachine.kubevirt.io/new-2 created
END
    # The manifest still lacks the name, so kubectl sends it again; nothing changes by that.
    before=$(kubectl get vm new-2 -o 'jsonpath={.metadata.resourceVersion}')
    accepted kubectl apply -f vm.json <<'END'
virtualmachine.kubevirt.io/new-2 configured
END
    [ "$(kubectl get vm new-2 -o 'jsonpath={.metadata.resourceVersion}')" = "$before" ]
    vm new-2 intel.com/qat2 >vm.json
    refused kubectl apply -f vm.json <<'END'
Error from server (Forbidden): error when applying patch:
{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"kubevirt.io/v1\",\"kind\":\"VirtualMachine\",\"metadata\":{\"annotations\":{},\"name\":\"new-2\",\"namespace\":\"default\"},\"spec\":{\"runStrategy\":\"Halted\",\"template\":{\"spec\":{\"domain\":{\"devices\":{\"hostDevices\":[{\"deviceName\":\"intel.com/qat2\"}]}}}}}}\n"}},"spec":{"template":{"spec":{"domain":{"devices":{"hostDevices":[{"deviceName":"intel.com/qat2"}]}}}}}}
to:
Resource: "kubevirt.io/v1, Resource=virtualmachines", GroupVersionKind: "kubevirt.io/v1, Kind=VirtualMachine"
Name: "new-2", Namespace: "default"
for: "vm.json": error when patching "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/qat2": this device is not permitted on the cluster (did you mean "intel.com/qat"?); permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
}

@test "server-side apply, which may create" {
    vm new-3 intel.com/qat2@qat >vm.json
    refused kubectl apply --server-side -f vm.json <<'END'
Error from server (Forbidden): admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/qat2": this device is not permitted on the cluster (did you mean "intel.com/qat"?); permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    vm new-3 intel.com/qat@qat >vm.json
    accepted kubectl apply --server-side -f vm.json <<'END'
virtualmachine.kubevirt.io/new-3 serverside-applied
END
    vm new-3 intel.com/qat2@qat >vm.json
    refused kubectl apply --server-side -f vm.json <<'END'
Error from server (Forbidden): admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/qat2": this device is not permitted on the cluster (did you mean "intel.com/qat"?); permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
}

@test "merge patch and JSON patch" {
    refused kubectl patch vm good --type=json \
        -p "[{\"op\":\"replace\",\"path\":\"$devices_path/0/deviceName\",\"value\":\"intel.com/gone\"}]" <<'END'
Error from server (Forbidden): admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/gone": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    refused kubectl patch vm good --type=merge -p \
        '{"spec":{"template":{"spec":{"domain":{"devices":{"hostDevices":[{"name":"a b","deviceName":"intel.com/qat"}]}}}}}}' <<'END'
Error from server (Forbidden): admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].name: Invalid value: "a b": only letters, digits, '-' and '_' are allowed, as the name becomes a libvirt alias; write "a-b"
END
    accepted kubectl patch vm good --type=merge -p \
        '{"spec":{"template":{"spec":{"domain":{"devices":{"hostDevices":[{"deviceName":"intel.com/qat"}]}}}}}}' <<'END'
virtualmachine.kubevirt.io/good patched
END
    accepted devices_of good <<'END'
intel.com/qat hostdevices1
END
}

@test "replace" {
    vm good nvidia.com/T4@gpu >vm.json
    refused kubectl replace -f vm.json <<'END'
Error from server (Forbidden): error when replacing "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "nvidia.com/T4": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    vm good nvidia.com/TU104GL_Tesla_T4@gpu >vm.json
    accepted kubectl replace -f vm.json <<'END'
virtualmachine.kubevirt.io/good replaced
END
}

# kubectl edit, with the name of the file in which it leaves what was refused made always the same.
edit() (
    set -o pipefail
    TMPDIR=$PWD EDITOR=./editor kubectl edit "$@" 2>&1 |
        sed -E 's|[^ ]*/kubectl-edit-[0-9]+\.yaml|FILE|'
)

editor() {
    printf '#!/bin/sh\nsed -i "%s" "$1"\n' "$1" >editor
    chmod +x editor
}

@test "edit: what is refused is kept in a file" {
    editor s/TU104GL_Tesla_T4/GV100GL_Tesla_V1000/
    refused edit vm good <<'END'
error: virtualmachines.kubevirt.io "good" could not be patched: admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "nvidia.com/GV100GL_Tesla_V1000": this device is not permitted on the cluster (did you mean "nvidia.com/GV100GL_Tesla_V100"?); permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
You can run `kubectl replace -f FILE` to try this update again.
END
    grep -q GV100GL_Tesla_V1000 kubectl-edit-*.yaml
}

@test "edit: what is right is stored" {
    editor s/TU104GL_Tesla_T4/GV100GL_Tesla_V100/
    accepted edit vm good <<'END'
virtualmachine.kubevirt.io/good edited
END
}

@test "generateName" {
    vm x intel.com/nothing@qat | jq 'del(.metadata.name) | .metadata.generateName = "batch-"' >vm.json
    refused kubectl create -f vm.json <<'END'
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/nothing": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    vm x intel.com/qat | jq 'del(.metadata.name) | .metadata.generateName = "batch-"' >vm.json
    kubectl create -f vm.json | grep -qE '^virtualmachine.kubevirt.io/batch-[a-z0-9]{5} created$'
}

@test "dry run stores nothing, and is judged like the real thing" {
    vm dry intel.com/nothing@qat >vm.json
    refused kubectl create --dry-run=server -f vm.json <<'END'
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/nothing": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    vm dry intel.com/qat >vm.json
    accepted kubectl create --dry-run=server -f vm.json <<'END'
virtualmachine.kubevirt.io/dry created (server dry run)
END
    refused kubectl get vm dry <<'END'
Error from server (NotFound): virtualmachines.kubevirt.io "dry" not found
END
}

@test "the other kinds that start VMs" {
    jq -n '{apiVersion: "kubevirt.io/v1", kind: "VirtualMachineInstanceReplicaSet", metadata: {name: "set"},
        spec: {selector: {}, template: {spec: {domain: {devices: {gpus: [{deviceName: "a.com/b", name: "g"}]}}}}}}' >set.json
    refused kubectl create -f set.json <<'END'
Error from server (Forbidden): error when creating "set.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.gpus[0].deviceName: Unsupported value: "a.com/b": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    jq -n '{apiVersion: "pool.kubevirt.io/v1beta1", kind: "VirtualMachinePool", metadata: {name: "pool"},
        spec: {selector: {}, virtualMachineTemplate: {spec: {template: {spec: {domain: {devices: {hostDevices: [{deviceName: "a.com/b"}]}}}}}}}}' >pool.json
    refused kubectl create -f pool.json <<'END'
Error from server (Forbidden): error when creating "pool.json": admission webhook "virtualmachinepool.validate.hostdev-webhook.io" denied the request: spec.virtualMachineTemplate.spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "a.com/b": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
}

@test "an instancetype is for any cluster: a warning" {
    jq -n '{apiVersion: "instancetype.kubevirt.io/v1beta1", kind: "VirtualMachineClusterInstancetype", metadata: {name: "gpu"},
        spec: {cpu: {guest: 1}, memory: {guest: "1Gi"}, hostDevices: [{deviceName: "a.com/b", name: "h"}]}}' >type.json
    accepted kubectl create -f type.json <<'END'
Warning: spec.hostDevices[0].deviceName: Unsupported value: "a.com/b": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
virtualmachineclusterinstancetype.instancetype.kubevirt.io/gpu created
END
    kubectl delete virtualmachineclusterinstancetype gpu
}

@test "documentation's abbreviated VM: refused by kubectl, and with --validate=false by the schema" {
    jq -n '{apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", metadata: {name: "short"},
        spec: {domain: {devices: {hostDevices: [{deviceName: "intel.com/qat", name: "h"}]}}}}' >vm.json
    refused kubectl create -f vm.json <<'END'
Error from server (BadRequest): error when creating "vm.json": VirtualMachine in version "v1" cannot be handled as a VirtualMachine: strict decoding error: unknown field "spec.domain"
END
    # The schema's own words: the real one has more of them.
    run kubectl create --validate=false -f vm.json
    [ "$status" -ne 0 ]
    [[ $output = *'spec.template: Required value'* ]]
}

@test "a node is labelled, and warned about" {
    kubectl create -f - <<'END'
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "gpu-1"}}
END
    accepted kubectl label node gpu-1 nvidia.com/gpu.deploy.operands=False <<'END'
Warning: metadata.labels[nvidia.com/gpu.deploy.operands]: Unsupported value: "False": only exactly "false" keeps NVIDIA's operands off this node, and this value leaves them on; write "false"
node/gpu-1 labeled
END
    accepted kubectl label node gpu-1 --overwrite nvidia.com/gpu.deploy.operands=false <<'END'
node/gpu-1 labeled
END
    accepted kubectl delete node gpu-1 <<'END'
node "gpu-1" deleted
END
}

# As far as the webhook is concerned; the operator that has this kind is not here.
machineconfig_definition='{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "machineconfigs.machineconfiguration.openshift.io"},
    "spec": {"group": "machineconfiguration.openshift.io", "scope": "Cluster",
        "names": {"kind": "MachineConfig", "plural": "machineconfigs", "singular": "machineconfig"},
        "versions": [{"name": "v1", "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}'

@test "a MachineConfig is warned about, and what is rendered of it is not asked about" {
    kubectl create -f - <<<"$machineconfig_definition"
    kubectl wait --for=condition=Established crd machineconfigs.machineconfiguration.openshift.io
    for name in 100-worker-iommu rendered-worker-1; do
        jq -n --arg name "$name" '{apiVersion: "machineconfiguration.openshift.io/v1", kind: "MachineConfig",
            metadata: {name: $name, labels: {"machineconfiguration.openshift.io/role": "worker"}},
            spec: {config: {ignition: {version: "3.2.0"}}, kernelArguments: ["intel_immou=on"]}}' >"$name.json"
    done
    accepted kubectl create -f 100-worker-iommu.json <<'END'
Warning: spec.kernelArguments[0]: Invalid value: "intel_immou=on": the kernel knows no such argument and ignores it; write "intel_iommu=on"
machineconfig.machineconfiguration.openshift.io/100-worker-iommu created
END
    accepted kubectl create -f rendered-worker-1.json <<'END'
machineconfig.machineconfiguration.openshift.io/rendered-worker-1 created
END
    # An update of the role alone, of role and version, and of another label, about which nobody is asked.
    accepted kubectl patch machineconfig 100-worker-iommu --type merge \
        --patch '{"metadata": {"labels": {"machineconfiguration.openshift.io/role": null}}}' <<'END'
Warning: metadata.labels: Required value: without the label machineconfiguration.openshift.io/role no MachineConfigPool takes it, and no node gets it; write machineconfiguration.openshift.io/role: worker, or another pool's name
Warning: spec.kernelArguments[0]: Invalid value: "intel_immou=on": the kernel knows no such argument and ignores it; write "intel_iommu=on"
machineconfig.machineconfiguration.openshift.io/100-worker-iommu patched
END
    accepted kubectl patch machineconfig 100-worker-iommu --type merge \
        --patch '{"metadata": {"labels": {"machineconfiguration.openshift.io/role": "worker"}},
            "spec": {"config": {"ignition": {"version": "2.2.0"}}}}' <<'END'
Warning: spec.config.ignition.version: Unsupported value: "2.2.0": OpenShift still converts this version; write new files for one of 3.2.0, 3.3.0, 3.4.0 and 3.5.0
Warning: spec.kernelArguments[0]: Invalid value: "intel_immou=on": the kernel knows no such argument and ignores it; write "intel_iommu=on"
machineconfig.machineconfiguration.openshift.io/100-worker-iommu patched
END
    accepted kubectl label machineconfig 100-worker-iommu example.com/team=blue <<'END'
machineconfig.machineconfiguration.openshift.io/100-worker-iommu labeled
END
    kubectl delete crd machineconfigs.machineconfiguration.openshift.io
}
