# SPDX-License-Identifier: Apache-2.0
# $1 is the script, $2 a line behind the program's name: prints what zsh offers, a word a line. A
# zsh of its own, on a terminal of its own, completes the line; compadd is what offers words there.
zmodload zsh/zpty
setopt rcquotes

zpty shell zsh -f -i
{
    zpty -w shell 'PROMPT= RPROMPT= ; unset zle_bracketed_paste; stty -echo
autoload -Uz compinit && compinit -u -d ~/dump
source '${(q)1}'
compadd() {
    local -a offered; local word
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    builtin compadd -A offered "$@"
    for word in $offered; do
        [[ -d $word ]] && word+=/
        print -r -- "<$word>"
    done
    builtin compadd "$@"
}
complete-and-end() { print "<""start>"; zle complete-word; print "<""end>"; exit }
zle -N complete-and-end; bindkey "^X" complete-and-end
print "<""ready>"'
    zpty -r -m shell line '*<ready>*' || exit 1
    zpty -w -n shell "hostdev-webhook $2"$'\C-X'
    zpty -r -m shell line '*<end>*' || exit 1
} always {
    zpty -d shell
}
line=${line#*<start>}
for word in ${(f)${line//$'\r'/}}; do
    [[ $word == '<end>' ]] && break
    [[ $word == '<'*'>' ]] && print -r -- ${${word#<}%>}
done
exit 0
