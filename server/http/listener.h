/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server on one address: libmicrohttpd's daemon with its threads, from start to stop. TLS is
 * GnuTLS with the pair of tls_credentials.h.
 */
#ifndef SERVER_HTTP_LISTENER_H
#define SERVER_HTTP_LISTENER_H

#include "base/error.h"
#include "server/http/service.h"

struct listener;

enum listener_kind {
    LISTENER_HTTPS,  /* the reviews, for API servers */
    LISTENER_PROBES, /* plain HTTP, for kubelets and Prometheus: few and slow */
};

/*
 * Serves on `fd`, a listening socket that is not blocking, which is taken over. `service` is
 * borrowed until the listener was stopped. NULL: the message has libmicrohttpd's reason.
 */
struct listener *listener_start(enum listener_kind kind, int fd, struct service *service,
                                struct error *err);

/* Closes what is still open and waits for the threads. NULL-safe. */
void listener_stop(struct listener *listener);

/*
 * Lets the process open as many files as it may, and says how many HTTPS connections can be served
 * at once. Below LISTENER_CONNECTIONS the limit of open files is why.
 */
#define LISTENER_CONNECTIONS 4096U
unsigned listener_connection_limit(void);

#endif
