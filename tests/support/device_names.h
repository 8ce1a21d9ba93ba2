/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a few PCI devices, as they stand in pci.ids. */
#ifndef TESTS_SUPPORT_DEVICE_NAMES_H
#define TESTS_SUPPORT_DEVICE_NAMES_H

#include "server/check/device_names.h"

extern const struct device_names some_device_names;

/* What there is where pci.ids is not: none, and nobody may ask for one. */
extern const struct device_names no_device_names;

#endif
