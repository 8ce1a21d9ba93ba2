#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The permitted list itself: both versions of HyperConverged, its faults, and old faults kept.

load lib/all

setup_file() {
    webhook_require
    kubectl get namespace "$HYPERCONVERGED_NAMESPACE" || kubectl create namespace "$HYPERCONVERGED_NAMESPACE"
}

teardown_file() {
    delete_all hyperconverged
    hyperconverged_serve v1beta1
}

# list_is [SELECTOR=RESOURCE…]: a HyperConverged in the file hco.json, of the version that is served.
list_is() {
    hyperconverged "$(hyperconverged_version)" "$@" >hco.json
}

@test "v1beta1 and v1: a list that is right is accepted and in force" {
    for version in v1beta1 v1; do
        delete_all hyperconverged
        hyperconverged_serve "$version"
        list_is "$V100" "$T4" "$QAT"
        accepted kubectl create -f hco.json <<'END'
hyperconverged.hco.kubevirt.io/kubevirt-hyperconverged created
END
        eventually 15 device_permitted intel.com/qat
        device_refused intel.com/other
    done
}

@test "v1: a selector with 0x, as lspci -n does not print it" {
    list_is 0x10DE:0x1EB8=nvidia.com/T4
    refused kubectl replace -f hco.json <<'END'
Error from server (Forbidden): error when replacing "hco.json": admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: spec.virtualization.permittedHostDevices.pciHostDevices[0].pciDeviceSelector: Invalid value: "0x10DE:0x1EB8": ids have no 0x prefix here; write "10DE:1EB8"
END
}

@test "v1: one device twice, in upper and lower case" {
    list_is 10DE:1EB8=nvidia.com/T4 10de:1eb8=nvidia.com/T4-2
    refused kubectl replace -f hco.json <<'END'
Error from server (Forbidden): error when replacing "hco.json": admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: spec.virtualization.permittedHostDevices.pciHostDevices[1].pciDeviceSelector: Duplicate value: "10de:1eb8": pciHostDevices[0] selects the same device, and KubeVirt silently keeps only one of them; remove one
END
}

@test "v1: one resource name twice" {
    list_is 10DE:1EB8=nvidia.com/T4 10DE:1DB6=nvidia.com/T4
    refused kubectl replace -f hco.json <<'END'
Error from server (Forbidden): error when replacing "hco.json": admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: spec.virtualization.permittedHostDevices.pciHostDevices[1].resourceName: Duplicate value: "nvidia.com/T4": pciHostDevices[0] and pciHostDevices[1] have one name, so nobody can tell which device a VM gets; give each a name of its own
END
}

@test "v1: four faults in one answer" {
    list_is 10DE:*=nvidia.com/any 10DE=TU104GL 8086:6F54=intel.com/qat/1
    refused kubectl replace -f hco.json <<'END'
Error from server (Forbidden): error when replacing "hco.json": admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: 4 faults
- spec.virtualization.permittedHostDevices.pciHostDevices[0].pciDeviceSelector: Invalid value: "10DE:*": wildcards match no device; list every device as an entry of its own
- spec.virtualization.permittedHostDevices.pciHostDevices[1].pciDeviceSelector: Invalid value: "10DE": one half is missing: both the vendor id and the device id are needed, as in 10de:1eb8
- spec.virtualization.permittedHostDevices.pciHostDevices[1].resourceName: Invalid value: "TU104GL": must be a domain, a slash and a name, as in "nvidia.com/TU104GL_Tesla_T4"
- spec.virtualization.permittedHostDevices.pciHostDevices[2].resourceName: Invalid value: "intel.com/qat/1": must have exactly one slash, between the domain and the name
END
}

@test "v1 with the path of v1beta1, as the documentation has it: kubectl refuses it" {
    hyperconverged v1beta1 "$T4" | sed s/v1beta1/v1/ >hco.json
    refused kubectl replace -f hco.json <<'END'
Error from server (BadRequest): error when replacing "hco.json": HyperConverged in version "v1" cannot be handled as a HyperConverged: strict decoding error: unknown field "spec.permittedHostDevices"
END
}

@test "v1beta1: a selector with an underscore" {
    delete_all hyperconverged
    hyperconverged_serve v1beta1
    list_is 10DE_1EB8=nvidia.com/T4
    refused kubectl create -f hco.json <<'END'
Error from server (Forbidden): error when creating "hco.json": admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector: Invalid value: "10DE_1EB8": one colon, and nothing else, belongs between the ids; write "10DE:1EB8"
END
}

@test "v1beta1: one device twice; and by patch" {
    list_is "$V100" "$T4" 10de:1eb8=nvidia.com/other
    refused kubectl create -f hco.json <<'END'
Error from server (Forbidden): error when creating "hco.json": admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: spec.permittedHostDevices.pciHostDevices[2].pciDeviceSelector: Duplicate value: "10de:1eb8": pciHostDevices[1] selects the same device, and KubeVirt silently keeps only one of them; remove one
END
    list_is "$V100" "$T4"
    kubectl create -f hco.json
    refused kubectl patch hyperconverged kubevirt-hyperconverged -n openshift-cnv --type=json \
        -p '[{"op": "replace", "path": "/spec/permittedHostDevices/pciHostDevices/0/pciDeviceSelector", "value": "10DE:1EB8 "}]' <<'END'
Error from server (Forbidden): admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector: Invalid value: "10DE:1EB8 ": white space around the ids matches no device; write "10DE:1EB8"
END
}

