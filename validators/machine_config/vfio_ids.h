/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameter `ids` of the kernel's vfio-pci: a comma list of
 * `vendor:device[:subvendor[:subdevice[:class[:class_mask]]]]` in hex, which the kernel reads by
 * sscanf("%x:%x:%x:%x:%x:%x") and passes over in silence where that gives fewer than two numbers
 * (drivers/vfio/pci/vfio_pci.c, vfio_pci_fill_ids). The kernel's %x takes a 0x in front, and any
 * number of digits; what stands behind the numbers it does not look at.
 */
#ifndef VALIDATORS_MACHINE_CONFIG_VFIO_IDS_H
#define VALIDATORS_MACHINE_CONFIG_VFIO_IDS_H

#include "base/str.h"
#include "base/str_map.h"
#include "base/text.h"

#include <stddef.h>

/* `static char ids[1024]`: with more the module is not loaded at all. */
#define VFIO_IDS_MAX ((size_t)1023)

#define VFIO_ID_FIELDS 6

enum vfio_id_state {
    VFIO_ID_GOOD,
    VFIO_ID_SKIPPED,  /* fewer than two numbers */
    VFIO_ID_TAIL,     /* the kernel does not read all of it */
    VFIO_ID_TOO_MANY, /* the same, as there are more than six fields */
    VFIO_ID_TOO_WIDE, /* more bits than a device has there (pci_match_one_device): none is it */
    VFIO_ID_SHORT,    /* fewer than four digits, so perhaps not what was meant */
};

struct vfio_id {
    enum vfio_id_state state;
    unsigned fields[VFIO_ID_FIELDS];
    size_t count; /* of them */
    size_t read;  /* bytes that the kernel reads */
};

struct vfio_id vfio_id_read(struct str text);

/* Whether the kernel binds devices by it, though perhaps not as it was meant. */
bool vfio_id_binds(const struct vfio_id *id);

/* Whether it is for all devices, or all of a vendor: PCI_ANY_ID. */
bool vfio_id_is_any(const struct vfio_id *id);

/*
 * Sets of ids, as the kernel compares them: what is left out of one is PCI_ANY_ID there. The first
 * returns whether the id is new, or there was no memory. A list has commas between its ids.
 */
bool vfio_ids_put(struct str_map *set, const struct vfio_id *id);
void vfio_ids_put_all(struct str_map *set, struct str list);

/* Whether all that a list binds is in the set. */
bool vfio_ids_are_in(const struct str_map *set, struct str list);

/* The numbers in four digits each, with colons between them. */
void vfio_id_add(const struct vfio_id *id, struct text *text);

/* For an id that is not good, adds what is wrong with it and what to write instead. */
void vfio_id_explain(const struct vfio_id *id, struct str text, struct text *message);

#endif
