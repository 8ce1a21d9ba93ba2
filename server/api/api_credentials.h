/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the CAs, certificates and keys of a configuration before libcurl gets them: its own
 * messages come only with the first connection, and don't tell much.
 */
#ifndef SERVER_API_API_CREDENTIALS_H
#define SERVER_API_API_CREDENTIALS_H

#include "base/error.h"
#include "server/kubeconfig/cluster_config.h"

#include <stdbool.h>

/*
 * Also that the client's key belongs to its certificate. The error names the file, or which of the
 * inline ones it is, and never shows what is in it.
 */
bool api_credentials_check(const struct cluster_config *config, struct error *err);

#endif
