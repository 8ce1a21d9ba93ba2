/* SPDX-License-Identifier: Apache-2.0 */
/* Something that does not work for a while and says why: to log it once for each reason. */
#ifndef SERVER_CLUSTER_OUTAGE_H
#define SERVER_CLUSTER_OUTAGE_H

#include "base/error.h"

#include <string.h>

struct outage {
    struct error reason; /* empty: all is well */
};

static inline bool outage_is_on(const struct outage *outage)
{
    return outage->reason.message[0] != '\0';
}

/* Returns whether this is the first time, or for another reason than before. */
static inline bool outage_begin(struct outage *outage, const struct error *reason)
{
    bool is_new = strcmp(outage->reason.message, reason->message) != 0;

    outage->reason = *reason;
    return is_new;
}

/* Returns whether there was one. */
static inline bool outage_end(struct outage *outage)
{
    bool was_on = outage_is_on(outage);

    outage->reason.message[0] = '\0';
    return was_on;
}

#endif
