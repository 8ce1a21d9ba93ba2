# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# $1 is the script, $2 a line behind the program's name: prints what bash offers, a word a line.
# As readline does: words are broken at =, which is a word of its own.
# shellcheck disable=SC1090 # it is made
source "$1"

line=${2//=/ = }
read -ra COMP_WORDS <<<"hostdev-webhook $line"
[[ $line == *' ' || -z $line ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))

# What readline is asked to do by itself.
compopt() {
    local word=${COMP_WORDS[COMP_CWORD]}
    case $2 in
    default) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    dirnames) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    esac
    local i
    for i in "${!COMPREPLY[@]}"; do
        [[ ! -d ${COMPREPLY[i]} ]] || COMPREPLY[i]+=/
    done
}

complete -p hostdev-webhook >/dev/null || exit 1
_hostdev_webhook hostdev-webhook "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
