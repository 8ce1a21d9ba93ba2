# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What every scenario uses: waiting for something, comparing what a command prints, a story's end
# at its first failed step. All state is in files below $E2E_DIR, as bats runs each test in a shell
# of its own.

# Says what went wrong and fails.
fail() {
    printf '%s\n' "$@" >&2
    return 1
}

# eventually SECONDS COMMAND…: repeats the command until it succeeds; at the end of the time its
# last output is shown.
eventually() {
    local seconds=$1 output end
    shift
    end=$((${EPOCHREALTIME/[.,]/} + seconds * 1000000))
    until output=$("$@" 2>&1); do
        if [ "${EPOCHREALTIME/[.,]/}" -gt "$end" ]; then
            fail "not within $seconds s: $*" "$output"
            return 1
        fi
        sleep 0.1
    done
}

# prints COMMAND… <<'END': what the command prints (both streams) is exactly the text on standard
# input. Its exit code is in $exit_code.
prints() {
    local expected actual
    expected=$(cat)
    exit_code=0
    actual=$("$@" 2>&1 </dev/null) || exit_code=$?
    [ "$actual" = "$expected" ] || {
        diff <(echo "$expected") <(echo "$actual") >&2
        fail "(< expected, > printed by: $*)"
    }
}

# accepted COMMAND… / refused COMMAND…: `prints`, and the command's exit code is 0, or is not.
accepted() {
    prints "$@" || return 1
    [ "$exit_code" -eq 0 ] || fail "exit code $exit_code, not 0: $*"
}

refused() {
    prints "$@" || return 1
    [ "$exit_code" -ne 0 ] || fail "exit code 0: $*"
}

# fails COMMAND…: (A mere "!" before a command never ends a test.)
fails() {
    local output
    ! output=$("$@" 2>&1) || fail "succeeded: $*" "$output"
}

# A process's end: gone, or only not yet collected by its parent.
ended() {
    [ ! -e "/proc/$1/stat" ] || [ "$(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null || echo Z)" = Z ]
}

# stop_process PID SECONDS: SIGTERM, and SIGKILL with a failure when that took too long.
stop_process() {
    kill -TERM "$1" 2>/dev/null || return 0
    eventually "$2" ended "$1" || {
        kill -KILL "$1"
        fail "process $1 did not end within $2 s of SIGTERM"
    }
}

# --- a story ----------------------------------------------------------------------------------

# The steps of a file build on each other: after one has failed, the rest are skipped. Each has an
# empty folder to work in, so that file names in what kubectl prints are short.
setup() {
    # bats follows every command of every function, which makes these slow; the failing line of the
    # scenario is enough.
    set +T
    set -o pipefail
    cd "$BATS_TEST_TMPDIR" || return 1
    [ ! -e "$BATS_FILE_TMPDIR/failed" ] || skip "a step before this one has failed"
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED:-}" ] || {
        touch "$BATS_FILE_TMPDIR/failed"
        load_give_up
    }
}
