/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cold HOST PORT CA URL BODY EXPECTED CLIENTS SECONDS: how many reviews are answered a second when
 * each comes on a connection of its own, with a full handshake. CLIENTS threads post the file BODY
 * one after the other; an answer that does not hold the text EXPECTED counts as wrong. Prints one
 * line of JSON. (wrk can't tell this: it takes up the session of the connection before.)
 */
#include "tests/support/temp_dir.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 64

/* What all clients do. */
static struct {
    SSL_CTX *context;
    struct sockaddr_in address;
    char *request;
    size_t request_len;
    const char *expected;
    struct timespec until;
} plan;

struct client {
    pthread_t thread;
    unsigned long right, wrong;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "cold: %s\n", what);
    exit(1);
}

static double seconds_of(struct timespec at)
{
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return seconds_of(at);
}

/* The answer's end is that of the connection. */
static bool answer_is_right(SSL *ssl)
{
    char answer[16384];
    size_t len = 0;
    int got;

    while (len < sizeof answer - 1 &&
           (got = SSL_read(ssl, answer + len, (int)(sizeof answer - 1 - len))) > 0)
        len += (size_t)got;
    answer[len] = '\0';
    return strncmp(answer, "HTTP/1.1 200 ", 13) == 0 && strstr(answer, plan.expected) != NULL;
}

static bool ask_once(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int at_once = 1; /* or the request waits 40 ms for the end of the handshake to be confirmed */
    SSL *ssl = SSL_new(plan.context);
    bool is_right = fd >= 0 && ssl &&
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) == 0 &&
                    connect(fd, (const void *)&plan.address, sizeof plan.address) == 0 &&
                    SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1 &&
                    SSL_write(ssl, plan.request, (int)plan.request_len) == (int)plan.request_len &&
                    answer_is_right(ssl);

    SSL_free(ssl);
    if (fd >= 0)
        close(fd);
    return is_right;
}

static void *run(void *cls)
{
    struct client *client = cls;

    while (now() < seconds_of(plan.until)) {
        if (ask_once())
            client->right++;
        else
            client->wrong++;
    }
    return NULL;
}

static void make_request(const char *url, const char *body_file)
{
    size_t body_len;
    char *body = temp_read(body_file, &body_len);
    int head;

    plan.request = malloc(body_len + 512);
    if (!plan.request)
        die("out of memory");
    head = snprintf(plan.request, 512,
                    "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    "Connection: close\r\nContent-Length: %zu\r\n\r\n",
                    url, body_len);
    if (head < 0 || head >= 512)
        die("the URL is too long");
    memcpy(plan.request + head, body, body_len);
    plan.request_len = (size_t)head + body_len;
    free(body);
}

static void make_context(const char *ca_file)
{
    plan.context = SSL_CTX_new(TLS_client_method());
    if (!plan.context || SSL_CTX_load_verify_locations(plan.context, ca_file, NULL) != 1)
        die("can't read the CA");
    SSL_CTX_set_verify(plan.context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(plan.context, SSL_SESS_CACHE_OFF);
}

int main(int argc, char **argv)
{
    static struct client clients[MAX_CLIENTS];
    unsigned long right = 0;
    unsigned long wrong = 0;
    double begin = now();
    long count;

    if (argc != 9 || (count = strtol(argv[7], NULL, 10)) < 1 || count > MAX_CLIENTS)
        die("usage: cold HOST PORT CA URL BODY EXPECTED CLIENTS SECONDS");
    plan.address = (struct sockaddr_in){.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)strtol(argv[2], NULL, 10))};
    if (inet_pton(AF_INET, argv[1], &plan.address.sin_addr) != 1)
        die("HOST must be an IPv4 address");
    make_context(argv[3]);
    make_request(argv[4], argv[5]);
    plan.expected = argv[6];
    clock_gettime(CLOCK_MONOTONIC, &plan.until);
    plan.until.tv_sec += strtol(argv[8], NULL, 10);
    for (long i = 0; i < count; i++) {
        if (pthread_create(&clients[i].thread, NULL, run, &clients[i]) != 0)
            die("can't start a thread");
    }
    for (long i = 0; i < count; i++) {
        pthread_join(clients[i].thread, NULL);
        right += clients[i].right;
        wrong += clients[i].wrong;
    }
    printf("{\"seconds\": %.6f, \"right\": %lu, \"wrong\": %lu}\n", now() - begin, right, wrong);
    return 0;
}
