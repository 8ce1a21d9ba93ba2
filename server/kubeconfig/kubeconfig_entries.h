/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster and a user of a kubeconfig. What was read before an error stays in `config`, whose
 * owner clears it. Used by kubeconfig.c only.
 */
#ifndef SERVER_KUBECONFIG_KUBECONFIG_ENTRIES_H
#define SERVER_KUBECONFIG_KUBECONFIG_ENTRIES_H

#include "base/error.h"
#include "server/kubeconfig/cluster_config.h"

#include <jansson.h>
#include <stdbool.h>

/* Server, CA and what else is said of TLS. Paths that are not absolute are behind `folder`. */
bool kubeconfig_read_cluster(const json_t *cluster, const char *folder,
                             struct cluster_config *config, struct error *err);

/* Token and client certificate. */
bool kubeconfig_read_user(const json_t *user, const char *folder, struct cluster_config *config,
                          struct error *err);

#endif
