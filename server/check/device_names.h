/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where names of PCI devices come from, as a small table of functions: check is given one that
 * reads the system's file (pci_ids.h), tests one of their own. The webhook has none.
 */
#ifndef SERVER_CHECK_DEVICE_NAMES_H
#define SERVER_CHECK_DEVICE_NAMES_H

#include "base/text.h"

#include <stdbool.h>

/* Instead of a device's id: the vendor is meant. */
#define DEVICE_NAMES_VENDOR (-1)
#define DEVICE_NAMES_DEVICES 0x10000

struct device_names {
    void *context;
    /* Whether names are to be had at all; else nothing may be concluded from one that is missing.
     */
    bool (*ready)(void *context);
    /*
     * Adds the name of a device, or of a vendor, to `text`, without what it is part of. False: it
     * is not known. The ids are 16 bits each and come from anywhere.
     */
    bool (*add)(void *context, unsigned vendor, int device, struct text *text);
};

#endif
