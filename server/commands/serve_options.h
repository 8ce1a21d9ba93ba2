/* SPDX-License-Identifier: Apache-2.0 */
/* The options of `serve`, as a table and as the values that the rest of it reads. */
#ifndef SERVER_COMMANDS_SERVE_OPTIONS_H
#define SERVER_COMMANDS_SERVE_OPTIONS_H

#include "server/commands/cluster_options.h"
#include "server/commands/options.h"
#include "server/http/bind_address.h"
#include "validators/policy.h"

struct serve_options {
    const char *bind_address;
    const char *tls_cert_file;
    const char *tls_private_key_file;
    const char *hyperconverged_file;
    struct cluster_options cluster;
    int permitted_from;                    /* enum permitted_from */
    long shutdown_delay, shutdown_timeout; /* seconds */
    int mode;
    int duplicate_resource_names;
    int absent_list;
    int log_format; /* enum log_format */
    int log_level;  /* enum log_level */
};

#define SERVE_OPTION_COUNT 14
extern const struct option serve_option_rows[SERVE_OPTION_COUNT];

/* What of the options can be wrong only together, and the address that one of them stands for. */
bool serve_options_check(const struct serve_options *options, struct bind_address *ret_address,
                         struct error *err);

/* How the rules shall judge. */
struct policy serve_options_policy(const struct serve_options *options);

#endif
