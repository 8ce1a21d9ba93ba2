/* SPDX-License-Identifier: Apache-2.0 */
#include "server/kubeconfig/server_url.h"

#include "base/str.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}
#define CLEANUP_URL __attribute__((cleanup(cleanup_url)))

static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    bool has = curl_url_get(url, part, &value, 0) == CURLUE_OK;

    curl_free(value);
    return has;
}

/* What an API server's address has no use for. */
static const struct {
    CURLUPart part;
    const char *what;
} unwanted[] = {
    {CURLUPART_USER, "a user (\"USER@\"): use a token or a client certificate"},
    {CURLUPART_PASSWORD, "a password: use a token or a client certificate"},
    {CURLUPART_QUERY, "a query (\"?\"): remove it"},
    {CURLUPART_FRAGMENT, "a fragment (\"#\"): remove it"},
};

static bool check_parts(CURLU *url, struct error *err)
{
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
        if (has_part(url, unwanted[i].part))
            return error_set(err, "has %s", unwanted[i].what);
    }
    return true;
}

static bool check_scheme(struct str text, struct error *err)
{
    if (str_equal_ignoring_case(str_slice(text, 0, 8), STR("https://")))
        return true;
    if (str_equal_ignoring_case(str_slice(text, 0, 7), STR("http://")))
        return error_set(err, "is http, which would send the token in the clear: use https");
    return error_set(err, "does not begin with https:// (\"https://HOST:PORT\")");
}

/* A copy without the slash at its end. */
static char *take_plain(CURLU *url, struct error *err)
{
    char *whole = NULL;
    size_t len;
    char *plain;

    if (curl_url_get(url, CURLUPART_URL, &whole, 0) != CURLUE_OK) {
        error_no_memory(err);
        return NULL;
    }
    len = strlen(whole);
    while (len > 0 && whole[len - 1] == '/')
        len--;
    plain = strndup(whole, len);
    curl_free(whole);
    if (!plain)
        error_no_memory(err);
    return plain;
}

char *server_url_read(const char *text, struct error *err)
{
    CLEANUP_URL CURLU *url = curl_url();
    CURLUcode code;

    if (!url) {
        error_no_memory(err);
        return NULL;
    }
    if (!check_scheme(str_from(text), err))
        return NULL;
    if (strlen(text) > SERVER_URL_MAX) {
        error_set(err, "is longer than %zu bytes", SERVER_URL_MAX);
        return NULL;
    }
    code = curl_url_set(url, CURLUPART_URL, text, 0);
    if (code == CURLUE_OUT_OF_MEMORY)
        error_no_memory(err);
    else if (code != CURLUE_OK)
        error_set(err, "is no URL: %s", curl_url_strerror(code));
    else if (check_parts(url, err))
        return take_plain(url, err);
    return NULL;
}

void server_url_add_address(struct text *text, const char *host, const char *port)
{
    bool bare_ipv6 = strchr(host, ':') && host[0] != '[';

    text_addf(text, bare_ipv6 ? "[%s]:%s" : "%s:%s", host, port);
}

char *server_url_from_host(const char *host, const char *port, struct error *err)
{
    CLEANUP_TEXT struct text url = TEXT_INIT(SERVER_URL_MAX);

    text_add(&url, "https://");
    server_url_add_address(&url, host, port);
    if (url.failed) {
        error_no_memory(err);
        return NULL;
    }
    return server_url_read(text_get(&url), err);
}

/* --- taking apart ---------------------------------------------------------------------------- */

static CURLUcode take_part(CURLU *url, CURLUPart part, unsigned flags, char **ret_part)
{
    char *value = NULL;
    CURLUcode code = curl_url_get(url, part, &value, flags);

    if (code == CURLUE_OK) {
        *ret_part = strdup(value);
        code = *ret_part ? CURLUE_OK : CURLUE_OUT_OF_MEMORY;
    }
    curl_free(value);
    return code;
}

static CURLUcode split(CURLU *url, const char *text, struct server_parts *parts)
{
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, 0);

    if (code == CURLUE_OK)
        code = take_part(url, CURLUPART_HOST, 0, &parts->host);
    if (code == CURLUE_OK)
        code = take_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, &parts->port);
    if (code == CURLUE_OK)
        code = take_part(url, CURLUPART_PATH, 0, &parts->path);
    if (code == CURLUE_OK && strcmp(parts->path, "/") == 0)
        parts->path[0] = '\0';
    return code;
}

bool server_url_split(const char *url, struct server_parts *ret_parts, struct error *err)
{
    CLEANUP_URL CURLU *curl = curl_url();
    struct server_parts parts = {.host = NULL};
    CURLUcode code = curl ? split(curl, url, &parts) : CURLUE_OUT_OF_MEMORY;

    if (code == CURLUE_OK) {
        *ret_parts = parts;
        return true;
    }
    server_parts_clear(&parts);
    return code == CURLUE_OUT_OF_MEMORY ? error_no_memory(err)
                                        : error_set(err, "is no URL: %s", curl_url_strerror(code));
}

void server_parts_clear(struct server_parts *parts)
{
    free(parts->host);
    free(parts->port);
    free(parts->path);
    *parts = (struct server_parts){.host = NULL};
}
