/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_transfer.h"

#include "base/text.h"

#include <openssl/crypto.h>
#include <string.h>

/* Nothing of what libcurl is told here can be refused but for lack of memory. */
#define SET(easy, option, value) (curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

/* --- the server ------------------------------------------------------------------------------ */

/* PEM that the configuration keeps as long as the client lives. */
static bool set_blob(CURL *easy, CURLoption option, char *pem)
{
    struct curl_blob blob = {.data = pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY};

    return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

/*
 * With CAs in the configuration nobody else is trusted, though libcurl would add the system's
 * folder of CAs; without any, the system's are. What libcurl once read from a file it would go on
 * with for a day.
 */
static bool set_trust(CURL *easy, const struct cluster_config *config)
{
    long verify = !config->insecure_skip_tls_verify;

    if (!SET(easy, CURLOPT_SSL_VERIFYPEER, verify) ||
        !SET(easy, CURLOPT_SSL_VERIFYHOST, verify * 2) ||
        !SET(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L) || !SET(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L))
        return false;
    if (config->ca_file)
        return SET(easy, CURLOPT_CAINFO, config->ca_file) && SET(easy, CURLOPT_CAPATH, NULL);
    if (config->ca_pem)
        return set_blob(easy, CURLOPT_CAINFO_BLOB, config->ca_pem) &&
               SET(easy, CURLOPT_CAPATH, NULL);
    return true;
}

static bool set_client_certificate(CURL *easy, const struct cluster_config *config)
{
    /* Without a password OpenSSL would ask the terminal for that of an encrypted key. */
    return SET(easy, CURLOPT_KEYPASSWD, "") &&
           (!config->client_cert_file || SET(easy, CURLOPT_SSLCERT, config->client_cert_file)) &&
           (!config->client_key_file || SET(easy, CURLOPT_SSLKEY, config->client_key_file)) &&
           (!config->client_cert_pem ||
            set_blob(easy, CURLOPT_SSLCERT_BLOB, config->client_cert_pem)) &&
           (!config->client_key_pem || set_blob(easy, CURLOPT_SSLKEY_BLOB, config->client_key_pem));
}

static bool set_protocol(CURL *easy)
{
    return SET(easy, CURLOPT_PROTOCOLS_STR, "https") && SET(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(easy, CURLOPT_NOPROXY, "*") && SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
           SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           SET(easy, CURLOPT_USERAGENT, "hostdev-webhook/" HOSTDEV_WEBHOOK_VERSION) &&
           SET(easy, CURLOPT_PATH_AS_IS, 1L);
}

static bool set_bounds(CURL *easy)
{
    /* QUICK_EXIT: a look-up of a name that hangs goes on in its thread, which nobody waits for. */
    return SET(easy, CURLOPT_NOSIGNAL, 1L) && SET(easy, CURLOPT_QUICK_EXIT, 1L) &&
           SET(easy, CURLOPT_CONNECTTIMEOUT_MS, API_CONNECT_MS) &&
           SET(easy, CURLOPT_TCP_KEEPALIVE, 1L) && SET(easy, CURLOPT_TCP_KEEPIDLE, 30L) &&
           SET(easy, CURLOPT_TCP_KEEPINTVL, 10L);
}

bool api_transfer_set_server(CURL *easy, const struct cluster_config *config,
                             const struct api_endpoint *endpoint)
{
    return set_protocol(easy) && set_bounds(easy) && set_trust(easy, config) &&
           set_client_certificate(easy, config) &&
           (!endpoint->connect_to || SET(easy, CURLOPT_CONNECT_TO, endpoint->connect_to));
}

/* --- one request ----------------------------------------------------------------------------- */

void api_transfer_free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *line = headers; line; line = line->next)
        OPENSSL_cleanse(line->data, strlen(line->data));
    curl_slist_free_all(headers);
}

static bool add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(*headers, line) : *headers;

    if (longer)
        *headers = longer;
    return longer || !line;
}

static struct curl_slist *make_headers(const struct api_endpoint *endpoint,
                                       const char *content_type, const char *token_header)
{
    struct curl_slist *headers = NULL;
    CLEANUP_TEXT struct text type = TEXT_INIT(200);

    if (content_type)
        text_addf(&type, "Content-Type: %s", content_type);
    /* Without "Expect:" libcurl asks for leave to send a large body, and waits. */
    if (!type.failed && add_header(&headers, "Accept: application/json") &&
        add_header(&headers, "Expect:") && add_header(&headers, endpoint->host_header) &&
        add_header(&headers, content_type ? text_get(&type) : NULL) &&
        add_header(&headers, token_header))
        return headers;
    api_transfer_free_headers(headers);
    return NULL;
}

