/* SPDX-License-Identifier: Apache-2.0 */
/* Whether requests should come here: one row a condition, the reason with each that does not hold.
 */
#ifndef SERVER_HTTP_READINESS_H
#define SERVER_HTTP_READINESS_H

#include "server/http/reply.h"
#include "server/http/service.h"

/* True when every condition holds. */
bool readiness_holds(struct service *service);

/*
 * 200, or 503 with the reasons. `verbose` lists every condition, one line each, as the API server's
 * own /readyz?verbose does.
 */
void readiness_reply(struct service *service, bool verbose, struct reply *ret_reply);

#endif
