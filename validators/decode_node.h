/* SPDX-License-Identifier: Apache-2.0 */
/* From a Node's values to the facts that the rules read. */
#ifndef VALIDATORS_DECODE_NODE_H
#define VALIDATORS_DECODE_NODE_H

#include "validators/decode_fields.h"

void decode_node(struct decoder *decoder, const struct value *object,
                 struct object_facts *ret_facts);

#endif
