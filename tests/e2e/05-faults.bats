#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What goes wrong around the webhook, and with it. Whether a list is followed is seen by what is
# taken away from it: before a refusal the list is read afresh, so that what is added counts even
# where the watch is dead; that what is gone is refused, only the watch brings about.

load lib/all

setup_file() {
    webhook_require
    permit_documented
    eventually 15 device_permitted intel.com/qat
    vm kept intel.com/qat | kubectl create -f -
}

teardown_file() {
    delete_all vm
    delete_all hyperconverged
}

everything_ready() {
    for number in $(replicas); do
        replica_ready "$number" || return 1
    done
}

# After several faults within two minutes a replica lets up to half a minute, and the jitter, pass
# before it tries again; the rest is for slow machines.
FOLLOWS_SECONDS=60

# The list is followed (again).
follows_again() {
    permit_documented
    eventually "$FOLLOWS_SECONDS" device_permitted intel.com/qat
    permit "$V100" "$T4"
    eventually "$FOLLOWS_SECONDS" refused_by_each intel.com/qat
    permit_documented
    accepted device_permitted intel.com/qat <<'END'
virtualmachine.kubevirt.io/probe created (server dry run)
END
}

# Both replicas say no: which one is asked is left to chance.
refused_by_each() {
    for _ in 1 2 3 4 5; do
        device_refused "$1" || return 1
    done
}

# "VERB STAGE" of each reading of the list by the webhook from this line of the audit log on.
readings_since() {
    tail -n "+$(($1 + 1))" "$E2E_DIR/logs/audit.log" | jq -r \
        'select(.user.username == "system:serviceaccount:hostdev-webhook:hostdev-webhook" and
            .objectRef.resource == "hyperconvergeds") | "\(.verb) \(.stage)"'
}

@test "the API server is away: the replicas stay ready and answer, and follow it when it is back" {
    apiserver_kill
    everything_ready
    apiserver_start
    everything_ready
    follows_again
}

# The API server ends the watches properly, and takes them up again only when it has read the list
# itself, later than what they would go on from. Prints what the webhook then read.
restart_with_gap() {
    local lines
    permit "$V100" "$T4" "$QAT"
    kubectl create configmap "gap-$EPOCHREALTIME" >/dev/null
    lines=$(wc -l <"$E2E_DIR/logs/audit.log")
    relay_pause
    apiserver_stop
    etcd_compact >/dev/null
    apiserver_start
    eventually 10 kubectl get hyperconverged -n "$HYPERCONVERGED_NAMESPACE"
    relay_go_on
    eventually 20 has_listed "$lines"
    readings_since "$lines"
}

has_listed() {
    readings_since "$1" | grep -q '^list'
}

# A watch began anew, and then nevertheless the list was read.
watched_in_vain() {
    sed '/^list/,$d' readings | grep -q '^watch ResponseStarted'
}

@test "the API server restarts and etcd is compacted: the watch has expired, and the list is read" {
    # On a slow machine the webhook may have given up its connection before: then it lists at once.
    for _ in 1 2 3; do
        restart_with_gap >readings
        follows_again
        ! watched_in_vain || return 0
    done
    fail "$(cat readings)"
}

@test "the watch's connection is cut" {
    relay_cut
    follows_again
}

@test "nothing of the API server can be reached: the last list counts, and a refusal says its age" {
    relay_stop
    sleep 1
    everything_ready
    accepted device_permitted intel.com/qat <<'END'
virtualmachine.kubevirt.io/probe created (server dry run)
END
    vm new intel.com/gone@gone >vm.json
    refused plainly kubectl create -f vm.json <<'END'
Warning: the permitted list that decided this is N seconds old, and could not be read afresh: WHY
Error from server (Forbidden): error when creating "vm.json": admission webhook "virtualmachine.validate.hostdev-webhook.io" denied the request: spec.template.spec.domain.devices.hostDevices[0].deviceName: Unsupported value: "intel.com/gone": this device is not permitted on the cluster; permitted: "intel.com/qat", "nvidia.com/GV100GL_Tesla_V100", "nvidia.com/TU104GL_Tesla_T4"
END
    relay_start
    follows_again
}

# The command's output without what is different each time, or in each version of libcurl.
plainly() (
    set -o pipefail
    "$@" 2>&1 | sed -E 's/is [0-9]+ seconds? old/is N seconds old/; s/(read afresh: ).*/\1WHY/'
)

@test "the token is rotated, and the old one no longer valid" {
    # New ones have not been through faults, so they lose no time.
    replicas_renew
    kubectl get serviceaccount hostdev-webhook -n hostdev-webhook -o json |
        jq 'del(.metadata | .uid, .resourceVersion)' >account.json
    kubectl delete -f account.json
    kubectl create -f account.json
    relay_cut
    sleep 2
    everything_ready
    replicas_sync
    follows_again
}

@test "RBAC is withdrawn, which the log says, and given back" {
    kubectl get clusterrolebinding hostdev-webhook -o json |
        jq 'del(.metadata | .uid, .resourceVersion)' >binding.json
    kubectl delete -f binding.json
    relay_cut
    eventually "$FOLLOWS_SECONDS" rbac_is_named
    everything_ready
    device_permitted intel.com/qat
    kubectl create -f binding.json
    follows_again
}

rbac_is_named() {
    local rule='the verbs get, list and watch on the resource hyperconvergeds of the API group hco.kubevirt.io'
    for number in $(replicas); do
        replica_log "$number" | grep -qF "$rule" || return 1
    done
}

