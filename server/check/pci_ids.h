/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of PCI devices from pci.ids, by libpci: from the system's file alone, never from the
 * network, udev or a cache. It is read when the first name is asked for. A file that is not there
 * or is broken means that there are no names. For one thread, and one at a time.
 */
#ifndef SERVER_CHECK_PCI_IDS_H
#define SERVER_CHECK_PCI_IDS_H

#include "server/check/device_names.h"

struct pci_access;

struct pci_ids {
    struct pci_access *access; /* owned; NULL: nothing was read yet, or it is of no use */
    const char *path;          /* NULL: where libpci has it; borrowed */
    bool tried;
};

/* clang-format off */
#define PCI_IDS_INIT(the_path) {.path = (the_path)}
/* clang-format on */

void pci_ids_free(struct pci_ids *ids);
#define CLEANUP_PCI_IDS __attribute__((cleanup(pci_ids_free)))

/* The names, as long as `ids` is where it is. */
struct device_names pci_ids_names(struct pci_ids *ids);

#endif
