# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What replicas with --log-format=json log.

# log_is_json LOG: each line is an object by itself, with what every event has.
log_is_json() {
    jq -e . "$1" >/dev/null &&
        jq -nRe '[inputs | fromjson | .time, .level, .message] | length > 0 and all(type == "string" and . != "")' "$1"
}

# denials_say_all LOG: who was refused what, and by which list.
denials_say_all() {
    jq -ne '[inputs | select(.message == "denied") | .uid, .user, .rule, .list_version] |
        length > 0 and all(type == "string" and . != "")' "$1"
}
