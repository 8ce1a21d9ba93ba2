# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # what the parts share
# Counting what holds, waiting for something, and ending what was started.

passed=0 failed=0 started=()
work=$(mktemp -d)

end() {
    local pid
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    # The servers go on for five seconds, as for API servers that have not heard of their end yet.
    for pid in "${started[@]}"; do
        eventually 30 has_ended "$pid" || kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap end EXIT

has_ended() { ! kill -0 "$1" 2>/dev/null; }

# check WHAT COMMAND…: counts whether the command succeeds, and shows what it said if not.
check() {
    local what=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        sed 's/^/        /' "$work/output"
    fi
}

summary() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# eventually SECONDS COMMAND…: repeats it until it succeeds; its last output is shown when it doesn't.
eventually() {
    local end=$((SECONDS + $1)) output
    shift
    until output=$("$@" 2>&1); do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "in vain: $*" >&2
            echo "$output" >&2
            return 1
        fi
        sleep 0.2
    done
}

# nothing COMMAND…: it prints nothing. (What it prints is what is wrong.)
nothing() {
    local output
    output=$("$@") || return 1
    [ -z "$output" ] || { echo "$output" && return 1; }
}
