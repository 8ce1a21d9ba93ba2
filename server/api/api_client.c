/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_client.h"

#include "base/text.h"
#include "server/api/api_endpoint.h"
#include "server/api/api_token.h"
#include "server/api/api_transfer.h"
#include "server/kubeconfig/api_credentials.h"
#include "server/monotonic.h"

#include <curl/curl.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* An API server that queues requests (priority and fairness) lets one wait for a minute. */
#define STREAM_HEAD_MS 60000
/* Three bookmarks that did not come. */
#define STREAM_SILENCE_MS 180000
/* A watch asks for ten minutes at most. */
#define STREAM_WHOLE_MS 900000

/* What a server may ask for at most, in seconds: an hour. */
#define RETRY_AFTER_MAX 3600

/* A host name of the longest kind with its port. */
#define SHOWN_SERVER_MAX ((size_t)270)

struct api_client {
    const struct cluster_config *config; /* borrowed */
    struct api_endpoint endpoint;
    struct api_token token;
    CURLM *multi; /* keeps the connection */
    CURL *easy;
    unsigned silence_ms;
    atomic_bool interrupted;
};

/* One request with its answer. */
struct transfer {
    struct api_client *client;
    const struct api_request *request;
    struct text body;     /* of the answer, when it is collected */
    api_receive *receive; /* NULL: it is collected in any case */
    void *receiver;
    bool ended; /* by `receive` */
    bool interrupted;
    long long until_ms;     /* when patience is over */
    long long latest_ms;    /* `until_ms` is never moved beyond this */
    long long stands_at_ms; /* when a stream that began is to be told to stand; 0: not (any more) */
    unsigned patience_ms;   /* of a stream, for the message */
    long status;
    curl_off_t retry_after;
};

/* --- life ------------------------------------------------------------------------------------ */

/*
 * What OpenSSL can't set up when it is first used, for lack of memory, it never sets up, and
 * libcurl would find no connection possible any more, without a word why. So it is first used here.
 */
static bool set_up_openssl(struct error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    SSL_CTX_free(context);
    return context || error_set(err, "OpenSSL can't be set up: out of memory");
}

bool api_client_library_init(struct error *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK)
        return error_set(err, "libcurl: %s", curl_easy_strerror(code));
    return set_up_openssl(err);
}

struct api_client *api_client_new(const struct cluster_config *config, struct error *err)
{
    struct api_client *client = calloc(1, sizeof *client);

    if (!client) {
        error_no_memory(err);
        return NULL;
    }
    client->config = config;
    client->silence_ms = STREAM_SILENCE_MS;
    if (api_credentials_check(config, err) && api_endpoint_init(&client->endpoint, config, err) &&
        api_token_init(&client->token, config, err)) {
        client->multi = curl_multi_init();
        client->easy = curl_easy_init();
        if (client->multi && client->easy)
            return client;
        error_no_memory(err);
    }
    api_client_free(client);
    return NULL;
}

void api_client_free(struct api_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->easy);
    curl_multi_cleanup(client->multi);
    api_token_clear(&client->token);
    api_endpoint_clear(&client->endpoint);
    free(client);
}

void api_client_freep(struct api_client **client)
{
    api_client_free(*client);
}

void api_client_set_silence(struct api_client *client, unsigned silence_ms)
{
    client->silence_ms = silence_ms;
}

void api_client_interrupt(struct api_client *client)
{
    atomic_store(&client->interrupted, true);
    curl_multi_wakeup(client->multi);
}

/* --- receiving ------------------------------------------------------------------------------- */

static bool is_stream(const struct transfer *transfer)
{
    long status = 0;

    curl_easy_getinfo(transfer->client->easy, CURLINFO_RESPONSE_CODE, &status);
    return transfer->receive && status == 200;
}

/* Something of a stream came: its patience begins anew. */
static void keep_waiting(struct transfer *transfer)
{
    long long until = monotonic_ms() + transfer->client->silence_ms;

    transfer->patience_ms = transfer->client->silence_ms;
    transfer->until_ms = until < transfer->latest_ms ? until : transfer->latest_ms;
}

