/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secret that holds the webhook's serving certificate: ca.crt, tls.crt and tls.key, as a
 * Secret of the type kubernetes.io/tls has them; one of another type is read and changed too.
 * What was read is wiped when it is cleared, and so is every copy on the way.
 *
 * Needs the verbs get, create and patch on this Secret, each only for the function of its name.
 */
#ifndef SERVER_REGISTRATION_SECRET_H
#define SERVER_REGISTRATION_SECRET_H

#include "certs/stored.h"
#include "server/api/api_retry.h"

#include <stdbool.h>

/* Where it is; both are names that the API server allows. Borrowed. */
struct secret_name {
    const char *namespace;
    const char *name;
};

struct secret {
    char *resource_version; /* owned; NULL: nothing was read */
    /* PEM; owned; NULL: not there, or no text in base64. */
    char *ca_crt;
    char *tls_crt;
    char *tls_key;
};

void secret_clear(struct secret *secret);
#define CLEANUP_SECRET __attribute__((cleanup(secret_clear)))

/* Its parts, borrowed. */
struct certs_stored secret_stored(const struct secret *secret);

/* What became of a request. */
enum secret_result {
    SECRET_DONE,
    SECRET_ABSENT,  /* there is no such Secret (get, patch), or no such namespace (create) */
    SECRET_CHANGED, /* someone else made it before (create) or changed it meanwhile (patch) */
    SECRET_FAILED,
};

/* Reads it. `err` is set for every result but SECRET_DONE. */
enum secret_result secret_get(const struct api_retry *api, const struct secret_name *name,
                              struct secret *ret_secret, struct error *err);

/* Creates it with the three parts of `stored`. */
enum secret_result secret_create(const struct api_retry *api, const struct secret_name *name,
                                 const struct certs_stored *stored, struct error *err);

/*
 * Sets the parts of `stored` that are not absent and leaves the others, if the Secret is still the
 * one of `secret->resource_version`. `*secret` becomes what the Secret is afterwards.
 */
enum secret_result secret_patch(const struct api_retry *api, const struct secret_name *name,
                                const struct certs_stored *stored, struct secret *secret,
                                struct error *err);

#endif
