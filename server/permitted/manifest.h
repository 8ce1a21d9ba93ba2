/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a manifest, YAML or JSON, to the permitted list in it. */
#ifndef SERVER_PERMITTED_MANIFEST_H
#define SERVER_PERMITTED_MANIFEST_H

#include "base/error.h"
#include "base/text.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"

#include <stddef.h>

/*
 * The permitted list of the one HyperConverged (or KubeVirt) in the manifest; other documents, and
 * the other items of a List, are passed over. An error, naming what is wrong and where: text that
 * is neither YAML nor JSON, none or several such objects, a field of the wrong type.
 * Entries that the cluster would refuse for their form are kept as KubeVirt keeps them, and
 * `faults` (owned by the caller) gets a line for each.
 */
struct permitted_list *manifest_permitted_list(const char *text, size_t len,
                                               const struct policy *policy, struct text *faults,
                                               struct error *err);

#endif
