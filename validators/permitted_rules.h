/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for objects that hold a permitted list: HyperConverged and KubeVirt. */
#ifndef VALIDATORS_PERMITTED_RULES_H
#define VALIDATORS_PERMITTED_RULES_H

#include "validators/context.h"

void judge_permitted_devices(const struct object_facts *facts, struct context *context);

#endif
