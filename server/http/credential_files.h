/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the certificate and key that lie in two files before the TLS handshakes, and follows the
 * files: replaced, written in place, or swapped by a kubelet. A new pair is used within five
 * seconds, once the files looked the same twice; connections that are open go on. A pair that can't
 * be used (broken, mismatched, expired) is logged, once a minute, and the one before stays in use.
 *
 * One thread of its own; it logs.
 */
#ifndef SERVER_HTTP_CREDENTIAL_FILES_H
#define SERVER_HTTP_CREDENTIAL_FILES_H

#include "base/error.h"

#include <stdbool.h>

/* Two looks that are alike, and the reading, within five seconds. */
#define CREDENTIAL_FILES_INTERVAL_MS 1000

struct credential_files;

struct credential_files_config {
    const char *cert_file, *key_file; /* PEM; borrowed as long as they are followed */
    unsigned interval_ms;             /* time between two looks at the files */
};

/*
 * Loads the pair and uses it. NULL: it can't be served, and the message names the file and says
 * why.
 */
struct credential_files *credential_files_new(const struct credential_files_config *config,
                                              struct error *err);

/* Logs the pair in use and starts to follow the files. False: out of memory or threads. */
bool credential_files_follow(struct credential_files *files, struct error *err);

/* Stops following; the pair in use stays. NULL-safe. */
void credential_files_free(struct credential_files *files);

#endif