/* libcurl calls these with each header line and each piece of the body; any result but the length
 * ends the transfer. */

static size_t receive_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    bool is_last = size * count <= 2 && (data[0] == '\r' || data[0] == '\n');

    if (is_last && is_stream(transfer)) {
        keep_waiting(transfer);
        transfer->stands_at_ms = monotonic_ms() + API_STREAM_STANDS_MS;
    }
    return size * count;
}

static size_t receive_piece(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t len = size * count;

    if (is_stream(transfer)) {
        keep_waiting(transfer);
        transfer->ended = len > 0 && !transfer->receive(transfer->receiver, data, len);
        return transfer->ended ? 0 : len;
    }
    text_add_str(&transfer->body, (struct str){data, len});
    return transfer->body.failed || transfer->body.truncated ? 0 : len;
}

/* --- one transfer ---------------------------------------------------------------------------- */

static bool is_interrupted(struct transfer *transfer, struct error *err)
{
    transfer->interrupted = atomic_exchange(&transfer->client->interrupted, false);
    return transfer->interrupted && !error_set(err, "interrupted");
}

static bool explain_overdue(const struct transfer *transfer, struct error *err)
{
    CURL *easy = transfer->client->easy;

    if (!is_stream(transfer))
        return error_set(err, "no answer in time: it was %s", api_transfer_phase(easy));
    if (transfer->until_ms == transfer->latest_ms)
        return error_set(err, "the answer did not end within %d ms", STREAM_WHOLE_MS);
    return error_set(err, "nothing was received for %u ms", transfer->patience_ms);
}

/* How long nothing but libcurl has something to do. */
static int poll_ms(const struct transfer *transfer, long long now)
{
    bool stands_first = transfer->stands_at_ms > 0 && transfer->stands_at_ms < transfer->until_ms;
    long long wait_ms = (stands_first ? transfer->stands_at_ms : transfer->until_ms) - now;

    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}

static void tell_that_it_stands(struct transfer *transfer, long long now)
{
    if (transfer->stands_at_ms == 0 || now < transfer->stands_at_ms)
        return;
    transfer->stands_at_ms = 0;
    transfer->receive(transfer->receiver, "", 0);
}

/* Lets libcurl work until the transfer has ended. False: interrupted, or patience is over. */
static bool drive(struct transfer *transfer, CURLcode *ret_code, struct error *err)
{
    struct api_client *client = transfer->client;

    for (;;) {
        int running = 0;
        CURLMcode code;
        long long now;

        if (is_interrupted(transfer, err))
            return false;
        code = curl_multi_perform(client->multi, &running);
        if (code == CURLM_OK && running == 0) {
            const CURLMsg *message = curl_multi_info_read(client->multi, &running);

            *ret_code = message ? message->data.result : CURLE_FAILED_INIT;
            return true;
        }
        now = monotonic_ms();
        if (now >= transfer->until_ms)
            return explain_overdue(transfer, err);
        tell_that_it_stands(transfer, now);
        if (code == CURLM_OK)
            code = curl_multi_poll(client->multi, NULL, 0, poll_ms(transfer, now), NULL);
        if (code != CURLM_OK)
            return code == CURLM_OUT_OF_MEMORY ? error_no_memory(err)
                                               : error_set(err, "%s", curl_multi_strerror(code));
    }
}

static bool judge(const struct transfer *transfer, CURLcode code, const char *detail,
                  struct error *err)
{
    if (code == CURLE_OK || transfer->ended)
        return true;
    if (transfer->body.failed)
        return error_no_memory(err);
    if (transfer->body.truncated)
        return error_set(err, "the answer is larger than %zu bytes", API_REPLY_MAX);
    return api_transfer_error(transfer->client->easy, code, detail, err);
}

