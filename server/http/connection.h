/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept for one connection, from accept to close. Used by the connection's thread only.
 * It knows the request that is under way: libmicrohttpd 0.9.75 can end a connection (a query with
 * more arguments than it has room for) without telling that the request ended.
 */
#ifndef SERVER_HTTP_CONNECTION_H
#define SERVER_HTTP_CONNECTION_H

#include "base/str.h"
#include "server/http/deadlines.h"
#include "server/http/tls_session.h"

#include <microhttpd.h>

struct endpoint;
struct request;

struct connection {
    struct request *request;                       /* owned; NULL between requests */
    void (*request_free)(struct request *request); /* how it ends */
    const struct endpoint *endpoint;
    struct deadline deadline;
    struct tls_session tls;
};

/* A MHD_NotifyConnectionCallback; `cls` is the struct endpoint. */
void connection_notify(void *cls, struct MHD_Connection *connection, void **state,
                       enum MHD_ConnectionNotificationCode code);

/* NULL when there was no memory for it. */
struct connection *connection_of(struct MHD_Connection *connection);

/* Puts `request` (NULL: none) in place of the one under way, which is freed. */
void connection_set_request(struct connection *connection, struct request *request,
                            void (*request_free)(struct request *request));

/*
 * Sends bytes past libmicrohttpd, which must have nothing of its own to send and must close the
 * connection next. What can't be sent at once is lost.
 */
void connection_send_last(struct MHD_Connection *connection, struct str bytes);

#endif
