/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_api.h"
#include "tests/support/fake_call.h"

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
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

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

/* --- the certificate ------------------------------------------------------------------------- */

static void use_pair(SSL_CTX *context, const struct certs_bundle *bundle)
{
    BIO *crt = fake_api_checked(BIO_new_mem_buf(bundle->tls_crt, -1));
    BIO *key = fake_api_checked(BIO_new_mem_buf(bundle->tls_key, -1));
    X509 *certificate = PEM_read_bio_X509(crt, NULL, NULL, NULL);
    EVP_PKEY *private_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

    if (SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, private_key) != 1)
        fake_api_die("can't use its certificate");
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
    SSL_CTX *context = fake_api_checked(SSL_CTX_new(TLS_server_method()));
    struct error err;

    if (!certs_generate(&request, &bundle, &err))
        fake_api_die(err.message);
    use_pair(context, &bundle);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, take_any);
    pthread_mutex_lock(&api->lock);
    SSL_CTX_free(api->context);
    free(api->ca_pem);
    api->context = context;
    api->ca_pem = fake_api_checked(strdup(bundle.ca_crt));
    pthread_mutex_unlock(&api->lock);
}

/* --- connections ----------------------------------------------------------------------------- */

/* Answers one request. False: the connection is to be closed. */
static bool serve(struct connection *connection)
{
    struct fake_api *api = connection->api;
    struct fake_call *call = fake_call_receive(connection->ssl, connection->fd);
    bool goes_on = false;

    if (call) {
        atomic_fetch_add(&api->request_count, 1);
        api->answer(api->test, call);
        goes_on = fake_call_end(call);
    }
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
    const struct timeval patience = {.tv_sec = FAKE_API_WAIT_SECONDS};
    const int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* With the lock held, which the thread of a connection that has ended does not take any more. */
static void reap_ended(struct fake_api *api)
{
    struct connection **at = &api->connections;

    while (*at) {
        struct connection *connection = *at;

        if (connection->fd >= 0) {
            at = &connection->next;
            continue;
        }
        *at = connection->next;
        pthread_join(connection->thread, NULL);
        free(connection);
    }
}

/* With the lock held. */
static void add_connection(struct fake_api *api, int fd)
{
    struct connection *connection = fake_api_checked(calloc(1, sizeof *connection));

    reap_ended(api);
    set_up_socket(fd);
    *connection = (struct connection){.api = api, .next = api->connections, .fd = fd};
    connection->ssl = fake_api_checked(SSL_new(api->context));
    SSL_set_fd(connection->ssl, fd);
    atomic_fetch_add(&api->connection_count, 1);
    if (pthread_create(&connection->thread, NULL, run_connection, connection) != 0)
        fake_api_die("can't start a thread");
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
        fake_api_die("can't listen");
    snprintf(api->url, sizeof api->url, "https://127.0.0.1:%d", (int)ntohs(address.sin_port));
}

struct fake_api *fake_api_start(fake_answer *answer, void *test)
{
    struct fake_api *api = fake_api_checked(calloc(1, sizeof *api));

    /* A client that ends a connection must not end the test. */
    signal(SIGPIPE, SIG_IGN);
    api->answer = answer;
    api->test = test;
    pthread_mutex_init(&api->lock, NULL);
    fake_api_renew(api);
    listen_somewhere(api);
    if (pthread_create(&api->thread, NULL, run_listener, api) != 0)
        fake_api_die("can't start a thread");
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
