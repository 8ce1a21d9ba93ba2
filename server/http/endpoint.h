/* SPDX-License-Identifier: Apache-2.0 */
/* One address that is listened on, as its requests see it. Lives as long as its listener. */
#ifndef SERVER_HTTP_ENDPOINT_H
#define SERVER_HTTP_ENDPOINT_H

#include "server/metrics/labels.h"

struct deadlines;
struct route_table;
struct service;

struct endpoint {
    enum label_listener label;        /* what the metrics call it */
    const struct route_table *routes; /* what can be asked for here */
    struct deadlines *deadlines;      /* of its connections */
    struct service *service;
};

#endif
