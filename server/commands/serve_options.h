/* SPDX-License-Identifier: Apache-2.0 */
/* The options of `serve`, as a table and as the values that the rest of it reads. */
#ifndef SERVER_COMMANDS_SERVE_OPTIONS_H
#define SERVER_COMMANDS_SERVE_OPTIONS_H

#include "server/commands/cluster_options.h"
#include "server/commands/options.h"
#include "server/http/bind_address.h"
#include "server/http/deadlines.h"
#include "validators/policy.h"

struct serve_options {
    const char *bind_address;
    const char *metrics_bind_address;
    const char *tls_cert_file;
    const char *tls_private_key_file;
    const char *client_ca_file;
    const char *client_names;
    const char *hyperconverged_file;
    struct cluster_options cluster;
    int permitted_from;                    /* enum permitted_from */
    long shutdown_delay, shutdown_timeout; /* seconds */
    long seconds[PHASE_COUNT];             /* that a phase of a connection may take */
    size_t max_request_memory;             /* bytes */
    int mode;
    int duplicate_resource_names;
    int absent_list;
    int log_format; /* enum log_format */
    int log_level;  /* enum log_level */
};

#define SERVE_OPTION_COUNT 23
extern const struct option serve_option_rows[SERVE_OPTION_COUNT];

/* The addresses that options stand for. */
struct serve_addresses {
    struct bind_address https;
    bool has_probes;
    struct bind_address probes;
};

/* What of the options can be wrong only together, and the addresses. */
bool serve_options_check(const struct serve_options *options, struct serve_addresses *ret_addresses,
                         struct error *err);

/* How the rules shall judge. */
struct policy serve_options_policy(const struct serve_options *options);

/* How long what clients do may take. */
struct phase_limits serve_options_limits(const struct serve_options *options);

#endif
