/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_api.h"

#include "certs/issue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_SECONDS 30
#define HEAD_MAX ((size_t)64 * 1024) /* of one request; a token takes 1 KiB */
#define HEADERS_MAX 32               /* libcurl sends a handful */
#define BODY_MAX ((size_t)16 * 1024 * 1024)

struct connection {
    struct fake_api *api;
    struct connection *next;
    pthread_t thread;
    int fd; /* -1 once the thread has closed it; guarded by the server's lock */
    SSL *ssl;
};

struct fake_api {
    fake_answer *answer;
    void *test;
    int listener;
    pthread_t thread;
    char url[64];
    char *ca_pem;

    pthread_mutex_t lock; /* of what follows */
    SSL_CTX *context;
    struct connection *connections;
    bool stopping;

    atomic_size_t request_count;
    atomic_size_t connection_count;
};

/* How far the answer is. */
enum progress { NOT_BEGUN, BEGUN, ENDED, BROKEN };

struct header {
    const char *name;
    const char *value;
};

struct fake_call {
    struct connection *connection;
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

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "fake API server: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void *checked(void *memory)
{
    if (!memory)
        die("out of memory");
    return memory;
}

/* --- the certificate ------------------------------------------------------------------------- */

static void use_pair(SSL_CTX *context, const struct certs_bundle *bundle)
{
    BIO *crt = checked(BIO_new_mem_buf(bundle->tls_crt, -1));
    BIO *key = checked(BIO_new_mem_buf(bundle->tls_key, -1));
    X509 *certificate = PEM_read_bio_X509(crt, NULL, NULL, NULL);
    EVP_PKEY *private_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

    if (SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, private_key) != 1)
        die("can't use its certificate");
    EVP_PKEY_free(private_key);
    X509_free(certificate);
    BIO_free(key);
    BIO_free(crt);
}

static int take_any(int verified, X509_STORE_CTX *store)
{
    (void)verified;
    (void)store;
    return 1;
}

void fake_api_renew(struct fake_api *api)
{
    const struct certs_request request = {
        .hosts = STR_INIT("127.0.0.1,localhost"), .days = 1, .now = time(NULL)};
    CLEANUP_CERTS_BUNDLE struct certs_bundle bundle = {0};
    SSL_CTX *context = checked(SSL_CTX_new(TLS_server_method()));
    struct error err;

    if (!certs_generate(&request, &bundle, &err))
        die(err.message);
    use_pair(context, &bundle);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, take_any);
    pthread_mutex_lock(&api->lock);
    SSL_CTX_free(api->context);
    free(api->ca_pem);
    api->context = context;
    api->ca_pem = checked(strdup(bundle.ca_crt));
    pthread_mutex_unlock(&api->lock);
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
    call->body = checked(calloc(1, wanted + 1));
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
    SSL *ssl = call->connection->ssl;

    call->head = checked(malloc(HEAD_MAX + 1));
    if (!read_head(ssl, call->head) || !parse_head(call) || !read_body(ssl, call))
        return false;
    read_client_name(ssl, call);
    return true;
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
    struct pollfd watched = {.fd = call->connection->fd, .events = POLLIN | POLLRDHUP};

    return SSL_has_pending(call->connection->ssl) || poll(&watched, 1, wait_ms) != 0;
}

bool fake_send(struct fake_call *call, const char *data, size_t len)
{
    size_t sent;

    if (call->progress == NOT_BEGUN)
        call->progress = BEGUN;
    if (call->progress != BROKEN && len > 0 &&
        (client_gone(call, 0) || SSL_write_ex(call->connection->ssl, data, len, &sent) != 1))
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
    client_gone(call, WAIT_SECONDS * 1000);
}

/* --- connections ----------------------------------------------------------------------------- */

/* Answers one request. False: the connection is to be closed. */
static bool serve(struct connection *connection)
{
    struct fake_api *api = connection->api;
    struct fake_call *call = checked(calloc(1, sizeof *call));
    bool goes_on = false;

    call->connection = connection;
    if (receive(call)) {
        atomic_fetch_add(&api->request_count, 1);
        api->answer(api->test, call);
        if (call->progress == NOT_BEGUN)
            fake_reply(call, 404, NULL, "404 page not found\n");
        goes_on = call->progress == ENDED;
    }
    free(call->head);
    free(call->body);
    free(call);
    return goes_on;
}

