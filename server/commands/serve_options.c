/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/serve_options.h"

#include "server/cluster/served_api.h"

/* In the order of the enums and flags that they stand for. */
static const char *const sources[] = {"auto", "hyperconverged", "kubevirt", NULL};
static const char *const modes[] = {"enforce", "warn", NULL};
static const char *const duplicates[] = {"deny", "warn", NULL};
static const char *const absences[] = {"deny", "allow", NULL};
static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

/* An hour: more is a typing error. */
#define SHUTDOWN_SECONDS_MAX 3600

const struct option serve_option_rows[] = {
    {.name = "bind-address",
     .metavar = "HOST:PORT",
     .default_text = ":8443",
     .help = "address to serve on; without HOST every address, IPv4 and IPv6; with port 0\n"
             "one that is free: the first line of the log names the address in use",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, bind_address)},
    {.name = "tls-cert-file",
     .metavar = "FILE",
     .help = "serving certificate with its chain, PEM; followed when it changes",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct serve_options, tls_cert_file)},
    {.name = "tls-private-key-file",
     .metavar = "FILE",
     .help = "its private key, PEM",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct serve_options, tls_private_key_file)},
    {.name = "hyperconverged-file",
     .metavar = "FILE",
     .help = "manifest of the HyperConverged (or KubeVirt) that lists the permitted devices;\n"
             "followed when it changes; without it the cluster's own list is followed",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, hyperconverged_file)},
    CLUSTER_OPTIONS(struct serve_options, cluster),
    {.name = "permitted-from",
     .default_text = "auto",
     .help = "which of the cluster's resources holds the list; auto: HyperConverged where its\n"
             "API is served, else KubeVirt",
     .kind = OPTION_CHOICE,
     .choices = sources,
     .offset = offsetof(struct serve_options, permitted_from)},
    {.name = "mode",
     .default_text = "enforce",
     .help = "warn: every denial becomes a warning",
     .kind = OPTION_CHOICE,
     .choices = modes,
     .offset = offsetof(struct serve_options, mode)},
    {.name = "duplicate-resource-names",
     .default_text = "deny",
     .help = "what becomes of entries of one list that share a resource name; KubeVirt lets\n"
             "several PCI selectors share one, so clusters that use this choose warn",
     .kind = OPTION_CHOICE,
     .choices = duplicates,
     .offset = offsetof(struct serve_options, duplicate_resource_names)},
    {.name = "absent-list",
     .default_text = "deny",
     .help = "what a HyperConverged without permittedHostDevices permits: nothing (deny)\n"
             "or everything (allow)",
     .kind = OPTION_CHOICE,
     .choices = absences,
     .offset = offsetof(struct serve_options, absent_list)},
    {.name = "shutdown-delay",
     .metavar = "SECONDS",
     .default_text = "5",
     .help = "how long new requests are still answered after SIGTERM: API servers learn only\n"
             "some time later that this one is going",
     .kind = OPTION_INTEGER,
     .max = SHUTDOWN_SECONDS_MAX,
     .offset = offsetof(struct serve_options, shutdown_delay)},
    {.name = "shutdown-timeout",
     .metavar = "SECONDS",
     .default_text = "25",
     .help = "how long stopping takes at most, the delay included; then requests in flight are\n"
             "broken off",
     .kind = OPTION_INTEGER,
     .max = SHUTDOWN_SECONDS_MAX,
     .offset = offsetof(struct serve_options, shutdown_timeout)},
    {.name = "log-format",
     .default_text = "text",
     .help = "form of the log on standard error",
     .kind = OPTION_CHOICE,
     .choices = formats,
     .offset = offsetof(struct serve_options, log_format)},
    {.name = "log-level",
     .default_text = "info",
     .help = "the least important events that are logged",
     .kind = OPTION_CHOICE,
     .choices = levels,
     .offset = offsetof(struct serve_options, log_level)},
};

_Static_assert(sizeof serve_option_rows / sizeof serve_option_rows[0] == SERVE_OPTION_COUNT,
               "the header counts the rows");

bool serve_options_check(const struct serve_options *options, struct bind_address *ret_address,
                         struct error *err)
{
    if (!bind_address_parse(options->bind_address, ret_address, err))
        return error_wrap(err, "--bind-address");
    if (options->hyperconverged_file && (options->cluster.kubeconfig || options->cluster.context))
        return error_set(err, "--hyperconverged-file and --kubeconfig are two sources of one list: "
                              "give one of them");
    if (options->hyperconverged_file && options->permitted_from != PERMITTED_FROM_AUTO)
        return error_set(err, "--permitted-from chooses a resource of the cluster, which is not "
                              "asked with --hyperconverged-file: give one of them");
    if (!cluster_options_check(&options->cluster, err))
        return false;
    if (options->shutdown_delay > options->shutdown_timeout)
        return error_set(err,
                         "--shutdown-delay %ld is longer than --shutdown-timeout %ld, which "
                         "includes it",
                         options->shutdown_delay, options->shutdown_timeout);
    return true;
}

struct policy serve_options_policy(const struct serve_options *options)
{
    return (struct policy){
        .warn_only = options->mode == 1,
        .warn_duplicate_resource_names = options->duplicate_resource_names == 1,
        .absent_list_permits_all = options->absent_list == 1,
    };
}
