/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of kinds: the only place that knows which kinds and versions are reviewed and where
 * their fields are. Adding a kind or a version is adding a row.
 */
#ifndef VALIDATORS_KINDS_H
#define VALIDATORS_KINDS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* The three lists of permitted devices; every list of PCI, mediated and USB things is in this
 * order. */
enum device_class { DEVICE_PCI, DEVICE_MEDIATED, DEVICE_USB };
#define DEVICE_CLASS_COUNT 3

/* How an API spells the fields of its permittedHostDevices. */
struct permitted_spelling {
    const char *api;                       /* the kind, for messages */
    const char *lists[DEVICE_CLASS_COUNT]; /* the lists' keys */
    const char *pci_selector;              /* key of a PCI entry's selector */
    const char *foreign_pci_selector;      /* the other API's key for it: dropped here */
    const char *foreign_usb_list;          /* the other API's key for the USB list: dropped here */
    bool has_disabled;                     /* entries may say `disabled: true` */
};

enum kind_family {
    FAMILY_PERMITTED_DEVICES, /* holds a permitted list */
    FAMILY_DEVICE_REQUESTS,   /* asks for devices: hostDevices[] and gpus[] */
    FAMILY_NODE,              /* says by labels what runs on it */
    FAMILY_MACHINE_CONFIG,    /* configures nodes: kernel arguments, files of modprobe */
};

/* A kind whatever its version, to count by. */
enum kind_id {
    KIND_HYPERCONVERGED,
    KIND_KUBEVIRT,
    KIND_VIRTUAL_MACHINE,
    KIND_REPLICA_SET,
    KIND_POOL,
    KIND_INSTANCETYPE,
    KIND_CLUSTER_INSTANCETYPE,
    KIND_MACHINE_CONFIG,
    KIND_NODE,
    KIND_ID_COUNT,
    KIND_BUTANE = KIND_ID_COUNT /* which no API server sends, so it is never counted */
};

struct kind {
    const char *group, *version, *kind;
    const char *resource; /* the plural under which the API serves it */
    enum kind_id id;
    enum kind_family family;
    const char *prefix;                        /* the object that holds what is read, dotted */
    const char *other_prefix;                  /* where people write it by mistake; NULL: nowhere */
    const struct permitted_spelling *spelling; /* of FAMILY_PERMITTED_DEVICES */
    bool warn_only;      /* faults are warnings: the object asks for nothing by itself */
    bool default_names;  /* /mutate fills in missing names */
    bool may_be_managed; /* warnings only when HCO made it, see object_facts.managed_by_hco */
};

/*
 * A Butane document of the variant `openshift`, which becomes a MachineConfig. It has neither
 * apiVersion nor kind, and no API server knows it: it is no row of the table.
 */
extern const struct kind kind_butane;

/* The row of a kind, NULL when it is not reviewed. All three must match. */
const struct kind *kind_find(struct str group, struct str version, struct str kind);

/* All rows, for tests and tools; `*ret_count` says how many. */
const struct kind *kind_table(size_t *ret_count);

#endif
