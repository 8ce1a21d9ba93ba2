/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the certificate of the webhook's server in a cluster without any other component: a Secret
 * holds it with its key and the CAs to trust, and the caBundles of the webhook configurations,
 * through which the API server knows the server, are made from that Secret.
 *
 * Never is there a pair in the Secret whose CA the caBundles lack, if it was not so before: what is
 * to be used is trusted first. That holds when a run is broken off anywhere, when two of them run
 * at the same time, and when someone edits the same objects: every write names the version of the
 * object that it is for, and a caBundle is only ever made from the Secret as it is then, or gets a
 * CA in addition while there is no Secret. A run that was broken off is completed by the next one,
 * whatever it had done.
 *
 * The key of a new CA never leaves memory and is wiped once the pair is signed. One thread.
 */
#ifndef SERVER_REGISTRATION_WEBHOOK_CERTIFICATE_H
#define SERVER_REGISTRATION_WEBHOOK_CERTIFICATE_H

#include "base/error.h"
#include "base/str.h"
#include "server/api/api_retry.h"
#include "server/registration/secret.h"

#include <stdbool.h>
#include <time.h>

struct webhook_certificate {
    struct api_retry api;
    struct secret_name secret;
    const char *configuration; /* the name of both configurations; not for create */
    struct str hosts;          /* what the certificate is for, see certs/names.h; not for patch */
    unsigned days;             /* the life of a new one; not for patch */
    time_t now;                /* seconds since the epoch */
    unsigned settle_ms;        /* for renew: until every API server has the new caBundles */
    void (*did)(const char *line); /* gets one line, without a line end, for each thing done */
};

/*
 * Makes a CA and a serving certificate and creates the Secret with them. One that is there and good
 * is left alone; one that is there and not good is an error that says why.
 */
bool webhook_certificate_create(const struct webhook_certificate *task, struct error *err);

/*
 * Makes the CAs in the Secret the caBundle of every webhook in both configurations that is called
 * through a Service. An error when the Secret or one of the two is not there, or when the Secret's
 * certificate is not of these CAs.
 */
bool webhook_certificate_patch(const struct webhook_certificate *task, struct error *err);

/*
 * Replaces CA and pair when they are due (see certs_stored_check()) or not good, or with `force`:
 * the new CA beside the one in use into the Secret, from there into both configurations, then a
 * wait of `settle_ms`, then the new pair into the Secret. The old CA stays trusted until the next
 * renewal, so servers may take up the new pair in their own time. When nothing is due, this does
 * what webhook_certificate_patch() does.
 *
 * A Secret that is not there is created, once the CAs that it begins with are in both
 * configurations and `settle_ms` have passed. The CAs that they hold stay in them: servers that run
 * keep the pair of a Secret that was deleted.
 */
bool webhook_certificate_renew(const struct webhook_certificate *task, bool force,
                               struct error *err);

#endif
