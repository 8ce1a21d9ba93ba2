/* SPDX-License-Identifier: Apache-2.0 */
/* What the administrator chose: the same for every request, set once at start. */
#ifndef VALIDATORS_POLICY_H
#define VALIDATORS_POLICY_H

#include <stdbool.h>
#include <stddef.h>

struct policy {
    bool warn_only;                     /* --mode warn: every denial becomes a warning */
    bool warn_duplicate_resource_names; /* --duplicate-resource-names warn */
    bool absent_list_permits_all;       /* --absent-list allow */
    size_t shown_limit; /* bytes of an object's findings that are shown; 0: what fits an answer */
};

#endif
