/* SPDX-License-Identifier: Apache-2.0 */
/* What an API server answered to one request, and the words for an answer that is a refusal. */
#ifndef SERVER_API_API_REPLY_H
#define SERVER_API_API_REPLY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct api_reply {
    long status; /* HTTP status */
    char *body;  /* owned, NUL-terminated behind `len` bytes */
    size_t len;
    long retry_after; /* seconds that the server asks to wait, an hour at most; 0: it doesn't say */
};

void api_reply_clear(struct api_reply *reply); /* frees the body; the struct is empty afterwards */
#define CLEANUP_API_REPLY __attribute__((cleanup(api_reply_clear)))

/*
 * Sets the error that an answer with a status other than 2xx means: "WHAT: HTTP 403" and, if the
 * body is a metav1.Status, ": " and its message (escaped); after a 401 also what to look at, as
 * the server never says more. `what` is shown as it is. Returns false.
 */
bool api_reply_error(const struct api_reply *reply, const char *what, struct error *err);

#endif
