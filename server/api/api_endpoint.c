/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_endpoint.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* A host name has 253 characters at most (RFC 1035 2.3.4); the path of a proxy is short. */
#define URL_MAX ((size_t)2048)

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}
#define CLEANUP_URL __attribute__((cleanup(cleanup_url)))

static void cleanup_part(char **part)
{
    curl_free(*part);
}
#define CLEANUP_PART __attribute__((cleanup(cleanup_part)))

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

/* "START" "HOST:PORT", with the brackets of an IPv6 address. */
static char *with_address(const char *start, const char *host, const char *port)
{
    bool bare_ipv6 = strchr(host, ':') && host[0] != '[';
    struct text text = TEXT_INIT(URL_MAX);

    text_addf(&text, bare_ipv6 ? "%s[%s]:%s" : "%s%s:%s", start, host, port);
    return take(&text);
}

/*
 * libcurl expects a certificate for the host in the URL, so the name that is expected goes there,
 * and CONNECT_TO ("any host, any port: this one instead") says where it is to be found. The Host
 * header stays that of the address, as in other clients.
 */
static bool rename_host(struct api_endpoint *endpoint, const char *name, const char *host,
                        const char *port, const char *path)
{
    char *to = with_address("::", host, port);
    char *renamed = with_address("https://", name, port);
    struct text base = TEXT_INIT(URL_MAX);

    endpoint->connect_to = to ? curl_slist_append(NULL, to) : NULL;
    endpoint->host_header = with_address("Host: ", host, port);
    if (renamed) {
        text_add(&base, renamed);
        text_add(&base, path);
        endpoint->base = take(&base);
    }
    free(to);
    free(renamed);
    return endpoint->connect_to && endpoint->host_header && endpoint->base;
}

/* What a server's URL is made of. */
static CURLUcode split(CURLU *url, const char *server, char **ret_host, char **ret_port,
                       char **ret_path)
{
    CURLUcode code = curl_url_set(url, CURLUPART_URL, server, 0);

    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_HOST, ret_host, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_PORT, ret_port, CURLU_DEFAULT_PORT);
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_PATH, ret_path, 0);
    return code;
}

static bool fill(struct api_endpoint *endpoint, const struct cluster_config *config,
                 struct error *err)
{
    CLEANUP_URL CURLU *url = curl_url();
    CLEANUP_PART char *host = NULL;
    CLEANUP_PART char *port = NULL;
    CLEANUP_PART char *path = NULL;
    CURLUcode code = url ? split(url, config->server, &host, &port, &path) : CURLUE_OUT_OF_MEMORY;

    if (code == CURLUE_OUT_OF_MEMORY)
        return error_no_memory(err);
    if (code != CURLUE_OK)
        return error_set(err, "the server's address is no URL: %s", curl_url_strerror(code));
    if (!config->tls_server_name)
        endpoint->base = strdup(config->server);
    else if (!rename_host(endpoint, config->tls_server_name, host, port,
                          strcmp(path, "/") == 0 ? "" : path))
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
