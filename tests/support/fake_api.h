/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTPS server with scripted answers, in place of an API server, in tests of its client. It has
 * a thread for each connection, so an answer may take as long as the test likes. What can't be set
 * up ends the test program.
 */
#ifndef TESTS_SUPPORT_FAKE_API_H
#define TESTS_SUPPORT_FAKE_API_H

#include "tests/support/temp_dir.h"

#include <stdbool.h>
#include <stddef.h>

struct fake_api;
struct fake_call; /* one request that is being answered */

/* Called by the connection's thread for each request. What it does not answer gets a 404. */
typedef void fake_answer(void *test, struct fake_call *call);

/* Listens on a free port of 127.0.0.1 with a certificate of its own for 127.0.0.1 and localhost. */
struct fake_api *fake_api_start(fake_answer *answer, void *test);
void fake_api_stop(struct fake_api *api); /* ends open connections, joins all threads, frees */

/* "https://127.0.0.1:PORT"; borrowed. */
const char *fake_api_url(const struct fake_api *api);

/* The PEM of its CA; borrowed until fake_api_renew(). */
const char *fake_api_ca_pem(const struct fake_api *api);

/* A new CA and a new certificate for connections from now on. */
void fake_api_renew(struct fake_api *api);

/* How many requests there were so far, and how many connections. Thread-safe. */
size_t fake_api_requests(const struct fake_api *api);
size_t fake_api_connections(const struct fake_api *api);

/* Breaks off every open connection. Thread-safe. */
void fake_api_cut(struct fake_api *api);

/* Of the request; borrowed as long as it is being answered. */
const char *fake_call_method(const struct fake_call *call);
const char *fake_call_path(const struct fake_call *call); /* with its query */
const char *fake_call_body(const struct fake_call *call, size_t *ret_len);
/* A header's value, or NULL. `name` in any case. */
const char *fake_call_header(const struct fake_call *call, const char *name);
/* The common name in the client's certificate, or NULL. Any certificate is taken. */
const char *fake_call_client_name(const struct fake_call *call);

/* A whole answer with Content-Length. `headers`: further lines, each ending in \r\n, or NULL. */
void fake_reply(struct fake_call *call, int status, const char *headers, const char *body);

/* A chunked answer, piece by piece; false once the client is gone or the server stops. */
void fake_stream_begin(struct fake_call *call, int status);
bool fake_stream_send(struct fake_call *call, const char *data, size_t len);
void fake_stream_end(struct fake_call *call); /* the last chunk: a clean end */

/* Sends bytes as they are: an answer of the test's own; false once the client is gone. */
bool fake_send(struct fake_call *call, const char *data, size_t len);

/* Closes the connection as it is. */
void fake_break_off(struct fake_call *call);

/* Waits until the server is stopped or the client has gone, at most 30 s. */
void fake_hang(struct fake_call *call);

#endif
