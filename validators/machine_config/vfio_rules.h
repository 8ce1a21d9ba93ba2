/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for what binds devices to vfio-pci, and loads it. */
#ifndef VALIDATORS_MACHINE_CONFIG_VFIO_RULES_H
#define VALIDATORS_MACHINE_CONFIG_VFIO_RULES_H

#include "validators/context.h"
#include "validators/machine_config/machine_config.h"

void judge_vfio(const struct machine_config_facts *machine, struct context *context);

#endif
