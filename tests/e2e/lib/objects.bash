# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Manifests, as JSON on standard output, and what the story asks about them.

HYPERCONVERGED_NAMESPACE=openshift-cnv

# The documented list's entries, for hyperconverged().
V100=10DE:1DB6=nvidia.com/GV100GL_Tesla_V100
T4=10DE:1EB8=nvidia.com/TU104GL_Tesla_T4
QAT=8086:6F54=intel.com/qat=external

# hyperconverged v1beta1|v1 [SELECTOR=RESOURCE[=external]…]
hyperconverged() {
    jq -n --arg version "$1" --arg namespace "$HYPERCONVERGED_NAMESPACE" '
        {pciHostDevices: [$ARGS.positional[1:][] | split("=") |
            {pciDeviceSelector: .[0], resourceName: .[1]} +
            if .[2] == "external" then {externalResourceProvider: true} else {} end]} as $list |
        {apiVersion: "hco.kubevirt.io/\($version)", kind: "HyperConverged",
         metadata: {name: "kubevirt-hyperconverged", namespace: $namespace},
         spec: (if $version == "v1beta1" then {permittedHostDevices: $list}
                else {virtualization: {permittedHostDevices: $list}} end)}' --args "$@"
}

# Where the cluster's list is, in the version that is served.
hyperconverged_path() {
    echo "/apis/hco.kubevirt.io/$(hyperconverged_version)/namespaces/$HYPERCONVERGED_NAMESPACE/hyperconvergeds"
}

# permit [SELECTOR=RESOURCE[=external]…]: makes this the cluster's list, in the version it serves.
permit() {
    local version
    kubectl get namespace "$HYPERCONVERGED_NAMESPACE" >/dev/null 2>&1 ||
        kubectl create namespace "$HYPERCONVERGED_NAMESPACE" >/dev/null
    version=$(hyperconverged_version)
    hyperconverged "$version" "$@" | kubectl apply -f - >/dev/null
}

permit_documented() {
    permit "$V100" "$T4" "$QAT"
}

# vm NAME [DEVICE[@NAME]…]: a VirtualMachine with these hostDevices; without @NAME they have none.
vm() {
    jq -n '{apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", metadata: {name: $ARGS.positional[0]},
        spec: {runStrategy: "Halted", template: {spec: {domain: {devices: {hostDevices:
            [$ARGS.positional[1:][] | split("@") |
             {deviceName: .[0]} + if .[1] then {name: .[1]} else {} end]}}}}}}' --args "$@"
}

# Is a VM with this device accepted, or refused by the webhook? (Nothing is stored.)
device_permitted() {
    vm probe "$1@probe" | kubectl create --dry-run=server -f -
}

device_refused() {
    local output
    ! output=$(device_permitted "$1" 2>&1) || { fail "$output"; return 1; }
    [[ $output = *'this device is not permitted on the cluster'* ]] || fail "$output"
}

# The devices of a stored VM: "deviceName name", one a line.
devices_of() {
    kubectl get vm "$1" -o json |
        jq -r '.spec.template.spec.domain.devices.hostDevices[]? | "\(.deviceName) \(.name)"'
}

# Every object of a kind, in one request for each namespace: thousands one by one take minutes.
delete_all() {
    local path
    case $1 in
    vm) path=/apis/kubevirt.io/v1/namespaces/default/virtualmachines ;;
    hyperconverged) path=$(hyperconverged_path) ;;
    esac
    kubectl delete --raw "$path" >/dev/null
}