@test "a list from before the webhook, with two faults" {
    list_is 0x10DE:0x1DB6=nvidia.com/V100 10DE:1EB8=nvidia.com/T4 10de:1eb8=nvidia.com/T4-again
    without_webhook kubectl replace -f hco.json
}

@test "it can be labelled, and gets a third device: its old faults are warnings" {
    accepted kubectl label hyperconverged kubevirt-hyperconverged -n openshift-cnv site=north <<'END'
hyperconverged.hco.kubevirt.io/kubevirt-hyperconverged labeled
END
    list_is 0x10DE:0x1DB6=nvidia.com/V100 10DE:1EB8=nvidia.com/T4 10de:1eb8=nvidia.com/T4-again "$QAT"
    accepted kubectl replace -f hco.json <<'END'
Warning: spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector: Invalid value: "0x10DE:0x1DB6": ids have no 0x prefix here; write "10DE:1DB6"
Warning: spec.permittedHostDevices.pciHostDevices[2].pciDeviceSelector: Duplicate value: "10de:1eb8": pciHostDevices[1] selects the same device, and KubeVirt silently keeps only one of them; remove one
hyperconverged.hco.kubevirt.io/kubevirt-hyperconverged replaced
END
}

@test "no new fault is let in beside the old ones" {
    list_is 0x10DE:0x1DB6=nvidia.com/V100 10DE:1EB8=nvidia.com/T4 10de:1eb8=nvidia.com/T4-again 8086-6F54=intel.com/qat
    refused kubectl replace -f hco.json <<'END'
Warning: spec.permittedHostDevices.pciHostDevices[0].pciDeviceSelector: Invalid value: "0x10DE:0x1DB6": ids have no 0x prefix here; write "10DE:1DB6"
Warning: spec.permittedHostDevices.pciHostDevices[2].pciDeviceSelector: Duplicate value: "10de:1eb8": pciHostDevices[1] selects the same device, and KubeVirt silently keeps only one of them; remove one
Error from server (Forbidden): error when replacing "hco.json": admission webhook "hyperconverged.validate.hostdev-webhook.io" denied the request: spec.permittedHostDevices.pciHostDevices[3].pciDeviceSelector: Invalid value: "8086-6F54": one colon, and nothing else, belongs between the ids; write "8086:6F54"
END
}

@test "one fault at a time can be mended" {
    list_is 10DE:1DB6=nvidia.com/V100 10DE:1EB8=nvidia.com/T4 10de:1eb8=nvidia.com/T4-again "$QAT"
    accepted kubectl replace -f hco.json <<'END'
Warning: spec.permittedHostDevices.pciHostDevices[2].pciDeviceSelector: Duplicate value: "10de:1eb8": pciHostDevices[1] selects the same device, and KubeVirt silently keeps only one of them; remove one
hyperconverged.hco.kubevirt.io/kubevirt-hyperconverged replaced
END
    list_is 10DE:1DB6=nvidia.com/V100 10DE:1EB8=nvidia.com/T4 "$QAT"
    accepted kubectl replace -f hco.json <<'END'
hyperconverged.hco.kubevirt.io/kubevirt-hyperconverged replaced
END
}

@test "a list with faults can be deleted" {
    list_is 0x10DE:0x1DB6=nvidia.com/V100
    without_webhook kubectl replace -f hco.json
    accepted kubectl delete -f hco.json <<'END'
hyperconverged.hco.kubevirt.io "kubevirt-hyperconverged" deleted from openshift-cnv namespace
END
}

@test "KubeVirt's own list is judged too; warned about when HyperConverged manages it" {
    jq -n '{apiVersion: "kubevirt.io/v1", kind: "KubeVirt", metadata: {name: "kubevirt", namespace: "openshift-cnv"},
        spec: {configuration: {permittedHostDevices: {pciHostDevices: [
            {pciVendorSelector: "0x10de:0x1eb8", resourceName: "nvidia.com/T4"}]}}}}' >kubevirt.json
    refused kubectl create -f kubevirt.json <<'END'
Error from server (Forbidden): error when creating "kubevirt.json": admission webhook "kubevirt.validate.hostdev-webhook.io" denied the request: spec.configuration.permittedHostDevices.pciHostDevices[0].pciVendorSelector: Invalid value: "0x10de:0x1eb8": ids have no 0x prefix here; write "10de:1eb8"
END
    jq '.metadata.labels = {"app.kubernetes.io/managed-by": "hco-operator"}' kubevirt.json >managed.json
    accepted kubectl create -f managed.json <<'END'
Warning: spec.configuration.permittedHostDevices.pciHostDevices[0].pciVendorSelector: Invalid value: "0x10de:0x1eb8": ids have no 0x prefix here; write "10de:1eb8"
kubevirt.kubevirt.io/kubevirt created
END
    kubectl delete -f managed.json
}
