/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to GET /metrics. */
#ifndef SERVER_HTTP_METRICS_REPLY_H
#define SERVER_HTTP_METRICS_REPLY_H

#include "server/http/reply.h"
#include "server/http/service.h"

void metrics_reply(struct service *service, struct reply *ret_reply);

#endif
