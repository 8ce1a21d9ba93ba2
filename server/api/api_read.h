/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads of the API server that together have a deadline: what the look at the served APIs and a
 * LIST consist of.
 */
#ifndef SERVER_API_API_READ_H
#define SERVER_API_API_READ_H

#include "base/error.h"
#include "server/api/api_client.h"
#include "validators/kinds.h"

#include <jansson.h>
#include <stdbool.h>

/* The server's wish to be left alone is heeded up to here: by then a list must be tried again. */
#define RETRY_AFTER_LIMIT_MS 60000

struct api_reads {
    struct api_client *client; /* borrowed */
    long long until_ms;        /* on the clock of monotonic_ms(), when all must be done */
    unsigned retry_after_ms;   /* what the server asked for when one failed; 0: nothing */
    bool not_found;            /* the last one was answered with HTTP 404 */
};

enum api_read_result {
    API_READ_DONE,
    API_READ_NOT_FOUND, /* HTTP 404 */
    API_READ_EXPIRED,   /* HTTP 410 */
    API_READ_FAILED,
};

/*
 * GETs `path`. `*ret_json` gets what was answered, which the caller json_decref()s; `err` says what
 * is wrong in all other cases. `kind` is what is read, NULL for the API's own description: the
 * message of a refusal names the permission that is missing.
 */
enum api_read_result api_read(struct api_reads *reads, const char *path, const struct kind *kind,
                              json_t **ret_json, struct error *err);

/* What a reply with a status other than 200 means; `path` and `kind` as above. */
enum api_read_result api_read_judge(const struct api_reply *reply, const char *path,
                                    const struct kind *kind, unsigned *ret_retry_after_ms,
                                    struct error *err);

#endif
