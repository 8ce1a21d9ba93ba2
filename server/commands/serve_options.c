/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/serve_options.h"

#include "certs/client_names.h"
#include "server/cluster/served_api.h"

#include <string.h>

/* In the order of the enums and flags that they stand for. */
static const char *const sources[] = {"auto", "hyperconverged", "kubevirt", NULL};
static const char *const modes[] = {"enforce", "warn", NULL};
static const char *const duplicates[] = {"deny", "warn", NULL};
static const char *const absences[] = {"deny", "allow", NULL};
static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

/* An hour: more is a typing error. */
#define SHUTDOWN_SECONDS_MAX 3600
#define PHASE_SECONDS_MAX 3600

/* clang-format off */
#define PHASE_OPTION(the_name, the_default, phase, the_help)                                       \
    {.name = (the_name), .metavar = "SECONDS", .default_text = (the_default), .help = (the_help),  \
     .kind = OPTION_INTEGER, .min = 1, .max = PHASE_SECONDS_MAX,                                   \
     .offset = offsetof(struct serve_options, seconds[phase])}
/* clang-format on */

/* An ordinary review takes half of it: some 50 KiB to read, and what an answer may take at most. */
#define MEMORY_MIN (1024L * 1024)
#define MEMORY_MAX (1024L * 1024 * 1024 * 1024)

const struct option serve_option_rows[] = {
    {.name = "bind-address",
     .metavar = "HOST:PORT",
     .default_text = ":8443",
     .help = "address to serve on; without HOST every address, IPv4 and IPv6; with port 0\n"
             "one that is free: the first line of the log names the address in use",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, bind_address)},
    {.name = "metrics-bind-address",
     .metavar = "HOST:PORT",
     .default_text = ":8081",
     .help = "address of /livez, /readyz and /metrics over plain HTTP, for kubelets and\n"
             "Prometheus; 0 turns it off",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, metrics_bind_address)},
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
    {.name = "client-ca-file",
     .metavar = "FILE",
     .help = "CAs, PEM, one of which must have issued the certificate that every client then\n"
             "has to present; followed when it changes; the plain port asks for none",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, client_ca_file)},
    {.name = "client-names",
     .metavar = "NAME[,NAME...]",
     .help = "clients that are let in: one NAME is the certificate's common name or one of\n"
             "its DNS names; without it every client with a certificate by the CAs",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, client_names)},
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
     .help = "what becomes of a fault; warn: every denial becomes a warning",
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
    {.name = "max-request-memory",
     .metavar = "SIZE",
     .default_text = "128Mi",
     .help = "the most that all requests together may take, with their bodies, what is read\n"
             "of them and the answers, as 512Mi, 1Gi or bytes; beyond it the answer is 429",
     .kind = OPTION_BYTES,
     .min = MEMORY_MIN,
     .max = MEMORY_MAX,
     .offset = offsetof(struct serve_options, max_request_memory)},
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
    PHASE_OPTION("tls-handshake-timeout", "10", PHASE_HANDSHAKE,
                 "how long a TLS handshake may take"),
    PHASE_OPTION("header-timeout", "10", PHASE_HEADER,
                 "how long the head of a request may take, from its first byte"),
    PHASE_OPTION("body-timeout", "30", PHASE_BODY, "how long the body of a request may take"),
    PHASE_OPTION("reply-timeout", "30", PHASE_REPLY,
                 "how long a client may take to receive its answer"),
    PHASE_OPTION("idle-timeout", "120", PHASE_IDLE,
                 "how long a connection without a request is kept; kube-apiserver keeps its\n"
                 "own for 90 s and loses a request that it sends into one that just ended"),
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

static bool read_addresses(const struct serve_options *options,
                           struct serve_addresses *ret_addresses, struct error *err)
{
    if (!bind_address_parse(options->bind_address, &ret_addresses->https, err))
        return error_wrap(err, "--bind-address");
    ret_addresses->has_probes = strcmp(options->metrics_bind_address, "0") != 0;
    if (ret_addresses->has_probes &&
        !bind_address_parse(options->metrics_bind_address, &ret_addresses->probes, err))
        return error_wrap(err, "--metrics-bind-address");
    return true;
}

static bool check_clients(const struct serve_options *options, struct error *err)
{
    if (options->client_names && !options->client_ca_file)
        return error_set(err, "--client-names are compared with certificates, which are only asked "
                              "for with --client-ca-file");
    return certs_client_names_check(str_from(options->client_names), err) ||
           error_wrap(err, "--client-names");
}

bool serve_options_check(const struct serve_options *options, struct serve_addresses *ret_addresses,
                         struct error *err)
{
    if (!read_addresses(options, ret_addresses, err) || !check_clients(options, err))
        return false;
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

struct phase_limits serve_options_limits(const struct serve_options *options)
{
    struct phase_limits limits = {{0}};

    for (int i = 0; i < PHASE_COUNT; i++)
        limits.seconds[i] = (unsigned)options->seconds[i];
    return limits;
}
