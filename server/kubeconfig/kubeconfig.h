/* SPDX-License-Identifier: Apache-2.0 */
/* What a kubeconfig says: its text in, a cluster_config out, without I/O. Thread-safe. */
#ifndef SERVER_KUBECONFIG_KUBECONFIG_H
#define SERVER_KUBECONFIG_KUBECONFIG_H

#include "base/error.h"
#include "base/str.h"
#include "server/kubeconfig/cluster_config.h"

#include <stdbool.h>

/*
 * Follows `context` (NULL: the current-context) in `text`. Paths that are not absolute are put
 * behind `folder`. The error names the entry, such as `user "admin"`, and shows no secret.
 */
bool kubeconfig_read(struct str text, const char *folder, const char *context,
                     struct cluster_config *ret_config, struct error *err);

#endif
