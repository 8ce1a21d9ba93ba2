/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` can be told: its options as a table, and what they mean. */
#ifndef SERVER_COMMANDS_CHECK_OPTIONS_H
#define SERVER_COMMANDS_CHECK_OPTIONS_H

#include "server/check/report.h"
#include "server/commands/options.h"
#include "validators/policy.h"

struct check_options {
    int output;
    const char *hyperconverged;
    const char *files_dir;
    int fail_on;
    int duplicate_resource_names;
    int absent_list;
    bool fix;
    bool dry_run;
    struct operands operands;
};

#define CHECK_OPTION_COUNT 8
extern const struct option check_option_rows[CHECK_OPTION_COUNT];

/* What of the options can be wrong only together. */
bool check_options_check(const struct check_options *options, struct error *err);

/* How the rules shall judge. */
struct policy check_options_policy(const struct check_options *options);

/* In which form, and whether warnings fail. */
const struct report_format *check_options_format(const struct check_options *options);
bool check_options_fail_on_warnings(const struct check_options *options);

#endif
