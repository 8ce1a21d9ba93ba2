/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that look at one object beside all others. Who has but one object at a time, as an
 * admission webhook does, has no use for them.
 */
#ifndef VALIDATORS_CHAIN_RULES_H
#define VALIDATORS_CHAIN_RULES_H

#include "validators/context.h"
#include "validators/facts.h"

/* Reports what is wrong with an object in its chain, `context->chain`: warnings alone. */
void judge_chain(const struct object_facts *facts, struct context *context);

#endif
