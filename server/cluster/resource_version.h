/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of resourceVersions. They are compared as decimal numbers, as Kubernetes documents
 * since 1.35 (KEP-5504) and etcd's revisions always were. Pure.
 */
#ifndef SERVER_CLUSTER_RESOURCE_VERSION_H
#define SERVER_CLUSTER_RESOURCE_VERSION_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* The longest that is taken: a decimal number of 64 bits has 20 digits. */
#define RESOURCE_VERSION_MAX ((size_t)64)

/* Whether version `a` is newer than `b`. If one is not a number: whether they differ. */
bool resource_version_is_newer(struct str a, struct str b);

/* Whether version `a` is older than `b`. If one is not a number: false, nobody can tell. */
bool resource_version_is_older(struct str a, struct str b);

#endif
