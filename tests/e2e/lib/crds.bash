# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The definitions of the kinds, from $E2E_CRD_DIR, and which versions of HyperConverged are
# served. Where both are, objects are converted by nobody (conversion None), as a cluster's own
# operator would: a v1beta1 object loses its list when it is read as v1. So the story has one
# version served at a time, but for what needs both.

HYPERCONVERGED_CRD=hyperconvergeds.hco.kubevirt.io

crds_install() {
    crds_create "$HYPERCONVERGED_CRD" kubevirts.kubevirt.io virtualmachines.kubevirt.io \
        virtualmachineinstancereplicasets.kubevirt.io virtualmachinepools.pool.kubevirt.io \
        virtualmachineinstancetypes.instancetype.kubevirt.io \
        virtualmachineclusterinstancetypes.instancetype.kubevirt.io
    hyperconverged_serve v1beta1
}

# crds_create NAME…: as files of their plural names. (`create`: the annotation of a client-side
# apply would be too large.)
crds_create() {
    local name
    for name in "$@"; do
        kubectl create -f "$E2E_CRD_DIR/${name%%.*}.yaml"
    done
    kubectl wait --for=condition=Established --timeout=30s crd "$@"
}

# Is $1 the one version that is served? (Or "v1 v1beta1".)
hyperconverged_served() {
    [ "$(kubectl get --raw /apis/hco.kubevirt.io |
        jq -r '[.versions[].version] | sort | join(" ")')" = "$1" ]
}

# hyperconverged_serve VERSION…: serves these versions alone, and stores the first.
hyperconverged_serve() {
    local versions
    versions=$(printf '%s\n' "$@" | jq -R . | jq -s .)
    kubectl get crd "$HYPERCONVERGED_CRD" -o json |
        jq --argjson versions "$versions" '.spec.versions |= map(.name as $name |
            .served = ($versions | index($name) != null) | .storage = ($name == $versions[0]))' |
        kubectl replace -f - >/dev/null
    eventually 20 hyperconverged_served "$(printf '%s\n' "$@" | sort | paste -sd' ')"
}

# The version that is served (with two: the newer one).
hyperconverged_version() {
    kubectl get --raw /apis/hco.kubevirt.io | jq -r .preferredVersion.version
}
