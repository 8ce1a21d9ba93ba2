# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The webhook, installed as an administrator does, from deploy/; and what a cluster's controllers
# then do: run its Jobs, start its replicas, and list those in an EndpointSlice, through which the
# API server finds them.

WEBHOOK_NAMESPACE=hostdev-webhook
WEBHOOK=hostdev-webhook
DEPLOY=$E2E_HERE/../../deploy

# readme_run COMMAND [OVERLAY [OPTION…]]: does what README.md says: COMMAND must be a line of its code
# blocks, but for a remark behind it. For another OVERLAY than the one it names, and with more options.
readme_run() {
    local command=$1 overlay=${2:-self-signed}
    shift "$(($# < 2 ? $# : 2))"
    awk '/^```/ { code = !code; next } code' "$DEPLOY/../README.md" | sed 's/  *#.*//' |
        grep -xF -- "$command" >/dev/null || fail "README.md does not say: $command"
    (cd "$DEPLOY/.." && eval "${command/\/self-signed//$overlay} $*")
}

# documented TEXT: the code block of deploy/README.md whose first line begins so, not indented.
documented() {
    awk -v text="$1" '
        /^ *```/ {
            inside = !inside
            first = inside
            wanted = 0
            indent = index($0, "`")
            next
        }
        first {
            first = 0
            wanted = index($0, text) == indent
        }
        wanted {
            print substr($0, indent)
            found = 1
        }
        END { exit !found }' "$DEPLOY/README.md" || fail "deploy/README.md has no code that begins: $1"
}

# Installed in the README's two steps and with two ready replicas; does nothing when it is already so.
webhook_require() {
    [ ! -e "$E2E_DIR/replicas/2" ] || return 0
    readme_run 'kubectl apply -k deploy/overlays/self-signed-ignore'
    job_run job "$WEBHOOK-certs"
    replica_start 1
    replica_start 2
    eventually 20 webhook_in_force
    webhook_apply self-signed
}

webhook_apply() {
    readme_run 'kubectl apply -k deploy/overlays/self-signed' "$1"
}

# Does the API server ask the webhook? It reads registrations and endpoints with a small delay.
webhook_in_force() {
    local output
    output=$(vm asks-for-what-is-not-there example.com/in-force@probe |
        kubectl create --dry-run=server -f - 2>&1) || true
    [[ $output = *'denied the request'* ]] || fail "$output"
}

webhook_not_in_force() {
    vm asks-for-what-is-not-there example.com/in-force@probe | kubectl create --dry-run=server -f -
}

REGISTRATIONS=/apis/admissionregistration.k8s.io/v1

# without_webhook COMMAND…: runs it while the registrations are taken away.
without_webhook() {
    local kind
    for kind in validatingwebhookconfigurations mutatingwebhookconfigurations; do
        kubectl get "$kind" "$WEBHOOK" -o json | jq 'del(.metadata | .resourceVersion, .uid,
            .generation, .creationTimestamp, .managedFields)' >"$E2E_DIR/$kind.json"
        kubectl delete "$kind" "$WEBHOOK" >/dev/null
    done
    eventually 10 webhook_not_in_force
    "$@"
    for kind in validatingwebhookconfigurations mutatingwebhookconfigurations; do
        # --raw: else kubectl would take note of the caBundle as if a manifest had it.
        kubectl create --raw "$REGISTRATIONS/$kind" -f "$E2E_DIR/$kind.json" >/dev/null
    done
    eventually 10 webhook_in_force
}

