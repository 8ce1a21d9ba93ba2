/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for a MachineConfig, and for the Butane document that becomes one. */
#ifndef VALIDATORS_MACHINE_CONFIG_MACHINE_CONFIG_RULES_H
#define VALIDATORS_MACHINE_CONFIG_MACHINE_CONFIG_RULES_H

#include "validators/context.h"
#include "validators/machine_config/machine_config.h"

void judge_machine_config(const struct machine_config_facts *machine, struct context *context);

#endif
