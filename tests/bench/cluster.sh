#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cluster.sh PEER|- COMMAND…: the control plane of tests/e2e with a cluster's list, this server (which
# follows it), PEER (a program) and an in-tree policy; then COMMAND, which finds what it needs in its
# environment. Called by cluster.py as the first process of namespaces of its own, so all of it ends
# with this script.
#
# Everything is registered all the time; the label `bench` of a namespace says who is asked about a VM
# in it. So a contestant is exchanged by posting to another namespace, and nothing has to settle.
set -euo pipefail

PEER=$1
shift
HERE=$(cd "$(dirname "$0")" && pwd)
E2E_HERE=$HERE/../e2e
E2E_CRD_DIR=$E2E_HERE/crds
# Only this process and its children see this /run.
mount -t tmpfs -o mode=755 tmpfs /run
E2E_DIR=/run/e2e
mkdir -p "$E2E_DIR"
HOME=$E2E_DIR
PATH=$E2E_DIR/bin:$PATH
export E2E_HERE E2E_CRD_DIR E2E_DIR HOME PATH

# shellcheck source-path=SCRIPTDIR source=../e2e/lib/all.bash
. "$E2E_HERE/lib/all.bash"

OURS=127.0.0.1:8443
PEERS=127.0.0.1:9443

# What asks this server in a cluster, as it is in deploy/, but for VirtualMachines alone, and by
# address. `webhook NAME` is one of the two registrations' entries.
webhook() {
    jq --arg name "$1" '.items[] | .webhooks[]? | select(.name == $name)' "$E2E_DIR/deployed.json"
}

# asked_at ADDRESS PATH NAMESPACE-LABEL…: a webhook with another address, for namespaces so labelled.
asked_at() {
    local address=$1 path=$2
    shift 2
    jq --arg url "https://$address$path" --rawfile ca "$E2E_DIR/pki/webhook/ca.crt" \
        '.clientConfig = {url: $url, caBundle: ($ca | @base64)} |
         .namespaceSelector = {matchExpressions: [{key: "bench", operator: "In", values: $ARGS.positional}]}' \
        --args "$@"
}

# register KIND NAME: the webhooks on standard input.
register() {
    jq -s --arg kind "$1" --arg name "$2" '{apiVersion: "admissionregistration.k8s.io/v1", $kind,
        metadata: {$name}, webhooks: .}' | kubectl create -f -
}

servers_start() {
    "$HOSTDEV_WEBHOOK" certs issue --dir "$E2E_DIR/pki/webhook" --host 127.0.0.1
    start_process hostdev-webhook "$HOSTDEV_WEBHOOK" serve --bind-address="$OURS" \
        --metrics-bind-address=0 --kubeconfig="$KUBECONFIG" \
        --tls-cert-file="$E2E_DIR/pki/webhook/tls.crt" --tls-private-key-file="$E2E_DIR/pki/webhook/tls.key"
    eventually 15 curl -fsS --cacert "$E2E_DIR/pki/webhook/ca.crt" "https://$OURS/readyz"
    [ "$PEER" = - ] || start_process controller-runtime "$PEER" "${PEERS#*:}" "$E2E_DIR/pki/webhook" \
        nvidia.com/GV100GL_Tesla_V100 nvidia.com/TU104GL_Tesla_T4 intel.com/qat
}

registrations_create() {
    local name validate mutate
    for name in none validate both peer policy; do
        kubectl create namespace "bench-$name"
        kubectl label namespace "bench-$name" "bench=$name"
    done
    kubectl kustomize "$DEPLOY/overlays/self-signed" |
        kubectl create --dry-run=client -o json -f - | jq -s '{items: .}' >"$E2E_DIR/deployed.json"
    validate=$(webhook virtualmachine.validate.hostdev-webhook.io)
    mutate=$(webhook virtualmachine.mutate.hostdev-webhook.io)
    asked_at "$OURS" /validate validate both <<<"$validate" | register ValidatingWebhookConfiguration ours
    asked_at "$OURS" /mutate both <<<"$mutate" | register MutatingWebhookConfiguration ours
    [ "$PEER" = - ] || asked_at "$PEERS" /validate peer <<<"$validate" | register ValidatingWebhookConfiguration peer
    kubectl create -f "$HERE/cluster-policy.yaml"
}

start() {
    apiserver_prepare && etcd_start && apiserver_start && crds_install && permit_documented &&
        servers_start && registrations_create
}

start >"$E2E_DIR/start.log" 2>&1 || {
    cat "$E2E_DIR/start.log"
    tail -n 20 "$E2E_DIR"/logs/*.log
    exit 1
} >&2
BENCH_API=$API_URL BENCH_CA=$E2E_DIR/pki/serving/ca.crt BENCH_TOKEN=$ADMIN_TOKEN BENCH_DIR=$E2E_DIR
export BENCH_API BENCH_CA BENCH_TOKEN BENCH_DIR
"$@"
