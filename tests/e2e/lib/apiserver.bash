# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A control plane in the test's own network namespace: etcd and kube-apiserver, nothing else. No
# controllers run: what they would do for this story, the other files here do.
#
#   10.99.0.1:6443   kube-apiserver
#   10.96.0.1:443    the Service "kubernetes", as pods see it: a relay, which the story can cut
#   10.99.0.11, …    replicas of the webhook, each in a network namespace of its own (pods.bash)

API_ADDRESS=10.99.0.1
API_URL=https://$API_ADDRESS:6443
API_SERVICE_ADDRESS=10.96.0.1
ADMIN_TOKEN=the-administrator-of-this-test

export KUBECONFIG=$E2E_DIR/admin.kubeconfig

# Once, before the first start: keys, certificates, users.
apiserver_prepare() {
    mkdir -p "$E2E_DIR/pki" "$E2E_DIR/logs" "$E2E_DIR/bin" "$E2E_DIR/run"
    ln -s "$KUBECTL" "$E2E_DIR/bin/kubectl"
    ip link set lo up
    ip address add "$API_ADDRESS/32" dev lo
    ip address add "$API_SERVICE_ADDRESS/32" dev lo

    "$HOSTDEV_WEBHOOK" certs issue --dir "$E2E_DIR/pki/serving" \
        --host "$API_ADDRESS,$API_SERVICE_ADDRESS,kubernetes.default.svc"
    "$HOSTDEV_WEBHOOK" certs issue --dir "$E2E_DIR/pki/service-accounts" --host service-accounts
    echo "$ADMIN_TOKEN,administrator,administrator,system:masters" >"$E2E_DIR/pki/tokens.csv"
    # The HyperConverged's requests with their bodies: load.bash reads which list was in force.
    cat >"$E2E_DIR/audit-policy.yaml" <<'END'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [create, update, patch, delete]
  resources: [{group: hco.kubevirt.io}]
- level: Metadata
  verbs: [create, update, patch, delete]
  resources: [{group: kubevirt.io}]
- level: Metadata
  verbs: [get, list, watch]
  resources: [{group: hco.kubevirt.io}]
- level: None
END
    cat >"$KUBECONFIG" <<END
apiVersion: v1
kind: Config
current-context: admin
contexts: [{name: admin, context: {cluster: e2e, user: admin}}]
clusters:
- name: e2e
  cluster: {server: "$API_URL", certificate-authority: "$E2E_DIR/pki/serving/ca.crt"}
users: [{name: admin, user: {token: "$ADMIN_TOKEN"}}]
END
}

# start_process NAME COMMAND…: in the background, with its output in logs/NAME.log and its id in
# run/NAME.pid. Nothing of bats is inherited: it would wait for the process to close it.
start_process() {
    local name=$1
    shift
    "$@" </dev/null >>"$E2E_DIR/logs/$name.log" 2>&1 3>&- 4>&- &
    echo $! >"$E2E_DIR/run/$name.pid"
}

process_id() {
    cat "$E2E_DIR/run/$1.pid"
}

etcd_start() {
    start_process etcd "$ETCD" --data-dir "$E2E_DIR/etcd" --log-level warn \
        --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
        --listen-peer-urls http://127.0.0.1:2380
    eventually 30 curl -fsS http://127.0.0.1:2379/health
}

apiserver_ready() {
    [ "$(curl -fsS --max-time 2 --cacert "$E2E_DIR/pki/serving/ca.crt" "$API_URL/readyz")" = ok ]
}

# apiserver_start [OPTION…]: with more options than it always has.
apiserver_start() {
    start_process apiserver "$KUBE_APISERVER" \
        --etcd-servers=http://127.0.0.1:2379 \
        --advertise-address="$API_ADDRESS" --secure-port=6443 \
        --service-cluster-ip-range=10.96.0.0/24 --enable-aggregator-routing=true \
        --tls-cert-file="$E2E_DIR/pki/serving/tls.crt" \
        --tls-private-key-file="$E2E_DIR/pki/serving/tls.key" \
        --authorization-mode=RBAC --token-auth-file="$E2E_DIR/pki/tokens.csv" \
        --shutdown-watch-termination-grace-period=2s \
        --service-account-issuer=https://kubernetes.default.svc \
        --service-account-key-file="$E2E_DIR/pki/service-accounts/tls.crt" \
        --service-account-signing-key-file="$E2E_DIR/pki/service-accounts/tls.key" \
        --audit-policy-file="$E2E_DIR/audit-policy.yaml" --audit-log-path="$E2E_DIR/logs/audit.log" \
        "$@"
    eventually 60 apiserver_ready
}

# It ends the watches of its clients and then itself.
apiserver_stop() {
    stop_process "$(process_id apiserver)" 70
}

apiserver_kill() {
    kill -KILL "$(process_id apiserver)"
    eventually 5 ended "$(process_id apiserver)"
}

# The relay between pods and the API server, one process a connection. It waits for an API server
# that restarts.
relay_start() {
    start_process relay socat \
        TCP-LISTEN:443,bind="$API_SERVICE_ADDRESS",fork,reuseaddr,backlog=64 \
        TCP:"$API_ADDRESS":6443,retry=100,interval=0.1
}

# Cuts every connection from pods to the API server at this moment; new ones are possible.
relay_cut() {
    local children
    children=$(cat "/proc/$(process_id relay)/task/"*/children)
    [ -n "$children" ] || fail "no pod was connected to the API server"
    # shellcheck disable=SC2086 # one word a process
    kill -KILL $children
}

# New connections wait, those that are there go on.
relay_pause() {
    kill -STOP "$(process_id relay)"
}

relay_go_on() {
    kill -CONT "$(process_id relay)"
}

relay_stop() {
    relay_cut
    stop_process "$(process_id relay)" 5
}

# etcd forgets every revision before the present one.
etcd_compact() {
    local revision
    revision=$(curl -fsS http://127.0.0.1:2379/v3/kv/range -d '{"key":"AA=="}' | jq -r .header.revision)
    curl -fsS http://127.0.0.1:2379/v3/kv/compaction \
        -d "{\"revision\":\"$revision\",\"physical\":true}"
}

# What the controller manager would have made and pods are given.
apiserver_namespace_ready() {
    kubectl get configmap kube-root-ca.crt -n "$1" >/dev/null 2>&1 ||
        kubectl create configmap kube-root-ca.crt -n "$1" \
            --from-file="ca.crt=$E2E_DIR/pki/serving/ca.crt" >/dev/null
}
