# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Many VirtualMachines at once: one curl with 16 requests under way, which is an order of magnitude
# more than kubectl can do. Each request's outcome is a line "NAME STATUS" in $E2E_DIR/load/results;
# its answer is $E2E_DIR/load/NAME.json.

LOAD=$E2E_DIR/load

load_clear() {
    rm -rf "$LOAD"
    mkdir -p "$LOAD"
    touch "$LOAD/results"
}

# load_create <LINES: creates a VM for each line "NAME DEVICE…"; the devices have no names.
# load_try <LINES: the same as a dry run.
load_create() {
    load_post ''
}

load_try() {
    load_post '?dryRun=All'
}

load_post() {
    jq -rR --arg api "$API_URL" --arg query "$1" --arg token "$ADMIN_TOKEN" --arg dir "$LOAD" \
        --arg ca "$E2E_DIR/pki/serving/ca.crt" 'split(" ") as $words | $words[0] as $name |
        {apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", metadata: {name: $name},
         spec: {runStrategy: "Halted", template: {spec: {domain: {devices: {hostDevices:
            ($words[1:] | map({deviceName: .}))}}}}}} as $vm |
        "url = \"\($api)/apis/kubevirt.io/v1/namespaces/default/virtualmachines\($query)\"",
        "cacert = \"\($ca)\"",
        "header = \"Authorization: Bearer \($token)\"",
        "header = \"Content-Type: application/json\"",
        "data-binary = \($vm | tojson | tojson)",
        "output = \"\($dir)/\($name).json\"",
        "write-out = \"\($name) %{http_code}\\n\"",
        "silent", "max-time = 30", "next"' |
        sed '$d' | curl --no-progress-meter --parallel --parallel-max 16 --config - >>"$LOAD/results" || true
}

# api_patch PATH <MERGE-PATCH: one write without kubectl, which takes ten times as long.
api_patch() {
    curl -sS --fail-with-body --max-time 10 -o /dev/null --cacert "$E2E_DIR/pki/serving/ca.crt" \
        -X PATCH -H "Authorization: Bearer $ADMIN_TOKEN" \
        -H 'Content-Type: application/merge-patch+json' --data-binary @- "$API_URL$1"
}

# load_names PREFIX FIRST LAST DEVICE…: lines for load_create.
load_names() {
    local prefix=$1 first=$2 last=$3
    shift 3
    seq -f "$prefix-%06.0f $*" "$first" "$last"
}

# load_start PREFIX DEVICE…: creates VMs in the background until load_stop.
load_start() {
    load_clear
    touch "$LOAD/go-on"
    start_process load load_forever "$@"
}

load_forever() {
    local prefix=$1 first=1
    shift
    while [ -e "$LOAD/go-on" ]; do
        load_names "$prefix" "$first" $((first + 49)) "$@" | load_create
        first=$((first + 50))
    done
}

# load_stop LEAST: ends it. Every one of the VMs, at least so many, was created and is there.
load_stop() {
    local count
    rm "$LOAD/go-on"
    eventually 60 ended "$(process_id load)"
    count=$(wc -l <"$LOAD/results")
    [ "$count" -ge "$1" ] || fail "only $count VMs in the time of this step"
    load_all_were 201
    load_all_exist
    echo "# $count VMs were created meanwhile, none was refused or lost" >&3
}

# Ends what runs in the background, whatever came of it.
load_give_up() {
    rm -f "$LOAD/go-on"
}

# load_all_were STATUS [PREFIX]: every request (for a name that begins so) had this HTTP status.
load_all_were() {
    local others
    others=$(awk -v status="$1" -v prefix="${2:-}" \
        'index($1, prefix) == 1 && $2 != status' "$LOAD/results")
    [ -n "$others" ] || return 0
    fail "$(wc -l <<<"$others") requests were not answered with $1:" "$(head -3 <<<"$others")" \
        "$(cat "$LOAD/$(head -1 <<<"$others" | cut -d' ' -f1).json" || true)"
}

# Every VM whose creation was answered with 201 is there.
load_all_exist() {
    local missing
    missing=$(comm -23 <(awk '$2 == 201 { print $1 }' "$LOAD/results" | sort) \
        <(kubectl get vm -o name | cut -d/ -f2 | sort))
    [ -z "$missing" ] || fail "created and not there:" "$(head <<<"$missing")"
}

# --- was each verdict right at its time? --------------------------------------------------------

# How long after a removal a VM may still be accepted: the event is on its way to the replicas.
# (An addition has no such time: before a VM is refused, the list is read afresh.)
REMOVAL_SECONDS=1

# verdicts_of DEVICE PREFIX: from the API server's audit log, the VMs whose names begin so and
# whether each verdict on DEVICE was right: {name, code, right}, one a line. A write of the list
# takes effect between its reception and its answer, and holds until the next one's answer.
verdicts_of() {
    jq -c -n --arg device "$1" --arg prefix "$2" --argjson lag "$REMOVAL_SECONDS" '
        def seconds: (.[0:19] + "Z" | fromdate) + ("0" + .[19:26] | tonumber);
        def meets($from; $to): .from <= $to and .to >= $from;
        [inputs | select(.responseStatus.code) |
            {resource: .objectRef.resource, name: (.objectRef.name // ""), code: .responseStatus.code,
             object: .requestObject, verb,
             from: (.requestReceivedTimestamp | seconds), to: (.stageTimestamp | seconds)}] as $events |
        [$events[] | select(.resource == "hyperconvergeds" and .code < 300) |
            {from, to, permits: ([.object | .. | .resourceName? // empty] | index($device) != null)}]
            | sort_by(.to) | . as $writes |
        [range(length) | $writes[.] + {to: ($writes[. + 1].to // 1e12)}] as $lists |
        $events[] | select(.resource == "virtualmachines" and .verb == "create" and
            (.name | startswith($prefix))) |
        .from as $from | .to as $to |
        {name, code, right: (if .code == 201
            then any($lists[]; .permits and meets($from - $lag; $to))
            elif .code == 403 then any($lists[]; (.permits | not) and meets($from; $to))
            else false end)}' "$E2E_DIR/logs/audit.log"
}
