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

bool pci_selector_is_valid(struct str selector);

/*
 * For a selector that is not valid, adds what is wrong with it and, where that can be known, what
 * to write instead.
 */
void pci_selector_explain(struct str selector, struct text *message);

#endif