@test "the definition of HyperConverged is installed after the server" {
    kubectl delete crd "$HYPERCONVERGED_CRD" kubevirts.kubevirt.io
    replica_stop 1
    replica_stop 2
    replica_launch 1
    replica_launch 2
    sleep 2
    crds_create "$HYPERCONVERGED_CRD" kubevirts.kubevirt.io
    hyperconverged_serve v1beta1
    replica_endpoint 1 ready
    replica_endpoint 2 ready
    eventually 30 everything_ready
    eventually 20 webhook_in_force
    follows_again
}

@test "an upgrade serves another version of HyperConverged" {
    # Nobody converts here: what is stored is not what the other version would have.
    for version in v1 v1beta1; do
        hyperconverged_serve "$version"
        delete_all hyperconverged
        follows_again
    done
}

# A list of its own, with nothing in it that HyperConverged's has but one device.
kubevirt_permits_t4() {
    jq -n '{apiVersion: "kubevirt.io/v1", kind: "KubeVirt", metadata: {name: "kubevirt"},
        spec: {configuration: {permittedHostDevices: {pciHostDevices: [
            {pciVendorSelector: "10DE:1EB8", resourceName: "nvidia.com/TU104GL_Tesla_T4"}]}}}}' |
        kubectl create -f -
}

@test "without HyperConverged's API KubeVirt's list counts, and with it HyperConverged's again" {
    delete_all hyperconverged
    kubevirt_permits_t4
    kubectl delete crd "$HYPERCONVERGED_CRD"
    eventually 60 device_permitted nvidia.com/TU104GL_Tesla_T4
    refused_by_each intel.com/qat
    crds_create "$HYPERCONVERGED_CRD"
    hyperconverged_serve v1beta1
    follows_again 30
    kubectl delete kubevirt kubevirt
}

@test "two replicas are replaced one after the other while VMs are created: none is refused or lost" {
    load_start rolled nvidia.com/TU104GL_Tesla_T4
    replicas_roll
    load_stop 200
}

# The mutating webhook is given 3 s and then passed over, the validating one 5 s.
@test "a replica hangs: its VMs are refused after 8 s" {
    replica_stop 2
    kill -STOP "$(replica_pid 1)"
    vm stuck nvidia.com/TU104GL_Tesla_T4@gpu >vm.json
    refused kubectl create -f vm.json <<'END'
Error from server (InternalError): error when creating "vm.json": Internal error occurred: failed calling webhook "virtualmachine.validate.hostdev-webhook.io": failed to call webhook: Post "https://hostdev-webhook.hostdev-webhook.svc:443/validate?timeout=5s": context deadline exceeded
END
    kill -CONT "$(replica_pid 1)"
    eventually 10 kubectl create --dry-run=server -f vm.json
}

@test "a replica dies: its VMs are refused with a text that says so, until it leaves the Service" {
    vm stuck nvidia.com/TU104GL_Tesla_T4@gpu >vm.json
    kill -KILL "$(replica_pid 1)"
    refused kubectl create -f vm.json <<'END'
Error from server (InternalError): error when creating "vm.json": Internal error occurred: failed calling webhook "virtualmachine.validate.hostdev-webhook.io": failed to call webhook: Post "https://hostdev-webhook.hostdev-webhook.svc:443/validate?timeout=5s": dial tcp 10.99.0.11:8443: connect: connection refused
END
    rm "$E2E_DIR/run/hostdev-webhook-1.main.pid"
    pod_delete hostdev-webhook-1
    replica_endpoint 1 gone
}

@test "no replica is left, with Fail: what asks for devices is refused" {
    vm stuck nvidia.com/TU104GL_Tesla_T4@gpu >vm.json
    eventually 10 no_endpoints
    refused kubectl create -f vm.json <<'END'
Error from server (InternalError): error when creating "vm.json": Internal error occurred: failed calling webhook "virtualmachine.validate.hostdev-webhook.io": failed to call webhook: Post "https://hostdev-webhook.hostdev-webhook.svc:443/validate?timeout=5s": no endpoints available for service "hostdev-webhook"
END
}

no_endpoints() {
    run kubectl create -f vm.json
    [[ $output = *'no endpoints available'* ]]
}

@test "with Fail, everything else goes on: VMs without devices, and every VM that is there" {
    vm plain >vm.json
    accepted kubectl create -f vm.json <<'END'
virtualmachine.kubevirt.io/plain created
END
    accepted kubectl label vm kept team=compute <<'END'
virtualmachine.kubevirt.io/kept labeled
END
    accepted kubectl patch vm kept --type=merge -p '{"spec":{"runStrategy":"Always"}}' <<'END'
virtualmachine.kubevirt.io/kept patched
END
    accepted kubectl patch vm kept --type=merge -p '{"spec":{"runStrategy":"Halted"}}' <<'END'
virtualmachine.kubevirt.io/kept patched
END
    accepted kubectl delete vm kept <<'END'
virtualmachine.kubevirt.io "kept" deleted from default namespace
END
}

@test "the way out: failure policy Ignore lets everything through, unjudged" {
    webhook_apply self-signed-ignore
    vm unjudged example.com/nothing@gpu >vm.json
    eventually 10 kubectl create -f vm.json
    vm nameless nvidia.com/TU104GL_Tesla_T4 >vm.json
    run kubectl create -f vm.json
    [ "$status" -ne 0 ]
    [[ $output = *'hostDevices[0].name: Required value'* ]]
}

@test "with Ignore and a server, verdicts are as ever" {
    replica_start 1
    replica_start 2
    eventually 15 webhook_in_force
}

@test "back to Fail" {
    webhook_apply self-signed
    follows_again
}
