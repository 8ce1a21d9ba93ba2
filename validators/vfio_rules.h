/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for what binds devices to vfio-pci, and loads it. */
#ifndef VALIDATORS_VFIO_RULES_H
#define VALIDATORS_VFIO_RULES_H

#include "validators/context.h"
#include "validators/machine_config.h"

void judge_vfio(const struct machine_config_facts *machine, struct context *context);

#endif
