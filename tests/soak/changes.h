/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is exchanged under the servers of a soak every few seconds: the certificate of both, the
 * list that is a file and the list that is a cluster's, and the client CA; now and then for a
 * broken one, and now and then the cluster fails.
 */
#ifndef TESTS_SOAK_CHANGES_H
#define TESTS_SOAK_CHANGES_H

#include "certs/issue.h"
#include "tests/soak/rotation.h"
#include "tests/support/fake_cluster.h"
#include "tests/support/temp_dir.h"

#include <stdbool.h>
#include <stddef.h>

struct changes {
    struct temp_dir dir;
    struct certs_bundle pairs[2]; /* by two CAs, both of which clients trust */
    struct temp_path ca, crt, key, list, client_ca, kubeconfig;
    struct fake_cluster *cluster;
    struct rotation rotation;
    unsigned long reloads, lists;
};

/* All that servers are started with. */
void changes_make(struct changes *changes);
void changes_remove(struct changes *changes);

/* To be called once a second; `client_cas` is how many the server has taken over so far. */
void changes_apply(struct changes *changes, size_t second, unsigned long client_cas);

/* Of the cluster's list. */
void changes_edit(struct changes *changes, bool with_changing);

/* A good pair again, and a cluster that answers. */
void changes_end(struct changes *changes);

/* One line: what was exchanged so far. */
void changes_report(struct changes *changes);

#endif
