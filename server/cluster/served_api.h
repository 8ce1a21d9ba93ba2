/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which API of the cluster holds the permitted list now: the group, and of its versions the one to
 * read. Looked up in the API server's own description (discovery), because a definition may be
 * installed, upgraded or removed at any time.
 */
#ifndef SERVER_CLUSTER_SERVED_API_H
#define SERVER_CLUSTER_SERVED_API_H

#include "server/api/api_read.h"

enum permitted_from {
    PERMITTED_FROM_AUTO, /* HyperConverged where its API is served, else KubeVirt */
    PERMITTED_FROM_HYPERCONVERGED,
    PERMITTED_FROM_KUBEVIRT,
};

enum served_api_result {
    SERVED_API_FOUND,
    SERVED_API_NONE,   /* the cluster was asked and serves none; `err` says what it does serve */
    SERVED_API_FAILED, /* the cluster could not be asked */
};

/*
 * The version that a group prefers is taken when the table of kinds knows it, else the first that
 * it knows in the API's order: with a HyperConverged that is stored as v1 and converted by nobody,
 * v1beta1 would show an empty list.
 *
 * Whether the version serves the kind is not asked when that would be `assumed`, of which the
 * caller learns it by listing the objects; NULL: everything is asked.
 */
enum served_api_result served_api_find(struct api_reads *reads, enum permitted_from from,
                                       const struct kind *assumed, const struct kind **ret_kind,
                                       struct error *err);

#endif
