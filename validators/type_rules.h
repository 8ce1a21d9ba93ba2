/* SPDX-License-Identifier: Apache-2.0 */
/* The rule for every kind: each field has the JSON type that its schema says. */
#ifndef VALIDATORS_TYPE_RULES_H
#define VALIDATORS_TYPE_RULES_H

#include "base/error.h"
#include "validators/context.h"

/* Adds what should have been there, and what to write instead where that is known. */
void type_fault_explain(const struct type_fault *fault, struct text *message);

/*
 * For who needs an object as a whole: false, with the first of its faults as the message, when it
 * has one. A list of which a part can't be read is not the cluster's list.
 */
bool type_faults_refuse(const struct object_facts *facts, struct error *err);

void judge_types(const struct object_facts *facts, struct context *context);

#endif
