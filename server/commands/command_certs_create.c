/* SPDX-License-Identifier: Apache-2.0 */
/* `certs create`: the webhook's certificate as a Secret of the cluster. */
#include "server/commands/certs_options.h"

static bool create(const struct webhook_certificate *task,
                   const struct certs_cluster_options *options, struct error *err)
{
    (void)options;
    return webhook_certificate_create(task, err);
}

static int run(const struct command *command, int argc, char **argv)
{
    return certs_run(command, argc, argv, create);
}

static const struct option create_options[] = {
    CERTS_CLUSTER_OPTIONS_SECRET,
    CERTS_NEW_OPTIONS(struct certs_cluster_options, make),
    CLUSTER_OPTIONS(struct certs_cluster_options, cluster),
};

const struct command command_certs_create = {
    .name = "certs create",
    .summary = "Makes a certificate and puts it into a Secret of the cluster",
    .description =
        "The CA's key is thrown away as soon as the certificate is signed: a renewal makes a new\n"
        "CA. A Secret that is there and holds a good certificate for these hosts is left alone;\n"
        "one that is not good is an error: \"certs renew\" replaces it.",
    .options = {.options = create_options,
                .count = sizeof create_options / sizeof create_options[0]},
    .environment = cluster_environment,
    .run = run,
};
