/* SPDX-License-Identifier: Apache-2.0 */
/* `certs renew`: a new certificate and CA in good time, without a request that fails. */
#include "server/commands/certs_options.h"

static bool renew(const struct webhook_certificate *task,
                  const struct certs_cluster_options *options, struct error *err)
{
    return webhook_certificate_renew(task, options->force, err);
}

static int run(const struct command *command, int argc, char **argv)
{
    return certs_run(command, argc, argv, renew);
}

static const struct option renew_options[] = {
    CERTS_CLUSTER_OPTIONS_SECRET,
    CERTS_CLUSTER_OPTIONS_CONFIGURATION,
    CERTS_NEW_OPTIONS(struct certs_cluster_options, make),
    {.name = "settle",
     .metavar = "SECONDS",
     .default_text = "10",
     .help = "how long to wait, between trusting the new CA and using the new certificate, until\n"
             "every replica of the API server trusts it",
     .kind = OPTION_INTEGER,
     .min = 0,
     .max = 600,
     .offset = offsetof(struct certs_cluster_options, settle)},
    {.name = "force",
     .help = "renew although nothing is due",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct certs_cluster_options, force)},
    CLUSTER_OPTIONS(struct certs_cluster_options, cluster),
};

const struct command command_certs_renew = {
    .name = "certs renew",
    .summary = "Renews the certificate in a Secret and the CA that is trusted for it",
    .description =
        "Does nothing until half of the certificate's life (or its CA's) is over, so that a daily\n"
        "run renews one of six days or more before two thirds are over; one that has expired, is\n"
        "broken or is for other hosts is replaced at once. The new CA is trusted first, beside\n"
        "the old one, which stays trusted until the next renewal: no request fails. A Secret that\n"
        "is not there is created, its CA trusted first as well. A run that was broken off is\n"
        "completed by the next one. When nothing is due, it does what \"certs patch\" does.",
    .options = {.options = renew_options, .count = sizeof renew_options / sizeof renew_options[0]},
    .environment = cluster_environment,
    .run = run,
};
