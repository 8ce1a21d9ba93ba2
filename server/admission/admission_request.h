/* SPDX-License-Identifier: Apache-2.0 */
/* The request half of an AdmissionReview, picked out of its values and checked. */
#ifndef SERVER_ADMISSION_ADMISSION_REQUEST_H
#define SERVER_ADMISSION_ADMISSION_REQUEST_H

#include "base/error.h"
#include "base/str.h"
#include "base/value.h"
#include "server/metrics/labels.h"
#include "validators/kinds.h"

#include <stdbool.h>

/* All borrowed from the values. */
struct admission_request {
    const struct value *fields; /* the request itself */
    const char *api_version;    /* to be echoed; static */
    struct str uid;
    enum operation operation;
    const struct kind *known_kind;  /* NULL: not in the table */
    const struct kind *kind;        /* the same, or NULL: nothing to review, allow */
    const struct value *object;     /* NULL when `kind` is */
    const struct value *old_object; /* NULL unless UPDATE */
};

/*
 * Checks that `root` is an AdmissionReview and fills in the request. What is never judged (a kind
 * that is not in the table, a subresource, DELETE, CONNECT) comes out with `kind` NULL. False with
 * a message that names the field when it is not what an API server sends.
 */
bool admission_request_read(const struct value *root, struct admission_request *ret_request,
                            struct error *err);

/* Who asks, and for which object: for the log. What is absent, or no string, is absent. */
struct admission_subject {
    struct str user;
    struct str namespace;
    struct str name; /* of one that gets its name only later: the generateName */
    bool dry_run;
};

struct admission_subject admission_request_subject(const struct admission_request *request);

#endif
