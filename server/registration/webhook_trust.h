/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the API server trust what the Secret says: from its CAs to the caBundles of both webhook
 * configurations. Any number of programs may do this at the same time, and the last Secret wins.
 * While there is no Secret, CAs are only ever added to the caBundles.
 */
#ifndef SERVER_REGISTRATION_WEBHOOK_TRUST_H
#define SERVER_REGISTRATION_WEBHOOK_TRUST_H

#include "server/registration/webhook_certificate.h"

struct webhook_trust {
    /* The Secret must be of this resourceVersion. NULL: of any, but its CAs must be those of its
     * pair, because servers use that by now. */
    const char *version;
    /* PEM. There is no Secret yet: the caBundles are to hold these CAs beside their own, but for
     * those that have expired. NULL: the caBundles are made from the Secret. */
    const char *new_cas;
    bool tell_unchanged; /* reports a configuration that was left alone, too */
    bool wrote;          /* set when caBundles were changed, and left as it is when not */
};

/* Needs both configurations; see webhook_configurations_get(). */
bool webhook_trust_make(const struct webhook_certificate *task, struct webhook_trust *trust,
                        struct error *err);

#endif