static bool set_url(CURL *easy, const char *base, const char *path)
{
    /* The longest are those of a list with a `continue` of 1 to 2 KiB. */
    CLEANUP_TEXT struct text url = TEXT_INIT((size_t)64 * 1024);

    text_add(&url, base);
    text_add(&url, path);
    return !url.failed && !url.truncated && SET(easy, CURLOPT_URL, text_get(&url));
}

/* libcurl borrows the body until the transfer is over. */
static bool set_body(CURL *easy, struct str body)
{
    return SET(easy, CURLOPT_POST, 1L) &&
           SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) &&
           SET(easy, CURLOPT_POSTFIELDS, body.data ? body.data : "");
}

bool api_transfer_set_request(CURL *easy, const struct api_endpoint *endpoint,
                              const struct api_request *request, const char *token_header,
                              struct curl_slist **ret_headers)
{
    struct curl_slist *headers = make_headers(endpoint, request->content_type, token_header);

    if (headers && set_url(easy, endpoint->base, request->path) &&
        (!request->content_type || set_body(easy, request->body)) &&
        SET(easy, CURLOPT_CUSTOMREQUEST, request->method) &&
        SET(easy, CURLOPT_HTTPHEADER, headers)) {
        *ret_headers = headers;
        return true;
    }
    api_transfer_free_headers(headers);
    return false;
}

/* --- what became of it ----------------------------------------------------------------------- */

static const struct {
    CURLcode code;
    const char *words;
} meanings[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "can't resolve the server's name"},
    {CURLE_COULDNT_CONNECT, "can't connect"},
    {CURLE_SSL_CONNECT_ERROR, "TLS is refused"},
    {CURLE_SSL_CIPHER, "TLS is refused"},
    {CURLE_SSL_ISSUER_ERROR, "TLS is refused"},
    {CURLE_PEER_FAILED_VERIFICATION, "TLS: the server's certificate is not trusted"},
    {CURLE_SSL_CACERT_BADFILE, "TLS: the CA can't be used"},
    {CURLE_SSL_CERTPROBLEM, "TLS: the client certificate can't be used"},
    {CURLE_SEND_ERROR, "the connection broke off"},
    {CURLE_RECV_ERROR, "the connection broke off"},
    {CURLE_GOT_NOTHING, "the connection broke off"},
    {CURLE_PARTIAL_FILE, "the connection broke off"},
    {CURLE_UNSUPPORTED_PROTOCOL, "the answer is not HTTP/1.1"},
    {CURLE_WEIRD_SERVER_REPLY, "the answer is not HTTP/1.1"},
};

/*
 * libcurl keeps the first of its messages. When the connection that it had kept turns out to be
 * dead, that is the message of the old connection, whatever becomes of the new one.
 */
static int forget_old_connection(void *detail, curl_socket_t socket, curlsocktype purpose)
{
    (void)socket;
    (void)purpose;
    *(char *)detail = '\0';
    return CURL_SOCKOPT_OK;
}

bool api_transfer_set_detail(CURL *easy, char *detail)
{
    return SET(easy, CURLOPT_ERRORBUFFER, detail) &&
           SET(easy, CURLOPT_SOCKOPTFUNCTION, forget_old_connection) &&
           SET(easy, CURLOPT_SOCKOPTDATA, detail);
}

static bool is_over(CURL *easy, CURLINFO moment)
{
    curl_off_t when = 0;

    return curl_easy_getinfo(easy, moment, &when) == CURLE_OK && when > 0;
}

const char *api_transfer_phase(CURL *easy)
{
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 0)
        return "receiving the answer";
    if (is_over(easy, CURLINFO_PRETRANSFER_TIME_T))
        return "waiting for the answer";
    /* When TCP is done and TLS is not, versions of libcurl differ in what they tell. */
    if (is_over(easy, CURLINFO_NAMELOOKUP_TIME_T))
        return "connecting or negotiating TLS";
    return "resolving the server's name";
}

/* Where there is no new connection, libcurl's message says no more than its code does, and may
 * still be that of the old one. Some have the milliseconds or bytes in them: a reason that is never
 * the same twice would be logged each time. */
static const char *choose_detail(CURL *easy, CURLcode code, const char *detail)
{
    long number = 0;

    if (code == CURLE_COULDNT_CONNECT &&
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number) == CURLE_OK && number != 0)
        return strerror((int)number);
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
        code == CURLE_PARTIAL_FILE || detail[0] == '\0')
        return curl_easy_strerror(code);
    return detail;
}

bool api_transfer_error(CURL *easy, CURLcode code, const char *detail, struct error *err)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(CURL_ERROR_SIZE * 2);
    const char *words = "the request failed";

    if (code == CURLE_OUT_OF_MEMORY)
        return error_no_memory(err);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return error_set(err, "can't connect in time: it was %s", api_transfer_phase(easy));
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].code == code)
            words = meanings[i].words;
    }
    text_add_escaped(&shown, str_trim(str_from(choose_detail(easy, code, detail))));
    return error_set(err, "%s: %s", words, text_get(&shown));
}
