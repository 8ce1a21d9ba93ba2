/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for objects that ask for devices: VirtualMachine and its kin. */
#ifndef VALIDATORS_DEVICE_RULES_H
#define VALIDATORS_DEVICE_RULES_H

#include "validators/context.h"

/* Longer aliases are not suggested; a value is shown up to this length. */
#define DEVICE_ALIAS_MAX ((size_t)SHOWN_VALUE_LIMIT)

/*
 * For a name that is no libvirt alias, adds the one to write instead: a dash for every character
 * that has no place in it. False: it is one.
 */
bool device_alias_meant(struct str name, struct text *text);

void judge_device_requests(const struct object_facts *facts, struct context *context);

#endif
