/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AdmissionReview (admission.k8s.io/v1 and v1beta1): the bytes of a request in, the bytes of the
 * answer out. Knows nothing of HTTP beyond the status code that the answer should have.
 */
#ifndef SERVER_ADMISSION_ADMISSION_H
#define SERVER_ADMISSION_ADMISSION_H

#include "base/budget.h"
#include "server/metrics/labels.h"
#include "validators/findings.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"

#include <jansson.h>
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

/* What is said when more memory is in use than all requests together may take. */
#define ADMISSION_NO_ROOM                                                                        \
    "the requests that are under way take all the memory that --max-request-memory allows; try " \
    "again"

struct admission_reply {
    unsigned status; /* HTTP: 200; 400 not an AdmissionReview; 413 too much to read; 429 no room
                        in the account; 500 out of memory; 503 the permitted list is needed and not
                        known */
    char *body;      /* owned, free() it; JSON when status is 200, else one line of plain text.
                        NULL only when there is no memory even for that line */
    size_t body_len;
    bool denied_by_list;      /* with another list the object may be allowed */
    enum rejection rejection; /* why the status is not 200 */
};

struct admission_request;

/* What became of a request, for who counts and logs; all borrowed. */
struct admission_outcome {
    enum admission_path path;
    const struct admission_request *request; /* NULL: the body is no AdmissionReview */
    enum verdict verdict;
    const struct findings *findings; /* NULL: nothing was judged */
    const struct admission_reply *reply;
};

/* Who has a request reviewed. */
struct admission_caller {
    /*
     * Whose memory it is: all that a review needs is taken from there; afterwards the account holds
     * the reply, and what it held before. NULL: memory is not counted.
     */
    struct account *account;
    /* Called once for each review, when its answer is made and its body still there; or NULL. */
    void (*see)(void *context, const struct admission_outcome *outcome);
    void *context;
};

/*
 * Reviews one request; `caller` may be NULL. Thread-safe: shares nothing between calls but what the
 * account takes from.
 */
void admission_review(enum admission_path path, const char *body, size_t body_len,
                      const struct policy *policy, const struct admission_list *list,
                      const struct admission_caller *caller, struct admission_reply *ret_reply);

/* The same for a body that was read already, with all of its fields or those of admission_mask().
 */
void admission_review_json(enum admission_path path, const json_t *root,
                           const struct policy *policy, const struct admission_list *list,
                           const struct admission_caller *caller,
                           struct admission_reply *ret_reply);

#endif
