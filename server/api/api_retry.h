/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the API server that are repeated for a while when what failed may pass: no connection,
 * no answer in time, "too many requests", an error of the server's own. And for a shorter while
 * "forbidden": at an installation everything is created at once, and the API server knows a new
 * RoleBinding only moments later. For commands, which run to their end in one thread.
 */
#ifndef SERVER_API_API_RETRY_H
#define SERVER_API_API_RETRY_H

#include "server/api/api_client.h"

/* In milliseconds. */
struct api_patience {
    unsigned deadline_ms;            /* of one try */
    unsigned transient_ms;           /* no try begins later than this after the first one */
    unsigned forbidden_ms;           /* the same when the answer was 403 */
    unsigned pause_ms, pause_max_ms; /* between two tries: doubles from the first to the second */
};
#define API_PATIENCE_DEFAULT            \
    {                                   \
        10000, 60000, 10000, 500, 2000, \
    }

struct api_retry {
    struct api_client *client; /* borrowed */
    struct api_patience patience;
    /* Called when a request is to be tried again, once for each request; NULL: nobody asks. */
    void (*waits)(const struct error *problem);
};

/*
 * As api_client_call(), but with the deadline of the patience. The answer is the last one, whatever
 * its status; a request that changes something may have been carried out more than once.
 */
bool api_retry_call(const struct api_retry *retry, const struct api_request *request,
                    struct api_reply *ret_reply, struct error *err);

#endif
