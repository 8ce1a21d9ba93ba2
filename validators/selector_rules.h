/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for the selectors of PCI and mediated devices. */
#ifndef VALIDATORS_SELECTOR_RULES_H
#define VALIDATORS_SELECTOR_RULES_H

#include "validators/context.h"

void judge_pci_selectors(const struct permitted_entries *list,
                         const struct permitted_spelling *spelling, struct context *context);
void judge_mediated_selectors(const struct permitted_entries *list, struct context *context);

#endif
