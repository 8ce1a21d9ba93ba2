# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # what the parts share
# What the dashboard and the alerts ask, asked of the Prometheus that scraped.

dashboard=$component/dashboard.json

# Grafana's variables, as it would fill them in for a look at the last minutes.
filled_in() {
    # shellcheck disable=SC2016 # they are Grafana's
    sed 's/\$__rate_interval/1m/g; s/\$__range/5m/g'
}

# title <tab> query, of each query of each panel.
dashboard_queries() {
    jq -r '.panels[] | .title as $title | .targets[]? | [$title, .expr] | @tsv' "$dashboard" | filled_in
}

# name <tab> query of each alert, as Prometheus itself understood them.
alert_queries() {
    curl --silent --fail "http://$prometheus/api/v1/rules" |
        jq -r '.data.groups[].rules[] | [.name, .query] | @tsv'
}

# Series with a number: a quantile of nothing is none.
gives_numbers() {
    query "$1" >"$work/answer" || { cat "$work/answer" && return 1; }
    jq -e '[.data.result[].value[1] | select(. != "NaN")] | length > 0' "$work/answer" >/dev/null || {
        echo "no series: $1"
        return 1
    }
}

succeeds() {
    query "$1" >"$work/answer" || { echo "$1" && cat "$work/answer" && return 1; }
}

# Each metric, with its labels, that the dashboard or an alert names. An alert with a misspelt one
# would never fire, and nobody would notice.
selectors() {
    { dashboard_queries && alert_queries; } | grep -oE 'hostdev_webhook_[a-z_]+\{[^}]*\}' | sort -u
}

dashboard_answers() {
    local title expression
    while IFS=$'\t' read -r title expression; do
        gives_numbers "$expression" || return 1
    done < <(dashboard_queries)
}

# Every panel has a place and an id of its own, a query and the dashboard's data source.
dashboard_faults() {
    jq -r '[.panels[].id] | group_by(.)[] | select(length > 1) | "the id \(.[0]) twice"' "$dashboard"
    jq -r '[.panels[].title] | group_by(.)[] | select(length > 1) | "the title \(.[0]) twice"' "$dashboard"
    jq -r '.panels[] | select(.type != "row") | select((.targets | length) == 0 or
        ([.datasource, .targets[].datasource] | unique) != [{type: "prometheus", uid: "${datasource}"}]
        or .gridPos.x + .gridPos.w > 24) | "\(.title): query, data source or place"' "$dashboard"
    jq -r '[.panels[] | {title} + .gridPos] as $p | $p[] as $a | $p[] as $b |
        select($a.title < $b.title and $a.x < $b.x + $b.w and $b.x < $a.x + $a.w and
            $a.y < $b.y + $b.h and $b.y < $a.y + $a.h) | "\($a.title) lies on \($b.title)"' "$dashboard"
}
