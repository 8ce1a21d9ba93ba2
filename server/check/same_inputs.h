/* SPDX-License-Identifier: Apache-2.0 */
/* Files that `check` is given twice, as in "vm.yaml ./vm.yaml", or by a link beside its target. */
#ifndef SERVER_CHECK_SAME_INPUTS_H
#define SERVER_CHECK_SAME_INPUTS_H

#include "server/check/check_inputs.h"

#include "base/error.h"

#include <stdbool.h>

/*
 * Leaves each file its first name. The names of hard links are files of their own, as --fix writes
 * one of them. False: out of memory.
 */
bool same_inputs_drop(struct check_inputs *inputs, struct error *err);

#endif
