/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/body.h"

#include "server/http/spare_buffer.h"

#include <stdlib.h>
#include <string.h>

/* Not for less than this: a connection takes more by itself. */
#define FIRST_CAPACITY ((size_t)4 * 1024)

/* Moves the body into the thread's spare buffer, when that is large enough and the account allows.
 */
static bool take_spare(struct body *body, size_t needed)
{
    size_t capacity;
    char *data = needed >= SPARE_BUFFER_MIN ? spare_buffer_take(needed, &capacity) : NULL;
    bool refused;

    if (!data)
        return false;
    /* That this is refused means nothing: a smaller one may do. */
    refused = body->account->refused;
    if (!account_take(body->account, capacity - body->capacity)) {
        body->account->refused = refused;
        spare_buffer_give(data, capacity);
        return false;
    }
    if (body->len > 0)
        memcpy(data, body->data, body->len);
    free(body->data);
    body->data = data;
    body->capacity = capacity;
    return true;
}

/* Doubles, up to what the body may hold. */
static bool grow(struct body *body, size_t needed)
{
    size_t capacity = needed > FIRST_CAPACITY / 2 ? 2 * needed : FIRST_CAPACITY;
    char *data;

    if (capacity > body->most)
        capacity = body->most;
    if (!account_take(body->account, capacity - body->capacity))
        return false;
    data = realloc(body->data, capacity);
    if (!data) {
        account_give(body->account, capacity - body->capacity);
        return false;
    }
    body->data = data;
    body->capacity = capacity;
    return true;
}

static bool reserve(struct body *body, size_t more)
{
    size_t needed = body->len + more;

    return needed <= body->capacity || take_spare(body, needed) || grow(body, needed);
}

bool body_add(struct body *body, const char *data, size_t size)
{
    if (size == 0)
        return true;
    if (!reserve(body, size))
        return false;
    memcpy(body->data + body->len, data, size);
    body->len += size;
    return true;
}

struct str body_get(const struct body *body)
{
    return (struct str){body->data ? body->data : "", body->len};
}

void body_free(struct body *body)
{
    spare_buffer_give(body->data, body->capacity);
    account_give(body->account, body->capacity);
    body->data = NULL;
    body->len = body->capacity = 0;
}
