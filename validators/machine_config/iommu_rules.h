/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for kernel arguments about the IOMMU. */
#ifndef VALIDATORS_MACHINE_CONFIG_IOMMU_RULES_H
#define VALIDATORS_MACHINE_CONFIG_IOMMU_RULES_H

#include "validators/context.h"
#include "validators/machine_config/machine_config.h"

void judge_iommu(const struct machine_config_facts *machine, struct context *context);

#endif
