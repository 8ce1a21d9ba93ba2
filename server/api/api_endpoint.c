/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_endpoint.h"

#include "base/text.h"
#include "server/kubeconfig/server_url.h"

#include <stdlib.h>
#include <string.h>

void api_endpoint_clear(struct api_endpoint *endpoint)
{
    free(endpoint->base);
    free(endpoint->host_header);
    curl_slist_free_all(endpoint->connect_to);
    *endpoint = (struct api_endpoint){.base = NULL};
}

/* Takes the text out; NULL: it did not fit or memory ran out. */
static char *take(struct text *text)
{
    char *taken = text->failed || text->truncated ? NULL : text->data;

    if (!taken)
        text_free(text);
    return taken;
}

/* "START" "HOST:PORT" "END" */
static char *with_address(const char *start, const char *host, const char *port, const char *end)
{
    struct text text = TEXT_INIT(SERVER_URL_MAX);

    text_add(&text, start);
    server_url_add_address(&text, host, port);
    text_add(&text, end);
    return take(&text);
}

/*
 * libcurl expects a certificate for the host in the URL, so the name that is expected goes there,
 * and CONNECT_TO ("any host, any port: this one instead") says where it is to be found. The Host
 * header stays that of the address, as in other clients.
 */
static bool rename_host(struct api_endpoint *endpoint, const char *name,
                        const struct server_parts *server)
{
    char *to = with_address("::", server->host, server->port, "");

    endpoint->connect_to = to ? curl_slist_append(NULL, to) : NULL;
    endpoint->host_header = with_address("Host: ", server->host, server->port, "");
    endpoint->base = with_address("https://", name, server->port, server->path);
    free(to);
    return endpoint->connect_to && endpoint->host_header && endpoint->base;
}

static bool fill(struct api_endpoint *endpoint, const struct cluster_config *config,
                 struct error *err)
{
    CLEANUP_SERVER_PARTS struct server_parts server = {.host = NULL};

    if (!server_url_split(config->server, &server, err))
        return error_wrap(err, "the server's address");
    if (!config->tls_server_name)
        endpoint->base = strdup(config->server);
    else if (!rename_host(endpoint, config->tls_server_name, &server))
        return error_no_memory(err);
    return endpoint->base || error_no_memory(err);
}

bool api_endpoint_init(struct api_endpoint *endpoint, const struct cluster_config *config,
                       struct error *err)
{
    *endpoint = (struct api_endpoint){.base = NULL};
    if (fill(endpoint, config, err))
        return true;
    api_endpoint_clear(endpoint);
    return false;
}
