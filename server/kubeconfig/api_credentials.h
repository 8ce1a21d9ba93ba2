/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the CAs, certificates, keys and tokens of a configuration before libcurl gets them: its
 * own messages come only with the first connection, and don't tell much.
 */
#ifndef SERVER_KUBECONFIG_API_CREDENTIALS_H
#define SERVER_KUBECONFIG_API_CREDENTIALS_H

#include "base/error.h"
#include "base/str.h"
#include "server/kubeconfig/cluster_config.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Also that the client's key belongs to its certificate. The error names the file, or which of the
 * inline ones it is, and never shows what is in it.
 */
bool api_credentials_check(const struct cluster_config *config, struct error *err);

/* A service account's token has 1 KiB; those of identity providers that list groups, some more. */
#define API_TOKEN_MAX ((size_t)64 * 1024)

/* Whether `token` can be sent as a bearer token. The error never shows it. */
bool api_credentials_check_token(struct str token, struct error *err);

#endif
