/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that look at one object beside all others. Who has but one object at a time, as an
 * admission webhook does, has no use for them.
 */
#ifndef VALIDATORS_CHAIN_RULES_H
#define VALIDATORS_CHAIN_RULES_H

#include "base/value.h"
#include "validators/chain.h"
#include "validators/facts.h"
#include "validators/findings.h"
#include "validators/permitted_list.h"

/*
 * Adds to the findings of an object's review what is wrong with it in its chain: warnings alone.
 * `object` are the values that its facts come from; `list` may be NULL (not known).
 */
void chain_judge(const struct chain *chain, const struct permitted_list *list,
                 const struct object_facts *facts, const struct value *object,
                 struct findings *findings);

#endif
