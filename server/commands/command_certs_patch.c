/* SPDX-License-Identifier: Apache-2.0 */
/* `certs patch`: tells the API server by which CA it knows the webhook. */
#include "server/commands/certs_options.h"

static bool patch(const struct webhook_certificate *task,
                  const struct certs_cluster_options *options, struct error *err)
{
    (void)options;
    return webhook_certificate_patch(task, err);
}

static int run(const struct command *command, int argc, char **argv)
{
    return certs_run(command, argc, argv, patch);
}

static const struct option patch_options[] = {
    CERTS_CLUSTER_OPTIONS_SECRET,
    CERTS_CLUSTER_OPTIONS_CONFIGURATION,
    CLUSTER_OPTIONS(struct certs_cluster_options, cluster),
};

const struct command command_certs_patch = {
    .name = "certs patch",
    .summary = "Puts the CAs of a Secret into the webhook configurations",
    .description =
        "They become the caBundle of each webhook that is called through a Service, and nothing\n"
        "else is changed. What has them already is left alone.",
    .options = {.options = patch_options, .count = sizeof patch_options / sizeof patch_options[0]},
    .environment = cluster_environment,
    .run = run,
};
