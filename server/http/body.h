/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a request as it arrives. It gets room for twice of what has arrived, so that a client
 * can't take memory by announcing what it does not send; the room is taken from an account.
 */
#ifndef SERVER_HTTP_BODY_H
#define SERVER_HTTP_BODY_H

#include "base/budget.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct body {
    struct account *account; /* whose memory it takes */
    size_t most;             /* bytes that it may hold */
    char *data;              /* owned; NULL: nothing arrived */
    size_t len;
    size_t capacity;
};

/*
 * Adds `size` bytes, with which it must not be longer than `most`. False: no memory, or not enough
 * left in the account, which remembers that.
 */
bool body_add(struct body *body, const char *data, size_t size);

/* The bytes, borrowed until the next change; never absent. */
struct str body_get(const struct body *body);

/* Gives back what it holds. */
void body_free(struct body *body);

#endif
