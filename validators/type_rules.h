/* SPDX-License-Identifier: Apache-2.0 */
/* The rule for every kind: each field has the JSON type that its schema says. */
#ifndef VALIDATORS_TYPE_RULES_H
#define VALIDATORS_TYPE_RULES_H

#include "validators/context.h"

/* Adds what should have been there, and what to write instead where that is known. */
void type_fault_explain(const struct type_fault *fault, struct text *message);

void judge_types(const struct object_facts *facts, struct context *context);

#endif
