# SPDX-License-Identifier: Apache-2.0
# $1 is the script, $2 a line behind the program's name: prints what fish offers, a word a line.
source $argv[1]
complete -C "hostdev-webhook $argv[2]" | string split -f 1 \t
