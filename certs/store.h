/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a CA and a serving certificate in a folder, so that whoever opens ca.crt, ca.key, tls.crt
 * and tls.key finds files of one issue, whenever it looks and wherever the writer was stopped:
 *
 *     tls.crt -> ..data/tls.crt      (likewise tls.key, ca.crt, ca.key)
 *     ..data  -> ..hostdev-webhook-5f0c…
 *     ..hostdev-webhook-5f0c…/       the four files of the current issue
 *
 * This is how the kubelet lays out a Secret, and what a watcher of a Secret understands. A new
 * issue fills a folder of its own and is then put in place by one rename(2) of `..data`.
 * Writers lock the folder against each other; readers need no lock.
 */
#ifndef CERTS_STORE_H
#define CERTS_STORE_H

#include "base/error.h"
#include "certs/issue.h"

#include <stdbool.h>

/*
 * Writes the bundle to `dir`. The folder and its parents are created when missing (0755 under the
 * umask); keys are 0600 from their first moment, certificates 0644. Files and folder are synced.
 *
 * Without `overwrite_ca` an existing ca.key is an error. Files of these four names that came from
 * elsewhere are replaced, and the pair that they make stays whole until the new one is in place.
 * Folders of earlier issues, and what a killed run left, are removed. On failure the earlier files
 * stay (or, if only the last sync failed, the new ones are there but may not outlive a power cut);
 * another run on the same folder at the same time is a failure too.
 */
bool certs_store_write(const char *dir, const struct certs_bundle *bundle, bool overwrite_ca,
                       struct error *err);

#endif
