/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for objects that ask for devices: VirtualMachine and its kin. */
#ifndef VALIDATORS_DEVICE_RULES_H
#define VALIDATORS_DEVICE_RULES_H

#include "validators/context.h"

void judge_device_requests(const struct object_facts *facts, struct context *context);

#endif
