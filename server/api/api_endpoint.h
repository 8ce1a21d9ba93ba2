/* SPDX-License-Identifier: Apache-2.0 */
/* Where the requests of an API client go, in the terms of libcurl. Used by the client only. */
#ifndef SERVER_API_API_ENDPOINT_H
#define SERVER_API_API_ENDPOINT_H

#include "base/error.h"
#include "server/kubeconfig/cluster_config.h"

#include <curl/curl.h>
#include <stdbool.h>

/* Each is owned. */
struct api_endpoint {
    char *base;                    /* a request's URL up to its path */
    char *host_header;             /* with a tls_server_name, which is then in `base`, … */
    struct curl_slist *connect_to; /* … and where that is to be found */
};

bool api_endpoint_init(struct api_endpoint *endpoint, const struct cluster_config *config,
                       struct error *err);
void api_endpoint_clear(struct api_endpoint *endpoint);

#endif
