/* SPDX-License-Identifier: Apache-2.0 */
/* Dotted paths such as "spec.a.b[0].c" or "metadata.labels[example.com/a]", step by step. Pure. */
#ifndef SERVER_DOCUMENTS_DOCUMENT_STEP_H
#define SERVER_DOCUMENTS_DOCUMENT_STEP_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct document_step {
    struct str name; /* of a member, borrowed from the path; absent: it goes to an item */
    size_t index;    /* of the item */
    struct str
        key; /* the index as it is written: where there is an object, it is a member's name */
};

/* Takes the next step from `*path`; false when there is none. */
bool document_step_next(struct str *path, struct document_step *ret_step);

#endif
