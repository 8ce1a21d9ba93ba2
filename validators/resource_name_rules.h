/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for resourceName: its form, and its being one name for one thing. */
#ifndef VALIDATORS_RESOURCE_NAME_RULES_H
#define VALIDATORS_RESOURCE_NAME_RULES_H

#include "validators/context.h"

void judge_resource_names(const struct permitted_section *section, struct context *context);

#endif
