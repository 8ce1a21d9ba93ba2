#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A thousand VMs are created while the administrator edits the list without a pause. No verdict may
# be wrong; which ones were right is read from the API server's audit log afterwards.

load lib/all

setup_file() {
    webhook_require
    permit_documented
    eventually 15 device_permitted intel.com/qat
}

teardown_file() {
    delete_all vm
    delete_all hyperconverged
}

# Writes the list some ten times a second until $LOAD/go-on is removed: a device that nobody asks
# for comes and goes each time, and intel.com/qat every two seconds.
edit_list_forever() {
    local count=0 devices path
    path=$(hyperconverged_path)/kubevirt-hyperconverged
    while [ -e "$LOAD/go-on" ]; do
        count=$((count + 1))
        devices=("$T4" "10de:$(printf %04x "$count")=example.com/edit-$count")
        [ $((EPOCHSECONDS / 2 % 2)) -eq 0 ] || devices+=("$QAT")
        hyperconverged v1beta1 "${devices[@]}" | jq -c '{spec}' | api_patch "$path"
    done
    echo "$count edits"
}

@test "1,000 VMs while the list is edited: no wrong verdict" {
    load_clear
    touch "$LOAD/go-on"
    start_process edits edit_list_forever
    for batch in $(seq 1 20); do
        {
            load_names "always-$batch" 1 15 nvidia.com/TU104GL_Tesla_T4
            load_names "never-$batch" 1 15 nvidia.com/TU104GL_Tesla_T44
            load_names "sometimes-$batch" 1 20 intel.com/qat
        } | shuf | load_create
        sleep 0.5
    done
    rm "$LOAD/go-on"
    eventually 10 ended "$(process_id edits)"

    [ "$(wc -l <"$LOAD/results")" -eq 1000 ]
    load_all_were 201 always-
    load_all_were 403 never-
    verdicts_of intel.com/qat sometimes- >verdicts
    [ "$(wc -l <verdicts)" -eq 400 ]
    accepted jq -c 'select(.right | not)' verdicts <<<''
    edits=$(tail -1 "$E2E_DIR/logs/edits.log")
    [ "${edits% edits}" -ge 50 ]
    echo "# $edits; of 400 VMs with a device that came and went," \
        "$(grep -c '"code":201' verdicts) were accepted and $(grep -c '"code":403' verdicts) refused" >&3
}

@test "what was created is there, and nothing else" {
    load_all_exist
    [ "$(kubectl get vm -o name | wc -l)" -eq "$(awk '$2 == 201' "$LOAD/results" | wc -l)" ]
}

@test "an administrator's edit counts for a VM that is created in the next moment" {
    for count in $(seq 1 10); do
        permit "$T4" "8086:$(printf %04x "$count")=example.com/new-$count"
        device_permitted "example.com/new-$count"
    done
}

@test "memory does not grow over 10,000 reviews" {
    permit_documented
    load_clear
    # A dry run is reviewed twice, for its names and for its devices; half are refused.
    reviews() {
        {
            load_names "good-$1" 1 1250 intel.com/qat nvidia.com/TU104GL_Tesla_T4
            load_names "bad-$1" 1 1250 intel.com/gone
        } | shuf | load_try
    }
    reviews warm-up
    replicas_memory >before
    reviews first
    reviews second
    replicas_memory >after
    load_all_were 201 good-
    load_all_were 403 bad-
    paste before after | while read -r number kib _ later; do
        echo "# replica $number: $kib KiB before 10,000 reviews, $later KiB after them" >&3
        # 5,000 reviews a replica: 40 bytes lost in each would be 200 KiB. (Measured: 30 KiB.)
        [ $((later - kib)) -lt 200 ]
    done
}
