/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of the Kubernetes API server over HTTPS, by libcurl. One client has one connection that
 * it keeps, and belongs to one thread; only api_client_interrupt() may come from another. Every
 * phase is bounded: connecting, the whole of a call or, for a stream, its silence, and the size of
 * what is kept. https only, no redirects, no proxy; trusted are the
 * CAs of the configuration, or those of the system when it has none, never both.
 *
 * The token file is read again each minute, and when a request is answered with 401: if it holds
 * another token by then, the request is repeated once. One that finds the connection that was kept
 * dead, before a byte of the answer came, is repeated on a new connection: libcurl sees to that,
 * within the deadline, whatever the method.
 */
#ifndef SERVER_API_API_CLIENT_H
#define SERVER_API_API_CLIENT_H

#include "base/error.h"
#include "base/str.h"
#include "server/api/api_reply.h"
#include "server/kubeconfig/cluster_config.h"

#include <stdbool.h>
#include <stddef.h>

/* The largest answer that is kept: some forty pages of objects at etcd's limit would not fit, but a
 * page of HyperConverged objects, of which a cluster has one, has room for ten of that size. */
#define API_REPLY_MAX ((size_t)16 * 1024 * 1024)

struct api_client;

/* Before the first client and while the program has one thread; the process ends with it. */
bool api_client_library_init(struct error *err);

/* `config` is borrowed as long as the client lives. NULL: out of memory, or a bad CA or key. */
struct api_client *api_client_new(const struct cluster_config *config, struct error *err);
void api_client_free(struct api_client *client); /* NULL-safe */
void api_client_freep(struct api_client **client);
#define CLEANUP_API_CLIENT __attribute__((cleanup(api_client_freep)))

struct api_request {
    const char *method;       /* "GET", "POST", "PATCH", "PUT" */
    const char *path;         /* with its query, as it goes on the wire: "/apis/kubevirt.io" */
    const char *content_type; /* of the body; NULL: there is no body */
    struct str body;
    unsigned deadline_ms; /* for all of it, the repetition after a 401 included */
};

/*
 * Sends the request and collects the answer, whatever its status. False: no answer came (no
 * connection, TLS, deadline, larger than API_REPLY_MAX, interrupted); the message says why and
 * names the server, never a token.
 */
bool api_client_call(struct api_client *client, const struct api_request *request,
                     struct api_reply *ret_reply, struct error *err);

/*
 * GETs `path` and hands the bytes of a 200 to `receive` as they come, until the server ends the
 * answer or `receive` returns false. An answer with another status is collected in `ret_reply`
 * instead, as by api_client_call(); after a 200 its body is NULL. The head of the answer must come
 * within a minute; then nothing received for 180 s ends a stream as dead, as bookmarks come each
 * minute, and so do 15 minutes in all, as a watch asks for ten at most.
 *
 * A stream that is open for API_STREAM_STANDS_MS is told to `receive` by a call without bytes, once
 * and whatever that returns: one that fails does so at once, but one that works may be silent.
 *
 * True: the answer ended by itself, or `receive` ended it; False: no answer, or it broke off.
 */
#define API_STREAM_STANDS_MS 1000
typedef bool api_receive(void *receiver, const char *data, size_t len);
bool api_client_stream(struct api_client *client, const char *path, api_receive *receive,
                       void *receiver, struct api_reply *ret_reply, struct error *err);

/* Another bound than 180 s of silence, for tests. */
void api_client_set_silence(struct api_client *client, unsigned silence_ms);

/*
 * Ends the call under way, and the next one if none is, at once: it returns false with the message
 * "interrupted". Thread-safe, as long as the client is not freed.
 */
void api_client_interrupt(struct api_client *client);

#endif
