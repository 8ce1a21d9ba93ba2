/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AdmissionReview (admission.k8s.io/v1 and v1beta1): the bytes of a request in, the bytes of the
 * answer out. Knows nothing of HTTP beyond the status code that the answer should have.
 */
#ifndef SERVER_ADMISSION_ADMISSION_H
#define SERVER_ADMISSION_ADMISSION_H

#include "validators/permitted_list.h"
#include "validators/policy.h"

#include <stdbool.h>
#include <stddef.h>

enum admission_path {
    ADMISSION_VALIDATE, /* never answers with a patch */
    ADMISSION_MUTATE,   /* never denies */
};

/* The permitted list as a review finds it; all borrowed. */
struct admission_list {
    const struct permitted_list *list; /* NULL: not known */
    const char *problem;               /* why it is not known; NULL when it is */
    const char *note; /* NULL, or what a denial by this list must be accompanied by, as a warning */
};

struct admission_reply {
    unsigned status; /* HTTP: 200; 400 not an AdmissionReview; 413 too much to read;
                        500 out of memory; 503 the permitted list is needed and not known */
    char *body;      /* owned, free() it; JSON when status is 200, else one line of plain text.
                        NULL only when there is no memory even for that line */
    size_t body_len;
    bool denied_by_list; /* with another list the object may be allowed */
};

/* Reviews one request. Thread-safe: shares nothing between calls. */
void admission_review(enum admission_path path, const char *body, size_t body_len,
                      const struct policy *policy, const struct admission_list *list,
                      struct admission_reply *ret_reply);

#endif
