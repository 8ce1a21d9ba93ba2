/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_client.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A sanitized server on a busy machine takes its time; what hangs is still found. */
#define WAIT_SECONDS 90

static bool fail(struct tls_client *client, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    snprintf(client->problem, sizeof client->problem, "%s: %s", what,
             reason ? reason : strerror(errno));
    ERR_clear_error();
    return false;
}

/* --- connecting ------------------------------------------------------------------------------ */

static int open_socket(const struct tls_target *target)
{
    const struct timeval patience = {.tv_sec = WAIT_SECONDS};
    const int on = 1;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int fd = -1;

    if (getaddrinfo(target->host, target->port, &hints, &found) != 0)
        return -1;
    for (struct addrinfo *info = found; info && fd < 0; info = info->ai_next) {
        fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        /* Heads and bodies are sent one by one: the second must not wait for the first's ACK. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(fd, info->ai_addr, info->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static bool set_up(struct tls_client *client, const struct tls_target *target)
{
    client->context = SSL_CTX_new(TLS_client_method());
    if (!client->context)
        return fail(client, "can't make a TLS context");
    /* OpenSSL refuses TLS 1.1 on its own at its default security level; the server must. */
    if (target->max_version != 0 && target->max_version < TLS1_2_VERSION)
        SSL_CTX_set_security_level(client->context, 0);
    SSL_CTX_set_verify(client->context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(client->context, target->ca_file, NULL) != 1 ||
        SSL_CTX_set_min_proto_version(client->context, target->min_version) != 1 ||
        SSL_CTX_set_max_proto_version(client->context, target->max_version) != 1)
        return fail(client, "can't set up TLS");
    if (target->protocols &&
        SSL_CTX_set_alpn_protos(client->context, (const unsigned char *)target->protocols,
                                target->protocols_len) != 0)
        return fail(client, "can't set the protocols to offer");
    if (target->cert_file &&
        (SSL_CTX_use_certificate_chain_file(client->context, target->cert_file) != 1 ||
         SSL_CTX_use_PrivateKey_file(client->context, target->key_file, SSL_FILETYPE_PEM) != 1))
        return fail(client, "can't use the client's certificate");
    client->ssl = SSL_new(client->context);
    return client->ssl || fail(client, "can't set up TLS");
}

static bool expect_name(struct tls_client *client, const char *name)
{
    X509_VERIFY_PARAM *rules = SSL_get0_param(client->ssl);
    char sent[256];

    if (X509_VERIFY_PARAM_set1_ip_asc(rules, name) == 1)
        return true;
    ERR_clear_error();
    snprintf(sent, sizeof sent, "%s", name);
    return (SSL_set1_host(client->ssl, name) == 1 &&
            SSL_set_tlsext_host_name(client->ssl, sent) == 1) ||
           fail(client, "can't set the server's name");
}

bool tls_connect(struct tls_client *client, const struct tls_target *target)
{
    BIO *socket_bio;
    int fd;

    *client = (struct tls_client){.ssl = NULL};
    /* A server that ends a connection must not end the test. */
    signal(SIGPIPE, SIG_IGN);
    if (target->ca_file && (!set_up(client, target) || !expect_name(client, target->server_name)))
        return false;
    fd = open_socket(target);
    if (fd < 0)
        return fail(client, "can't connect");
    socket_bio = BIO_new_socket(fd, BIO_CLOSE);
    if (!socket_bio) {
        close(fd);
        return fail(client, "can't connect");
    }
    if (!client->ssl) {
        client->plain = socket_bio;
        return true;
    }
    SSL_set_bio(client->ssl, socket_bio, socket_bio);
    return SSL_connect(client->ssl) == 1 || fail(client, "the TLS handshake failed");
}

void tls_close(struct tls_client *client)
{
    if (client->ssl && SSL_is_init_finished(client->ssl))
        SSL_shutdown(client->ssl);
    SSL_free(client->ssl);
    BIO_free(client->plain);
    SSL_CTX_free(client->context);
    free(client->held);
    ERR_clear_error();
    *client = (struct tls_client){.ssl = NULL};
}

/* --- sending --------------------------------------------------------------------------------- */

bool tls_send(struct tls_client *client, const void *data, size_t len)
{
    size_t sent = 0;

    while (client->plain && len > 0 && BIO_write_ex(client->plain, data, len, &sent) == 1) {
        data = (const char *)data + sent;
        len -= sent;
    }
    return len == 0 || (client->ssl && SSL_write_ex(client->ssl, data, len, &sent) == 1) ||
           fail(client, "can't send");
}

bool http_send(struct tls_client *client, const char *method, const char *url, const char *body,
               size_t body_len)
{
    char head[1024];
    char length[96] = "";

    if (body)
        snprintf(length, sizeof length, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                 body_len);
    snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: webhook.test\r\n%s\r\n", method, url,
             length);
    return tls_send(client, head, strlen(head)) && tls_send(client, body, body ? body_len : 0);
}

/* --- receiving ------------------------------------------------------------------------------- */

