# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# All parts, and the programs: $HOSTDEV_WEBHOOK, $PROMETHEUS, $PROMTOOL. To be sourced in the
# project's root.

HOSTDEV_WEBHOOK=${HOSTDEV_WEBHOOK:-build/hostdev-webhook}
tools=$(tests/monitoring/get-prometheus)
eval "$tools"

# shellcheck source=tests/monitoring/lib/check.bash
. tests/monitoring/lib/check.bash
# shellcheck source=tests/monitoring/lib/rules.bash
. tests/monitoring/lib/rules.bash
# shellcheck source=tests/monitoring/lib/servers.bash
. tests/monitoring/lib/servers.bash
# shellcheck source=tests/monitoring/lib/traffic.bash
. tests/monitoring/lib/traffic.bash
# shellcheck source=tests/monitoring/lib/queries.bash
. tests/monitoring/lib/queries.bash
# shellcheck source=tests/monitoring/lib/logs.bash
. tests/monitoring/lib/logs.bash
