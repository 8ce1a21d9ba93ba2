/* SPDX-License-Identifier: Apache-2.0 */
/* What all requests of the running server share. Lives from before the first to after the last. */
#ifndef SERVER_HTTP_SERVICE_H
#define SERVER_HTTP_SERVICE_H

#include "base/budget.h"
#include "server/http/credential_files.h"
#include "server/http/deadlines.h"
#include "server/permitted/current_list.h"
#include "server/permitted/refresher.h"
#include "validators/policy.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct service {
    struct policy policy;                 /* does not change while requests are served */
    struct phase_limits limits;           /* likewise */
    struct current_list *current;         /* thread-safe by itself */
    struct refresher *refresher;          /* likewise; NULL: the list is not read on demand */
    struct credential_files *credentials; /* likewise; NULL: their ends don't count */
    atomic_bool stopping;        /* not ready any more; every answer closes its connection */
    struct budget memory;        /* of all requests: bodies, what is made of them, replies */
    atomic_size_t waiting_bytes; /* bodies kept by requests that wait for a fresh list */
    atomic_size_t in_flight;     /* requests from their first line to the last byte of the answer */
};

#endif
