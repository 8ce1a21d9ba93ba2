/* SPDX-License-Identifier: Apache-2.0 */
/* The rule for keys that no API knows, and that are nearly ones that it does. */
#ifndef VALIDATORS_KEY_RULES_H
#define VALIDATORS_KEY_RULES_H

#include "validators/context.h"

/*
 * Reports misspelt keys of `context->value`, an object of the `kind`, where the permitted list or
 * the devices are; of other kinds none.
 */
void judge_keys(const struct kind *kind, struct context *context);

#endif
