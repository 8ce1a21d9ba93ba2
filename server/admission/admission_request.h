/* SPDX-License-Identifier: Apache-2.0 */
/* The request half of an AdmissionReview, picked out of its JSON and checked. */
#ifndef SERVER_ADMISSION_ADMISSION_REQUEST_H
#define SERVER_ADMISSION_ADMISSION_REQUEST_H

#include "base/error.h"
#include "base/str.h"
#include "validators/kinds.h"

#include <jansson.h>
#include <stdbool.h>

/* All borrowed from the JSON. */
struct admission_request {
    const char *api_version; /* to be echoed; static */
    struct str uid;
    const struct kind *kind;  /* NULL: nothing to review, allow */
    const json_t *object;     /* NULL when `kind` is */
    const json_t *old_object; /* NULL unless UPDATE */
};

/*
 * Checks that `root` is an AdmissionReview and fills in the request. What is never judged (a kind
 * that is not in the table, a subresource, DELETE, CONNECT) comes out with `kind` NULL. False with
 * a message that names the field when it is not what an API server sends.
 */
bool admission_request_read(const json_t *root, struct admission_request *ret_request,
                            struct error *err);

#endif
