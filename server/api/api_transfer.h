/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libcurl is told of an API server and of each request to it, and the words for what libcurl
 * reports. Used by the client only; one thread.
 */
#ifndef SERVER_API_API_TRANSFER_H
#define SERVER_API_API_TRANSFER_H

#include "base/error.h"
#include "server/api/api_client.h"
#include "server/api/api_endpoint.h"
#include "server/kubeconfig/cluster_config.h"

#include <curl/curl.h>
#include <stdbool.h>

/* A TCP and a TLS handshake take less than a second even around the world. */
#define API_CONNECT_MS 10000L

/* Every option but those of one request. `easy` is new or was reset. False: out of memory. */
bool api_transfer_set_server(CURL *easy, const struct cluster_config *config,
                             const struct api_endpoint *endpoint);

/*
 * The options of one request and its header lines, which the caller frees after it by
 * api_transfer_free_headers(); `token_header` may be NULL. False: out of memory.
 */
bool api_transfer_set_request(CURL *easy, const struct api_endpoint *endpoint,
                              const struct api_request *request, const char *token_header,
                              struct curl_slist **ret_headers);
void api_transfer_free_headers(struct curl_slist *headers); /* wipes; NULL-safe */

/*
 * Lets libcurl write what goes wrong to `detail`, an empty text of CURL_ERROR_SIZE bytes that lives
 * as long as the transfer. False: out of memory.
 */
bool api_transfer_set_detail(CURL *easy, char *detail);

/* Sets the error that `code` means, with that `detail` (escaped here). Returns false. */
bool api_transfer_error(CURL *easy, CURLcode code, const char *detail, struct error *err);

/* What a transfer is at: "waiting for the answer". */
const char *api_transfer_phase(CURL *easy);

#endif
