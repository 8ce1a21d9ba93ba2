# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # what the parts share
# The alerts without a server: what promtool says of them, their cases, and whether the cases notice
# a wrong rule. $work/rules.json has the rules as Prometheus takes them; the cases are in rules/.

component=deploy/components/monitoring
operations=deploy/OPERATIONS.md

rules_extract() {
    yq .spec "$component/rules.yaml" >"$work/rules.json"
    # For the cases: what is repeated in their expectations is the summary, not each word.
    mkdir -p "$work/cases"
    jq '.groups[].rules[].annotations |= {summary}' "$work/rules.json" >"$work/cases/rules.json"
    for file in tests/monitoring/rules/*.yaml; do
        yq . "$file" >"$work/cases/$(basename "$file")"
    done
    jq -r '.groups[].rules[].alert' "$work/rules.json" >"$work/alerts"
}

# Each has what people are told, and a section that says what to do; none of these is left over.
rules_incomplete() {
    jq -r '.groups[].rules[] | select(
        (.annotations | (.summary | length) == 0 or (.description | length) == 0) or
        (.labels.severity | IN("critical", "warning") | not) or
        .annotations.runbook != "deploy/OPERATIONS.md#\(.alert | ascii_downcase)"
    ).alert' "$work/rules.json"
}

rules_differ_from_sections() {
    diff <(sort "$work/alerts") <(sed -n 's/^### \(HostdevWebhook[A-Za-z]*\)$/\1/p' "$operations" | sort)
}

# one_case_file ALERT: only this alert's rule, and only the cases that ask for it, in $work/one/.
one_alert() {
    mkdir -p "$work/one"
    jq --arg alert "$1" '.groups |= map(.rules |= map(select(.alert == $alert)) | select(.rules != []))' \
        "$work/cases/rules.json" >"$work/one/rules.json"
    jq -s --arg alert "$1" '{rule_files: ["rules.json"], evaluation_interval: "1m", tests: (map(.tests) | add |
        map(.alert_rule_test |= map(select(.alertname == $alert)) | select(.alert_rule_test != [])))}' \
        "$work"/cases/*.yaml >"$work/one/cases.json"
}

# changed FILTER: promtool notices what jq's FILTER does to the expectations of one_alert.
is_noticed() {
    jq "$1" "$work/one/cases.json" >"$work/one/changed.json"
    ! cmp -s "$work/one/cases.json" "$work/one/changed.json" || { echo "the filter changes nothing" && return 1; }
    ! "$PROMTOOL" test rules "$work/one/changed.json" >"$work/one/said" 2>&1 && grep -q 'got:' "$work/one/said"
}

# The alerts without a case in which they fire, or in which they don't: when that is taken for the
# contrary, promtool must say so.
alerts_without_cases() {
    local alert
    while read -r alert; do
        one_alert "$alert"
        "$PROMTOOL" test rules "$work/one/cases.json" >/dev/null || echo "$alert: its own cases fail"
        is_noticed '.tests[].alert_rule_test[] |= (select(.exp_alerts != []).exp_alerts = [])' ||
            echo "$alert: no case in which it fires"
        is_noticed '.tests[].alert_rule_test[] |= (select(.exp_alerts == []).exp_alerts = [{exp_labels: {}}])' ||
            echo "$alert: no case in which it does not fire"
    done <"$work/alerts"
}

rules_check() {
    rules_extract
    check "promtool finds the rules good" "$PROMTOOL" check rules "$work/rules.json"
    check "each alert has a summary, a description, a severity and a runbook" nothing rules_incomplete
    check "the runbook's sections are the alerts" rules_differ_from_sections
    for file in "$work"/cases/*.yaml; do
        check "the cases of $(basename "$file")" "$PROMTOOL" test rules "$file"
    done
    check "each alert has cases for both, and a wrong expectation is noticed" nothing alerts_without_cases
}
