/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resourceName: an extended resource name, `vendor-domain/device`, by the rules of Kubernetes
 * (pkg/apis/core/v1/helper/helpers.go IsExtendedResourceName) and of KubeVirt's device plugins.
 */
#ifndef VALIDATORS_RESOURCE_NAME_H
#define VALIDATORS_RESOURCE_NAME_H

#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * The longest name whose device plugin socket fits in a Unix socket path, in bytes
 * (harvester/harvester#4806).
 */
#define RESOURCE_NAME_SOCKET_LIMIT 61

/* The longest name that is legal, in bytes. */
#define RESOURCE_NAME_MAX ((size_t)308)

bool resource_name_is_valid(struct str name);

/*
 * For a name that is not valid, the one to write instead, put together in `buffer`, which has
 * RESOURCE_NAME_MAX bytes; the absent str when that can't be known. What resource_name_explain()
 * tells is this.
 */
struct str resource_name_meant(struct str name, char *buffer);

/* For a name that is not valid, adds which rule it breaks and what to write instead. */
void resource_name_explain(struct str name, struct text *message);

/*
 * The name as KubeVirt spells it in an environment variable: `/` and `.` become `_`, letters
 * upper-case (kubevirt pkg/util/util.go:89). `buffer` has room for name.len bytes.
 */
struct str resource_name_variable(struct str name, char *buffer);

#endif
