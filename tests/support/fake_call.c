/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_call.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX ((size_t)64 * 1024) /* of one request; a token takes 1 KiB */
#define HEADERS_MAX 32               /* libcurl sends a handful */
#define BODY_MAX ((size_t)16 * 1024 * 1024)

/* How far the answer is. */
enum progress { NOT_BEGUN, BEGUN, ENDED, BROKEN };

struct header {
    const char *name;
    const char *value;
};

struct fake_call {
    SSL *ssl; /* the connection's, like `fd` */
    int fd;
    char *head; /* owned; `method`, `path` and `headers` point into it */
    const char *method;
    const char *path;
    struct header headers[HEADERS_MAX];
    size_t header_count;
    char *body; /* owned */
    size_t body_len;
    char client_name[256]; /* empty: the client sent no certificate */
    enum progress progress;
};

_Noreturn void fake_api_die(const char *what)
{
    fprintf(stderr, "fake API server: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

void *fake_api_checked(void *memory)
{
    if (!memory)
        fake_api_die("out of memory");
    return memory;
}

/* --- receiving a request --------------------------------------------------------------------- */

/* Byte by byte: what follows the head is not to be read yet. */
static bool read_head(SSL *ssl, char *head)
{
    for (size_t len = 0; len < HEAD_MAX; len++) {
        size_t got;

        if (SSL_read_ex(ssl, head + len, 1, &got) != 1)
            return false;
        head[len + 1] = '\0';
        if (len >= 3 && strcmp(head + len - 3, "\r\n\r\n") == 0)
            return true;
    }
    return false;
}

/* Cuts "METHOD PATH VERSION", then "NAME: VALUE" lines, to strings in place. */
static bool parse_head(struct fake_call *call)
{
    char *rest = NULL;
    char *words = NULL;
    char *line = strtok_r(call->head, "\r\n", &rest);

    call->method = line ? strtok_r(line, " ", &words) : NULL;
    call->path = call->method ? strtok_r(NULL, " ", &words) : NULL;
    if (!call->path)
        return false;
    while ((line = strtok_r(NULL, "\r\n", &rest)) && call->header_count < HEADERS_MAX) {
        char *colon = strchr(line, ':');

        if (!colon)
            return false;
        *colon = '\0';
        call->headers[call->header_count++] =
            (struct header){line, colon + 1 + strspn(colon + 1, " \t")};
    }
    return line == NULL;
}

static bool read_body(SSL *ssl, struct fake_call *call)
{
    const char *length = fake_call_header(call, "Content-Length");
    size_t wanted = length ? strtoul(length, NULL, 10) : 0;

    if (wanted > BODY_MAX)
        return false;
    call->body = fake_api_checked(calloc(1, wanted + 1));
    while (call->body_len < wanted) {
        size_t got;

        if (SSL_read_ex(ssl, call->body + call->body_len, wanted - call->body_len, &got) != 1)
            return false;
        call->body_len += got;
    }
    return true;
}

static void read_client_name(SSL *ssl, struct fake_call *call)
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);

    if (certificate)
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                  call->client_name, sizeof call->client_name);
    X509_free(certificate);
}

static bool receive(struct fake_call *call)
{
    call->head = fake_api_checked(malloc(HEAD_MAX + 1));
    if (!read_head(call->ssl, call->head) || !parse_head(call) || !read_body(call->ssl, call))
        return false;
    read_client_name(call->ssl, call);
    return true;
}

static void call_free(struct fake_call *call)
{
    free(call->head);
    free(call->body);
    free(call);
}

struct fake_call *fake_call_receive(SSL *ssl, int fd)
{
    struct fake_call *call = fake_api_checked(calloc(1, sizeof *call));

    call->ssl = ssl;
    call->fd = fd;
    if (receive(call))
        return call;
    call_free(call);
    return NULL;
}

const char *fake_call_method(const struct fake_call *call)
{
    return call->method;
}

const char *fake_call_path(const struct fake_call *call)
{
    return call->path;
}

const char *fake_call_body(const struct fake_call *call, size_t *ret_len)
{
    if (ret_len)
        *ret_len = call->body_len;
    return call->body;
}

const char *fake_call_header(const struct fake_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++) {
        if (strcasecmp(call->headers[i].name, name) == 0)
            return call->headers[i].value;
    }
    return NULL;
}

const char *fake_call_client_name(const struct fake_call *call)
{
    return call->client_name[0] ? call->client_name : NULL;
}

/* --- answering ------------------------------------------------------------------------------- */

/* A client that waits for an answer sends nothing: what comes is its end. */
static bool client_gone(struct fake_call *call, int wait_ms)
{
    struct pollfd watched = {.fd = call->fd, .events = POLLIN | POLLRDHUP};

    return SSL_has_pending(call->ssl) || poll(&watched, 1, wait_ms) != 0;
}

bool fake_send(struct fake_call *call, const char *data, size_t len)
{
    size_t sent;

    if (call->progress == NOT_BEGUN)
        call->progress = BEGUN;
    if (call->progress != BROKEN && len > 0 &&
        (client_gone(call, 0) || SSL_write_ex(call->ssl, data, len, &sent) != 1))
        call->progress = BROKEN;
    return call->progress != BROKEN;
}

static void send_text(struct fake_call *call, const char *text)
{
    fake_send(call, text, strlen(text));
}

void fake_reply(struct fake_call *call, int status, const char *headers, const char *body)
{
    char head[512];

    snprintf(head, sizeof head,
             "HTTP/1.1 %d Scripted\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n",
             status, strlen(body));
    send_text(call, head);
    send_text(call, headers ? headers : "");
    send_text(call, "\r\n");
    send_text(call, body);
    if (call->progress == BEGUN)
        call->progress = ENDED;
}

void fake_stream_begin(struct fake_call *call, int status)
{
    char head[256];

    snprintf(head, sizeof head,
             "HTTP/1.1 %d Scripted\r\nContent-Type: application/json\r\n"
             "Transfer-Encoding: chunked\r\n\r\n",
             status);
    send_text(call, head);
}

bool fake_stream_send(struct fake_call *call, const char *data, size_t len)
{
    char size[32];

    snprintf(size, sizeof size, "%zx\r\n", len);
    send_text(call, size);
    fake_send(call, data, len);
    return fake_send(call, "\r\n", 2);
}

void fake_stream_end(struct fake_call *call)
{
    if (fake_send(call, "0\r\n\r\n", 5))
        call->progress = ENDED;
}

void fake_break_off(struct fake_call *call)
{
    call->progress = BROKEN;
}

void fake_hang(struct fake_call *call)
{
    client_gone(call, FAKE_API_WAIT_SECONDS * 1000);
}

bool fake_call_end(struct fake_call *call)
{
    bool goes_on;

    if (call->progress == NOT_BEGUN)
        fake_reply(call, 404, NULL, "404 page not found\n");
    goes_on = call->progress == ENDED;
    call_free(call);
    return goes_on;
}
