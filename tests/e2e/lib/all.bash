# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Everything in this folder, for `story` and, by `load lib/all`, for the scenarios.
# shellcheck disable=SC1090,SC1091
for file in common apiserver crds pods webhook objects load; do
    . "$E2E_HERE/lib/$file.bash"
done
unset file
