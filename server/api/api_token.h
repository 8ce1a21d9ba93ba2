/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bearer token of an API client, as the header line that carries it. A kubelet replaces the
 * token of a pod before it expires, so a token file is read again each minute. One thread.
 */
#ifndef SERVER_API_API_TOKEN_H
#define SERVER_API_API_TOKEN_H

#include "base/error.h"
#include "server/kubeconfig/cluster_config.h"

#include <stdbool.h>

/* The kubelet rotates when 80 % of the life are over, of 10 minutes at least: in time. */
#define API_TOKEN_REREAD_MS 60000

struct api_token {
    const char *file;     /* borrowed; NULL: the token does not change */
    char *header;         /* owned: "Authorization: Bearer …"; NULL: none known, or none wanted */
    long long read_at_ms; /* when `header` came from `file`, on the caller's clock */
};

/*
 * Takes over what `config`, borrowed, says; a file is not read yet. The error of an unusable token
 * names its fault, never the token.
 */
bool api_token_init(struct api_token *token, const struct cluster_config *config,
                    struct error *err);
void api_token_clear(struct api_token *token); /* wipes; NULL-safe for an empty one */

/*
 * Reads the file when that is due: no token yet, or a minute since `read_at_ms`. When it can't be
 * used, the last good token stays; an error, which names the file, only if there is none.
 */
bool api_token_renew(struct api_token *token, long long now_ms, struct error *err);

/* Reads the file in any case, for a token that was refused. True: it holds another one now. */
bool api_token_reread(struct api_token *token, long long now_ms);

#endif
