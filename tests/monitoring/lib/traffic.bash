# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # what the parts share
# Requests as API servers send them, from fixtures/, and as others do.

as_client=()

# reviews NAME FOLDER…: sends each fixture to the replica, on one connection.
reviews() {
    local name=$1 folder path separator=
    shift
    for folder in "$@"; do
        case ${folder##*/} in
        patch-*) path=mutate ;;
        *) path=validate ;;
        esac
        printf '%s\n' $separator "url = \"https://localhost/$path?timeout=5s\"" \
            "data-binary = \"@$folder/request.json\"" 'header = "Content-Type: application/json"' \
            "cacert = \"$work/$name/ca.crt\"" "connect-to = \"::${https[$name]}\"" \
            'output = "/dev/null"' silent show-error "${as_client[@]}"
        separator=next
    done | curl --config -
}

# answered NAME CODE CURL'S-ARGUMENTS…: a request that gets this answer.
answered() {
    local name=$1 expected=$2 code
    shift 2
    code=$(curl --silent --output /dev/null --write-out '%{http_code}' --cacert "$work/$name/ca.crt" \
        --connect-to "::${https[$name]}" "$@") || true
    [ "$code" = "$expected" ] || { echo "$code instead of $expected: $*" >&2 && return 1; }
}

# strangers NAME: what no API server sends.
strangers() {
    local json='Content-Type: application/json' url=https://localhost
    answered "$1" 404 "$url/nothing"
    answered "$1" 405 "$url/validate"
    answered "$1" 415 --data '{}' "$url/validate"
    answered "$1" 400 --header "$json" --data '{"cut' "$url/validate"
    answered "$1" 400 --header "$json" --data '{}' "$url/validate"
    # No TLS at all.
    answered "$1" 000 --http0.9 "http://localhost/"
}

dangling=()

# dangle NAME COUNT: that many connections on which nothing is said, held by this shell.
dangle() {
    local fd i
    for ((i = 0; i < $2; i++)); do
        exec {fd}<>"/dev/tcp/${https[$1]/://}"
        dangling+=("$fd")
    done
}

undangle() {
    local fd
    for fd in "${dangling[@]}"; do
        exec {fd}>&-
    done
    dangling=()
}
