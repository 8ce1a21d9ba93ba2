/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pciDeviceSelector: vendor and device id, four hex digits each, with a colon between them.
 * KubeVirt lower-cases it and compares it with the kernel's PCI_ID (%04X:%04X), so anything else
 * matches no device (kubevirt pkg/virt-handler/device-manager/device_controller.go:265).
 */
#ifndef VALIDATORS_PCI_SELECTOR_H
#define VALIDATORS_PCI_SELECTOR_H

#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>

/* "10de:1eb8" and its terminator. */
#define PCI_SELECTOR_SIZE ((size_t)10)

bool pci_selector_is_valid(struct str selector);

/*
 * For a selector that is not valid, the one to write instead; false when that can't be known. What
 * pci_selector_explain() tells is this.
 */
bool pci_selector_meant(struct str selector, char ret_ids[PCI_SELECTOR_SIZE]);

/*
 * For a selector that is not valid, adds what is wrong with it and, where that can be known, what
 * to write instead.
 */
void pci_selector_explain(struct str selector, struct text *message);

#endif
