/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/cluster_options.h"

const struct described cluster_environment[] = {
    {"KUBERNETES_SERVICE_HOST", "the API server's address, which Kubernetes sets in a pod; read\n"
                                "without --kubeconfig (KUBECONFIG is not read)"},
    {"KUBERNETES_SERVICE_PORT", "its port, likewise"},
    {NULL, NULL},
};

bool cluster_options_check(const struct cluster_options *options, struct error *err)
{
    return options->kubeconfig || !options->context ||
           error_set(err, "--context chooses from a kubeconfig: give --kubeconfig too");
}

bool cluster_options_load(const struct cluster_options *options, struct cluster_config *ret_config,
                          struct error *err)
{
    if (options->kubeconfig)
        return cluster_config_from_kubeconfig(options->kubeconfig, options->context, ret_config,
                                              err);
    return cluster_config_from_pod(ret_config, err);
}

const char *cluster_options_warning(const struct cluster_config *config)
{
    return config->insecure_skip_tls_verify
               ? "the API server's certificate is not checked, as the kubeconfig has "
                 "insecure-skip-tls-verify: true: who is between can read the token and answer "
                 "instead; give certificate-authority"
               : NULL;
}
