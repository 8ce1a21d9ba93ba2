/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for the files of modprobe and modules-load, whatever is in them. */
#ifndef VALIDATORS_MACHINE_CONFIG_MACHINE_FILE_RULES_H
#define VALIDATORS_MACHINE_CONFIG_MACHINE_FILE_RULES_H

#include "validators/context.h"
#include "validators/machine_config/machine_config.h"

void judge_machine_files(const struct machine_config_facts *machine, struct context *context);

#endif
