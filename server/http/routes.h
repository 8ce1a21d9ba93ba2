/* SPDX-License-Identifier: Apache-2.0 */
/* What the server can be asked for: one row each. */
#ifndef SERVER_HTTP_ROUTES_H
#define SERVER_HTTP_ROUTES_H

#include "base/str.h"
#include "server/http/reply.h"
#include "server/http/service.h"

struct route {
    const char *url;
    const char *methods; /* as the Allow header lists them */
    bool takes_body;     /* JSON; the request must say how long it is */
    /* Called when the whole request is there, on the connection's thread. */
    void (*answer)(struct service *service, struct str body, struct reply *ret_reply);
};

/* The row for the request. NULL: `ret_refusal` says 404 or 405. */
const struct route *route_find(const char *url, const char *method, struct reply *ret_refusal);

#endif
