/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/wire.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* What is sent behind a request that must be the last on its connection, and its answer. */
static const char next_request[] = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
static const char next_answer[] = "HTTP/1.1 404 ";

/* --- connections ------------------------------------------------------------------------------ */

int wire_connect(const struct serving *serving)
{
    const struct timeval patience = {.tv_sec = 30};
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_port = htons((uint16_t)strtoul(serving->server.port, NULL, 10));
    assert_int_equal(inet_pton(AF_INET, serving->server.host, &address.sin_addr), 1);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void wire_reset(int fd)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    close(fd);
}

void wire_reset_tls(struct tls_client *client)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(
        setsockopt(SSL_get_fd(client->ssl), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    SSL_set_quiet_shutdown(client->ssl, 1);
    tls_close(client);
}

bool wire_await_end(int fd)
{
    char bytes[4096];
    ssize_t got;

    do {
        errno = 0;
        got = read(fd, bytes, sizeof bytes);
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0 || errno == ECONNRESET;
}

/* Reads to the end into `rest`, of which what does not fit is passed over. */
static bool read_rest(struct tls_client *client, struct text *rest)
{
    char bytes[4096];
    size_t got;

    text_add_str(rest, (struct str){client->held ? client->held : "", client->held_len});
    for (;;) {
        errno = 0;
        if ((client->plain ? BIO_read_ex(client->plain, bytes, sizeof bytes, &got)
                           : SSL_read_ex(client->ssl, bytes, sizeof bytes, &got)) != 1)
            return errno != EAGAIN;
        text_add_str(rest, (struct str){bytes, got});
    }
}

bool wire_await_tls_end(struct tls_client *client)
{
    CLEANUP_TEXT struct text rest = TEXT_INIT(256);

    return read_rest(client, &rest);
}

/* --- one row ---------------------------------------------------------------------------------- */

static bool wrong(const struct wire_case *row, const char *what, int status)
{
    fprintf(stderr, "row \"%s\": %s (answered %d, expected %d)\n", row->what, what, status,
            row->status);
    return false;
}

static bool stays(struct tls_client *client)
{
    struct http_response response = {.status = 0};
    bool answered = http_send(client, "GET", "/livez", NULL, 0) &&
                    http_receive(client, false, &response) && response.status == 200;

    http_response_free(&response);
    return answered;
}

/* The library's own pages come with a second head (see framing.h): that is no second answer. */
static bool closes(struct tls_client *client)
{
    CLEANUP_TEXT struct text rest = TEXT_INIT(65536);

    return read_rest(client, &rest) && !strstr(text_get(&rest), next_answer);
}

static bool check_answer(struct tls_client *client, const struct wire_case *row,
                         const struct http_response *response)
{
    int status = response->status;

    if (row->status != 0 ? status != row->status : status != 0 && status < 400)
        return wrong(row, "the wrong answer", status);
    if (row->words && !strstr(response->body, row->words)) {
        fprintf(stderr, "answered: %s", response->body);
        return wrong(row, row->words, status);
    }
    if (row->after == WIRE_STAYS && !stays(client))
        return wrong(row, "the connection can't be used any further", status);
    if ((row->after == WIRE_CLOSES || status == 0) && !closes(client))
        return wrong(row, "the connection stays open", status);
    return true;
}

bool wire_check_one(const struct serving *serving, const struct wire_case *row)
{
    CLEANUP_TEXT struct text sent = TEXT_INIT((size_t)32 * 1024 * 1024);
    struct http_response response = {.status = 0};
    struct tls_client client;
    bool good;

    text_add_str(&sent, row->request);
    if (row->after == WIRE_CLOSES)
        text_add(&sent, next_request);
    assert_true(tls_connect(&client, &serving->target));
    /* A server that refuses may stop reading: what it answered can be there all the same. */
    tls_send(&client, text_get(&sent), sent.len);
    http_receive(&client, false, &response);
    good = check_answer(&client, row, &response);
    http_response_free(&response);
    tls_close(&client);
    if (serving_get(serving, "/livez") != 200)
        return wrong(row, "the next client got no answer", 0);
    return good;
}

void wire_check(const struct serving *serving, const struct wire_case *rows, size_t count)
{
    size_t failed = 0;

    for (size_t i = 0; i < count; i++)
        failed += !wire_check_one(serving, &rows[i]);
    assert_int_equal(failed, 0);
}

/* --- bodies ----------------------------------------------------------------------------------- */

bool wire_check_body(const struct serving *serving, const struct wire_body *row)
{
    static const char *const urls[] = {"/validate", "/mutate"};
    bool good = true;

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        CLEANUP_TEXT struct text request = TEXT_INIT(row->body.len + 256);

        text_addf(&request,
                  "POST %s?timeout=10s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                  "Content-Length: %zu\r\n\r\n",
                  urls[i], row->body.len);
        text_add_str(&request, row->body);
        good = wire_check_one(serving, &(struct wire_case){row->what,
                                                           {text_get(&request), request.len},
                                                           row->status,
                                                           WIRE_STAYS,
                                                           row->words}) &&
               good;
    }
    return good;
}

void wire_check_bodies(const struct serving *serving, const struct wire_body *rows, size_t count)
{
    size_t failed = 0;

    for (size_t i = 0; i < count; i++)
        failed += !wire_check_body(serving, &rows[i]);
    assert_int_equal(failed, 0);
}
