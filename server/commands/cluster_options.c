/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/cluster_options.h"

bool cluster_options_load(const struct cluster_options *options, struct cluster_config *ret_config,
                          struct error *err)
{
    if (options->kubeconfig)
        return cluster_config_from_kubeconfig(options->kubeconfig, options->context, ret_config,
                                              err);
    if (options->context)
        return error_set(err, "--context chooses from a kubeconfig: give --kubeconfig too");
    return cluster_config_from_pod(ret_config, err);
}
