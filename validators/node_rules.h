/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for a Node's labels that NVIDIA's GPU operator reads. */
#ifndef VALIDATORS_NODE_RULES_H
#define VALIDATORS_NODE_RULES_H

#include "validators/context.h"

void judge_node(const struct object_facts *facts, struct context *context);

/* True when the GPU operator's operands are kept off this node. */
bool node_keeps_operands_off(const struct node_facts *node);

#endif