/* Reads more into `held`, which stays NUL-terminated. */
static bool read_more(struct tls_client *client)
{
    char *held = realloc(client->held, client->held_len + 16384 + 1);
    size_t got = 0;
    bool more;

    if (!held)
        return fail(client, "out of memory");
    client->held = held;
    errno = 0;
    more = client->ssl ? SSL_read_ex(client->ssl, held + client->held_len, 16384, &got) == 1
                       : BIO_read_ex(client->plain, held + client->held_len, 16384, &got) == 1;
    client->held_len += got;
    held[client->held_len] = '\0';
    return more || fail(client, "the connection ended");
}

/* Takes `len` bytes off the front of `held`, into a new NUL-terminated string when asked for. */
static char *take(struct tls_client *client, size_t len)
{
    char *taken = malloc(len + 1);

    if (!taken)
        abort();
    memcpy(taken, client->held, len);
    taken[len] = '\0';
    client->held_len -= len;
    memmove(client->held, client->held + len, client->held_len + 1);
    return taken;
}

/* The text up to and with `end`. NULL: the connection ended before. */
static char *take_until(struct tls_client *client, const char *end)
{
    const char *found;

    while (!client->held || !(found = strstr(client->held, end))) {
        if (!read_more(client))
            return NULL;
    }
    return take(client, (size_t)(found - client->held) + strlen(end));
}

static char *take_exactly(struct tls_client *client, size_t len)
{
    while (client->held_len < len) {
        if (!read_more(client))
            return NULL;
    }
    return take(client, len);
}

static bool receive_chunks(struct tls_client *client, struct http_response *response)
{
    for (;;) {
        char *line = take_until(client, "\r\n");
        size_t size = line ? strtoul(line, NULL, 16) : 0;
        char *chunk = line ? take_exactly(client, size + 2) : NULL;
        char *body;

        free(line);
        if (!chunk)
            return false;
        body = realloc(response->body, response->body_len + size + 1);
        if (!body)
            abort();
        memcpy(body + response->body_len, chunk, size);
        response->body = body;
        response->body_len += size;
        body[response->body_len] = '\0';
        free(chunk);
        if (size == 0)
            return true;
    }
}

static bool receive_body(struct tls_client *client, struct http_response *response)
{
    char value[64];

    if (http_header(response, "Transfer-Encoding", value, sizeof value))
        return receive_chunks(client, response);
    if (http_header(response, "Content-Length", value, sizeof value)) {
        response->body_len = strtoul(value, NULL, 10);
        response->body = take_exactly(client, response->body_len);
        return response->body != NULL;
    }
    while (read_more(client))
        ;
    response->body_len = client->held_len;
    response->body = take(client, client->held_len);
    return true;
}

/* The three digits behind "HTTP/1.1 "; 0: this is not a response. */
static int read_status(const char *head)
{
    static const char version[] = "HTTP/1.1 ";
    const char *digits = head + sizeof version - 1;
    int status = 0;

    if (strncmp(head, version, sizeof version - 1) != 0)
        return 0;
    for (size_t i = 0; i < 3 && digits[i] >= '0' && digits[i] <= '9'; i++)
        status = status * 10 + (digits[i] - '0');
    return status >= 100 ? status : 0;
}

/* The head of the next final response; NULL: none came. */
static char *receive_head(struct tls_client *client, int *ret_status)
{
    for (;;) {
        char *head = take_until(client, "\r\n\r\n");

        if (!head)
            return NULL;
        *ret_status = read_status(head);
        if (*ret_status >= 200)
            return head;
        free(head);
        if (*ret_status == 0) {
            fail(client, "not a response");
            return NULL;
        }
    }
}

bool http_receive(struct tls_client *client, bool head_only, struct http_response *ret_response)
{
    struct http_response response = {.status = 0};
    bool complete;

    response.head = receive_head(client, &response.status);
    if (!response.head)
        return false;
    complete = head_only || response.status == 204 || response.status == 304 ||
               receive_body(client, &response);
    if (complete)
        *ret_response = response;
    else
        http_response_free(&response);
    return complete;
}

bool http_receive_continue(struct tls_client *client)
{
    char *head = take_until(client, "\r\n\r\n");
    bool matches = head && strncmp(head, "HTTP/1.1 100 ", 13) == 0;

    free(head);
    return matches;
}

void http_response_free(struct http_response *response)
{
    free(response->head);
    free(response->body);
    *response = (struct http_response){.status = 0};
}

const char *http_header(const struct http_response *response, const char *name, char *value,
                        size_t size)
{
    size_t len = strlen(name);
    const char *line = strstr(response->head, "\r\n");

    for (; line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            line += len + 1;
            line += strspn(line, " \t");
            snprintf(value, size, "%.*s", (int)strcspn(line, "\r"), line);
            return value;
        }
    }
    return NULL;
}

bool tls_at_end(struct tls_client *client)
{
    return client->held_len == 0 && !read_more(client) && client->held_len == 0;
}

bool http_fetch(const struct tls_target *target, const char *method, const char *url,
                const char *body, size_t body_len, struct http_response *ret_response)
{
    struct tls_client client;
    bool done = tls_connect(&client, target) && http_send(&client, method, url, body, body_len) &&
                http_receive(&client, strcmp(method, "HEAD") == 0, ret_response);

    tls_close(&client);
    return done;
}
