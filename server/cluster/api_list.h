/* SPDX-License-Identifier: Apache-2.0 */
/* All objects of a kind in all namespaces, page by page, as of one moment. */
#ifndef SERVER_CLUSTER_API_LIST_H
#define SERVER_CLUSTER_API_LIST_H

#include "base/text.h"
#include "server/api/api_read.h"
#include "server/cluster/object_store.h"

/*
 * Reads the objects of `kind` from the API server's newest state (resourceVersion unset), into a
 * store that the caller owns. When a token to continue has expired, it begins anew. NULL: `err`
 * says why.
 */
struct object_store *api_list(struct api_reads *reads, const struct kind *kind, struct error *err);

/* Adds "/apis/GROUP/VERSION/RESOURCE". */
void api_list_add_path(struct text *path, const struct kind *kind);

#endif
