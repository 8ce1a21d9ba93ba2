/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the certificate and key that lie in two files before the TLS handshakes, and the client CA,
 * where there is one, behind them; and follows the files: replaced, written in place, or swapped by
 * a kubelet. What is new is used within five seconds, once the files looked the same twice;
 * connections that are open go on. What can't be used (broken, mismatched, expired) is logged, once
 * a minute, and the one before stays in use.
 *
 * One thread of its own; it logs. What tells of the state may be called by any thread.
 */
#ifndef SERVER_HTTP_CREDENTIAL_FILES_H
#define SERVER_HTTP_CREDENTIAL_FILES_H

#include "base/error.h"
#include "base/str.h"
#include "certs/pem.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Two looks that are alike, and the reading, within five seconds. */
#define CREDENTIAL_FILES_INTERVAL_MS 1000

/* As long as something can't be used, it is said again after this time. */
#define CREDENTIAL_FILES_LOG_AGAIN_MS 60000

struct credential_files;

struct credential_files_config {
    const char *cert_file, *key_file; /* PEM; borrowed as long as they are followed */
    const char *client_ca_file;       /* likewise; NULL: clients are not asked who they are */
    struct str client_names;          /* likewise; absent: any, see certs/client_ca.h */
    unsigned interval_ms;             /* time between two looks at the files */
    unsigned log_again_ms;            /* time between two lines about one failure */
};

/*
 * Loads the pair and the client CA, and uses them. NULL: one can't be used, and the message names
 * the file and says why.
 */
struct credential_files *credential_files_new(const struct credential_files_config *config,
                                              struct error *err);

/* Logs what is in use and starts to follow the files. False: out of memory or threads. */
bool credential_files_follow(struct credential_files *files, struct error *err);

/* Stops following; what is in use stays. NULL-safe. */
void credential_files_free(struct credential_files *files);

/*
 * Checks that no certificate of the served chain has expired at `now`. The message says which one
 * and when.
 */
bool credential_files_check(struct credential_files *files, time_t now, struct error *err);

enum credential { CREDENTIAL_SERVING, CREDENTIAL_CLIENT_CA };
#define CREDENTIAL_COUNT 2

struct credential_status {
    /* The end of each certificate in use in the order of its file, so that of the leaf first. */
    time_t not_after[CERTS_CHAIN_MAX];
    size_t count;           /* 0: there is no client CA */
    unsigned long reloads;  /* times that it was exchanged for a new one since the start */
    unsigned long failures; /* times that the files were read and could not be used */
    bool failing;           /* the files, as they are now, can't be used */
};

void credential_files_status(struct credential_files *files, enum credential which,
                             struct credential_status *ret_status);

#endif