static bool prepare(struct transfer *transfer, char *detail, struct curl_slist **ret_headers)
{
    const struct api_client *client = transfer->client;
    CURL *easy = client->easy;

    curl_easy_reset(easy);
    return api_transfer_set_detail(easy, detail) &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_piece) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           api_transfer_set_server(easy, client->config, &client->endpoint) &&
           api_transfer_set_request(easy, &client->endpoint, transfer->request,
                                    client->token.header, ret_headers);
}

/* Sends the request once. */
static bool send_once(struct transfer *transfer, struct error *err)
{
    struct api_client *client = transfer->client;
    char detail[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OK;
    bool done;

    text_free(&transfer->body);
    transfer->body = (struct text)TEXT_INIT(API_REPLY_MAX);
    if (!prepare(transfer, detail, &headers))
        return error_no_memory(err);
    done = curl_multi_add_handle(client->multi, client->easy) == CURLM_OK || error_no_memory(err);
    if (done) {
        done = drive(transfer, &code, err) && judge(transfer, code, detail, err);
        curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &transfer->status);
        curl_easy_getinfo(client->easy, CURLINFO_RETRY_AFTER, &transfer->retry_after);
        curl_multi_remove_handle(client->multi, client->easy);
    }
    curl_easy_reset(client->easy); /* it points to `detail` and `headers` */
    api_transfer_free_headers(headers);
    return done;
}

/* Sends the request, and again with a new token when the one in use is refused. */
static bool send_with_token(struct transfer *transfer, struct error *err)
{
    struct api_token *token = &transfer->client->token;

    if (!api_token_renew(token, monotonic_ms(), err) || !send_once(transfer, err))
        return false;
    if (transfer->status != 401 || !api_token_reread(token, monotonic_ms()))
        return true;
    return send_once(transfer, err);
}

/* Puts the server's address in front of the message and returns false. */
static bool name_server(const struct api_client *client, struct error *err)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(SHOWN_SERVER_MAX);

    text_add_escaped(&shown, str_from(client->config->server));
    return error_wrap(err, "%s", text_get(&shown));
}

/* A NUL-terminated text, which the caller owns; NULL: out of memory. */
static char *take_body(struct text *body)
{
    char *data = body->data ? body->data : calloc(1, 1);

    body->data = NULL;
    return data;
}

static bool exchange(struct transfer *transfer, struct api_reply *ret_reply, struct error *err)
{
    struct api_reply reply = {.status = 0};
    bool done = send_with_token(transfer, err);

    if (done && !(transfer->receive && transfer->status == 200)) {
        reply.len = transfer->body.len;
        reply.body = take_body(&transfer->body);
        done = reply.body || error_no_memory(err);
    }
    text_free(&transfer->body);
    if (!done)
        return transfer->interrupted ? false : name_server(transfer->client, err);
    reply.status = transfer->status;
    reply.retry_after =
        transfer->retry_after < RETRY_AFTER_MAX ? (long)transfer->retry_after : RETRY_AFTER_MAX;
    *ret_reply = reply;
    return true;
}

/* --- calls ----------------------------------------------------------------------------------- */

bool api_client_call(struct api_client *client, const struct api_request *request,
                     struct api_reply *ret_reply, struct error *err)
{
    long long until_ms = monotonic_ms() + request->deadline_ms;
    struct transfer transfer = {
        .client = client,
        .request = request,
        .until_ms = until_ms,
        .latest_ms = until_ms,
    };

    return exchange(&transfer, ret_reply, err);
}

bool api_client_stream(struct api_client *client, const char *path, api_receive *receive,
                       void *receiver, struct api_reply *ret_reply, struct error *err)
{
    const struct api_request request = {.method = "GET", .path = path};
    long long began_ms = monotonic_ms();
    struct transfer transfer = {
        .client = client,
        .request = &request,
        .receive = receive,
        .receiver = receiver,
        .until_ms = began_ms + STREAM_HEAD_MS,
        .latest_ms = began_ms + STREAM_WHOLE_MS,
    };

    return exchange(&transfer, ret_reply, err);
}
