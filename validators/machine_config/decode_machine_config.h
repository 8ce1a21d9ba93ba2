/* SPDX-License-Identifier: Apache-2.0 */
/* From a MachineConfig's or a Butane document's values to the facts that the rules read. */
#ifndef VALIDATORS_MACHINE_CONFIG_DECODE_MACHINE_CONFIG_H
#define VALIDATORS_MACHINE_CONFIG_DECODE_MACHINE_CONFIG_H

#include "validators/decode_fields.h"

/* As decode_object() has it; sets `facts->machine`. */
void decode_machine_config(struct decoder *decoder, const struct value *object,
                           struct object_facts *facts);

#endif