# job_run job|cronjob NAME [OPTION…]: as the Job controller and a kubelet would, with more options
# at the end of each container's arguments if there are any.
job_run() {
    local kind=$1 name=$2 options status=0
    shift 2
    options=$([ $# -eq 0 ] || printf '%s\n' "$@")
    kubectl get "$kind" "$name" -n "$WEBHOOK_NAMESPACE" -o json |
        jq --arg options "$options" '(.spec.jobTemplate // .).spec.template
            | .spec.initContainers[]?.args += ($options | split("\n"))
            | .spec.containers[].args += ($options | split("\n"))' |
        pod_create "$name" 10.99.0.99 "$WEBHOOK_NAMESPACE" || return 1
    pod_run "$name" || status=$?
    pod_delete "$name"
    return "$status"
}

# --- replicas ---------------------------------------------------------------------------------

replica_address() {
    echo "10.99.0.$((10 + $1))"
}

replica_pid() {
    cat "$E2E_DIR/run/$WEBHOOK-$1.main.pid"
}

replica_log() {
    cat "$E2E_DIR/logs/$WEBHOOK-$1.log"
}

# The numbers of those that run.
replicas() {
    ls "$E2E_DIR/replicas"
}

# replica_probe NUMBER readinessProbe|livenessProbe: asks as a kubelet does.
replica_probe() {
    local scheme port path
    read -r scheme port path < <(jq -r --arg probe "$2" '.spec.containers[0] | .[$probe].httpGet as $get |
        "\($get.scheme // "HTTP" | ascii_downcase) \(.ports[] |
            select(.name == $get.port).containerPort) \($get.path)"' \
        "$E2E_DIR/pods/$WEBHOOK-$1/pod.json")
    curl -ksS --fail-with-body --max-time 3 "$scheme://$(replica_address "$1"):$port$path"
}

replica_ready() {
    replica_probe "$1" readinessProbe
}

# Creates the pod and starts it, but waits for nothing.
replica_launch() {
    kubectl get deployment "$WEBHOOK" -n "$WEBHOOK_NAMESPACE" -o json | jq .spec.template |
        pod_create "$WEBHOOK-$1" "$(replica_address "$1")" "$WEBHOOK_NAMESPACE"
    pod_start "$WEBHOOK-$1"
}

replica_start() {
    replica_launch "$1"
    eventually 15 replica_ready "$1" || fail "replica $1 is not ready:" "$(replica_log "$1" | tail)"
    replica_endpoint "$1" ready
}

# As in a roll-out or a drain: it leaves the Service as it is told to end, not before.
replica_stop() {
    replica_endpoint "$1" terminating
    pod_delete "$WEBHOOK-$1"
    replica_endpoint "$1" gone
}

# New ones, without a moment in which there are less than two.
replicas_roll() {
    replica_start 3
    replica_stop 1
    replica_start 1
    replica_stop 2
    replica_start 2
    replica_stop 3
}

# replicas_renew [now]: new ones; now: the old ones are killed.
replicas_renew() {
    local number
    for number in $(replicas); do
        [ $# -eq 0 ] || kill -KILL "$(replica_pid "$number")"
        replica_stop "$number"
        replica_start "$number"
    done
}

# replica_endpoint NUMBER ready|terminating|gone
replica_endpoint() {
    mkdir -p "$E2E_DIR/replicas"
    case $2 in
    gone) rm "$E2E_DIR/replicas/$1" ;;
    *) echo "$2" >"$E2E_DIR/replicas/$1" ;;
    esac
    endpoints_write
}

# The EndpointSlice of the Service, with the port that its targetPort names.
endpoints_write() {
    local number port
    port=$(kubectl get deployment "$WEBHOOK" -n "$WEBHOOK_NAMESPACE" -o json |
        jq '.spec.template.spec.containers[0].ports[] | select(.name == "https").containerPort')
    for number in $(replicas); do
        jq -n --arg address "$(replica_address "$number")" \
            --arg state "$(cat "$E2E_DIR/replicas/$number")" '{addresses: [$address], conditions:
                {ready: ($state == "ready"), serving: true, terminating: ($state == "terminating")}}'
    done | jq -s --arg service "$WEBHOOK" --arg namespace "$WEBHOOK_NAMESPACE" --argjson port "$port" '
        {apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4",
         metadata: {name: "\($service)-e2e", namespace: $namespace,
                    labels: {"kubernetes.io/service-name": $service}},
         ports: [{name: "https", port: $port, protocol: "TCP"}], endpoints: .}' |
        kubectl apply --server-side -f - >/dev/null
}

# Brings the volumes of all replicas up to date, as their kubelets do.
replicas_sync() {
    local number
    for number in $(replicas); do
        pod_volumes "$WEBHOOK-$number"
    done
}

# replicas_metric NAME: what the replicas' metrics whose names (with labels) begin so add up to.
replicas_metric() {
    local number
    for number in $(replicas); do
        curl -fsS --max-time 3 "http://$(replica_address "$number"):8081/metrics" || return 1
    done | awk -v name="hostdev_webhook_$1" 'index($0, name) == 1 { sum += $NF } END { print sum + 0 }'
}

# The memory that a replica has in use, its libraries included, in KiB.
replica_memory() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$(replica_pid "$1")/status"
}

# "NUMBER KIB" for each replica that runs.
replicas_memory() {
    local number
    for number in $(replicas); do
        echo "$number $(replica_memory "$number")"
    done
}
