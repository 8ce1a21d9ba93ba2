# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # what the parts share
# Replicas of the server and a Prometheus that scrapes them, all on loopback and on ports that were
# free; each names its own in its log.

declare -A https=() metrics=() pids=()

# address_in LOG TEXT: the address in the line that has the text, in either format of the log.
address_in() {
    sed -n "s/.*$2.*address\"\{0,1\}[=:]\"\{0,1\}\([^\" ]*\).*/\1/p" "$1" | head -n 1 | grep .
}

# clients_issue: a CA for clients and a certificate of it, in $work/clients. `reviews` shows it then to
# whoever asks for one.
clients_issue() {
    mkdir "$work/clients"
    (
        cd "$work/clients"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=clients \
            -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=kube-apiserver \
            -keyout client.key -out client.csr
        printf '%s\n' basicConstraints=CA:FALSE keyUsage=digitalSignature extendedKeyUsage=clientAuth >client.ext
        openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 \
            -extfile client.ext -out client.crt
    ) >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        return 1
    }
    as_client=("cert = \"$work/clients/client.crt\"" "key = \"$work/clients/client.key\"")
}

# replica_start NAME OPTION…: a server with a certificate of its own ($work/NAME).
replica_start() {
    local name=$1
    shift
    "$HOSTDEV_WEBHOOK" certs issue --dir "$work/$name" --host localhost,127.0.0.1
    "$HOSTDEV_WEBHOOK" serve --bind-address=127.0.0.1:0 --metrics-bind-address=127.0.0.1:0 \
        --tls-cert-file="$work/$name/tls.crt" --tls-private-key-file="$work/$name/tls.key" "$@" \
        2>"$work/$name.log" &
    pids[$name]=$!
    started+=($!)
    eventually 20 address_in "$work/$name.log" 'listening for probes and metrics' || {
        cat "$work/$name.log" >&2
        return 1
    }
    https[$name]=$(address_in "$work/$name.log" 'listening')
    metrics[$name]=$(address_in "$work/$name.log" 'listening for probes and metrics')
}

# replica_stop NAME: it ends well, and its log has an end.
replica_stop() {
    kill "${pids[$1]}"
    eventually 30 has_ended "${pids[$1]}" && wait "${pids[$1]}"
}

# prometheus_start SECONDS: scrapes every replica that often, with the labels that a cluster gives
# it, and evaluates the alerts ($work/rules.json).
prometheus_start() {
    local name
    {
        echo "global: {scrape_interval: ${1}s, evaluation_interval: ${1}s}"
        echo 'rule_files: [rules.json]'
        echo 'scrape_configs:'
        echo '- job_name: hostdev-webhook'
        echo '  static_configs:'
        for name in "${!metrics[@]}"; do
            echo "  - {targets: ['${metrics[$name]}'], labels: {namespace: hostdev-webhook, pod: $name}}"
        done
    } >"$work/prometheus.yaml"
    "$PROMTOOL" check config "$work/prometheus.yaml" >/dev/null
    # shellcheck disable=SC2153 # the program, not its address
    "$PROMETHEUS" --config.file="$work/prometheus.yaml" --storage.tsdb.path="$work/data" \
        --web.listen-address=127.0.0.1:0 2>"$work/prometheus.log" &
    started+=($!)
    eventually 30 address_in "$work/prometheus.log" 'Listening on' || {
        cat "$work/prometheus.log" >&2
        return 1
    }
    prometheus=$(address_in "$work/prometheus.log" 'Listening on')
    eventually 30 all_are_scraped
}

all_are_scraped() {
    [ "$(query 'count(up == 1)' | jq -r '.data.result[0].value[1]')" = "${#metrics[@]}" ]
}

# query EXPRESSION: what Prometheus answers, JSON; fails when it refuses.
query() {
    curl --silent --show-error --fail-with-body --data-urlencode "query=$1" "http://$prometheus/api/v1/query"
}

# query_range EXPRESSION FROM TO STEP: the same over a time.
query_range() {
    curl --silent --show-error --fail-with-body --data-urlencode "query=$1" --data "start=$2" \
        --data "end=$3" --data "step=$4" "http://$prometheus/api/v1/query_range"
}