static void *run_connection(void *argument)
{
    struct connection *connection = argument;
    struct fake_api *api = connection->api;

    if (SSL_accept(connection->ssl) == 1) {
        while (serve(connection))
            ;
    }
    pthread_mutex_lock(&api->lock);
    close(connection->fd);
    connection->fd = -1;
    pthread_mutex_unlock(&api->lock);
    SSL_free(connection->ssl);
    ERR_clear_error();
    return NULL;
}

static void set_up_socket(int fd)
{
    const struct timeval patience = {.tv_sec = WAIT_SECONDS};
    const int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* With the lock held. */
static void add_connection(struct fake_api *api, int fd)
{
    struct connection *connection = checked(calloc(1, sizeof *connection));

    set_up_socket(fd);
    *connection = (struct connection){.api = api, .next = api->connections, .fd = fd};
    connection->ssl = checked(SSL_new(api->context));
    SSL_set_fd(connection->ssl, fd);
    atomic_fetch_add(&api->connection_count, 1);
    if (pthread_create(&connection->thread, NULL, run_connection, connection) != 0)
        die("can't start a thread");
    api->connections = connection;
}

static void *run_listener(void *argument)
{
    struct fake_api *api = argument;
    bool stopping = false;

    while (!stopping) {
        int fd = accept4(api->listener, NULL, NULL, SOCK_CLOEXEC);

        pthread_mutex_lock(&api->lock);
        stopping = api->stopping;
        if (fd >= 0 && stopping)
            close(fd);
        else if (fd >= 0)
            add_connection(api, fd);
        pthread_mutex_unlock(&api->lock);
    }
    return NULL;
}

void fake_api_cut(struct fake_api *api)
{
    pthread_mutex_lock(&api->lock);
    for (struct connection *connection = api->connections; connection;
         connection = connection->next) {
        if (connection->fd >= 0)
            shutdown(connection->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&api->lock);
}

/* --- the server ------------------------------------------------------------------------------ */

static void listen_somewhere(struct fake_api *api)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    api->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (api->listener < 0 ||
        bind(api->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(api->listener, SOMAXCONN) != 0 ||
        getsockname(api->listener, (struct sockaddr *)&address, &len) != 0)
        die("can't listen");
    snprintf(api->url, sizeof api->url, "https://127.0.0.1:%d", (int)ntohs(address.sin_port));
}

struct fake_api *fake_api_start(fake_answer *answer, void *test)
{
    struct fake_api *api = checked(calloc(1, sizeof *api));

    /* A client that ends a connection must not end the test. */
    signal(SIGPIPE, SIG_IGN);
    api->answer = answer;
    api->test = test;
    pthread_mutex_init(&api->lock, NULL);
    fake_api_renew(api);
    listen_somewhere(api);
    if (pthread_create(&api->thread, NULL, run_listener, api) != 0)
        die("can't start a thread");
    return api;
}

void fake_api_stop(struct fake_api *api)
{
    if (!api)
        return;
    pthread_mutex_lock(&api->lock);
    api->stopping = true;
    pthread_mutex_unlock(&api->lock);
    shutdown(api->listener, SHUT_RDWR);
    pthread_join(api->thread, NULL);
    close(api->listener);
    fake_api_cut(api);
    while (api->connections) {
        struct connection *connection = api->connections;

        api->connections = connection->next;
        pthread_join(connection->thread, NULL);
        free(connection);
    }
    SSL_CTX_free(api->context);
    pthread_mutex_destroy(&api->lock);
    free(api->ca_pem);
    free(api);
}

const char *fake_api_url(const struct fake_api *api)
{
    return api->url;
}

const char *fake_api_ca_pem(const struct fake_api *api)
{
    return api->ca_pem;
}

size_t fake_api_requests(const struct fake_api *api)
{
    return atomic_load(&api->request_count);
}

size_t fake_api_connections(const struct fake_api *api)
{
    return atomic_load(&api->connection_count);
}
