/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP/1.1 client over OpenSSL for tests: strict about certificates, able to send any
 * bytes. Nothing blocks for longer than 30 s. Functions return false on failure and leave the
 * reason in `problem`; a test that expects a failure looks at what kind it is.
 */
#ifndef TESTS_SUPPORT_TLS_CLIENT_H
#define TESTS_SUPPORT_TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct tls_client {
    SSL_CTX *context;
    SSL *ssl;
    BIO *plain; /* instead of ssl, where the target has no TLS */
    char *held; /* bytes read beyond the last response: pipelined answers */
    size_t held_len;
    char problem[256];
};

struct tls_target {
    const char *host; /* address to connect to */
    const char *port;
    const char *ca_file;     /* PEM; the server's chain must end here; NULL: plain HTTP */
    const char *server_name; /* what the certificate must be for: DNS name or IP address */
    int min_version;         /* TLS1_2_VERSION …; 0: OpenSSL's default */
    int max_version;
    const char *protocols; /* offered by ALPN, each behind its length; NULL: none */
    unsigned protocols_len;
    const char *cert_file; /* PEM: the client's certificate, with issuers behind it; NULL: none */
    const char *key_file;
};

struct http_response {
    int status;
    char *head; /* status line and header lines, NUL-terminated; owned */
    char *body; /* NUL-terminated behind body_len bytes; owned */
    size_t body_len;
};

bool tls_connect(struct tls_client *client, const struct tls_target *target);
void tls_close(struct tls_client *client); /* safe on one that is zeroed or failed to connect */

/* Sends bytes as they are. */
bool tls_send(struct tls_client *client, const void *data, size_t len);

/* Sends a request with Host, and with Content-Type and Content-Length when there is a body. */
bool http_send(struct tls_client *client, const char *method, const char *url, const char *body,
               size_t body_len);

/*
 * Reads one response, final ones only (100 Continue is passed over). `head_only` for the answer to
 * HEAD. The body ends by Content-Length, chunked coding or the end of the connection.
 */
bool http_receive(struct tls_client *client, bool head_only, struct http_response *ret_response);
void http_response_free(struct http_response *response);

/* Reads an interim `100 Continue`: the server has then seen the head of the request. */
bool http_receive_continue(struct tls_client *client);

/* The value of a header line, or NULL; copied into `value`. */
const char *http_header(const struct http_response *response, const char *name, char *value,
                        size_t size);

/* True when the server ends the connection without sending another byte. */
bool tls_at_end(struct tls_client *client);

/* connect, http_send, http_receive, close. */
bool http_fetch(const struct tls_target *target, const char *method, const char *url,
                const char *body, size_t body_len, struct http_response *ret_response);

#endif
