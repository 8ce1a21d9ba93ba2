/* SPDX-License-Identifier: Apache-2.0 */
/* What the server can be asked for, on each kind of listener: one row each. */
#ifndef SERVER_HTTP_ROUTES_H
#define SERVER_HTTP_ROUTES_H

#include "base/str.h"
#include "server/admission/admission.h"
#include "server/http/reply.h"
#include "server/http/service.h"

/* How it went when the permitted list was to be read afresh for one request. */
enum freshness { FRESHNESS_NOT_ASKED, FRESHNESS_FRESH, FRESHNESS_FAILED };

/* What an answer is made of. */
struct exchange {
    struct service *service;
    struct account *memory; /* what the answer is made with; it holds the reply afterwards */
    struct str body;        /* borrowed for the call, perhaps from libmicrohttpd */
    bool is_verbose;        /* the query says `verbose` */
    enum freshness freshness;
    const char *refresh_problem; /* with FRESHNESS_FAILED */
    long long ended_ns;          /* when the request was there, by monotonic_ns() */
};

struct route {
    const char *url;
    const char *methods; /* as the Allow header lists them */
    bool takes_body;     /* JSON; the request must say how long it is */
    /*
     * Called when the whole request is there, on the connection's thread. False: the permitted list
     * must be read afresh first; call it again then.
     */
    bool (*answer)(const struct exchange *exchange, struct reply *ret_reply);
    enum admission_path path; /* of one that takes a body */
};

struct route_table {
    const struct route *routes;
    size_t count;
};

extern const struct route_table route_table_https, route_table_probes;

/* The row for the request. NULL: `ret_refusal` says 404 or 405. */
const struct route *route_find(const struct route_table *table, const char *url, const char *method,
                               struct reply *ret_refusal);

#endif
