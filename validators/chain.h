/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several objects say together: which devices some bind to vfio-pci, which others permit, for
 * which role the IOMMU is on, and what nodes have to give. Objects are added one by one; what is
 * kept of them is small, whatever they hold.
 */
#ifndef VALIDATORS_CHAIN_H
#define VALIDATORS_CHAIN_H

#include "base/arena.h"
#include "base/str_map.h"
#include "base/value.h"
#include "validators/facts.h"

#include <stdbool.h>
#include <stddef.h>

/* The list of ids of a file, in a MachineConfig or a Butane document. */
struct chain_list {
    struct str file;   /* its path on the node; absent: it is one of the kernel's arguments */
    struct str object; /* the name of what brings it */
    struct str text;   /* absent: there is none */
};

enum chain_word {
    CHAIN_IOMMU = 1, /* is on, or left to AMD's default by who knows of it */
    CHAIN_LOADS = 2, /* vfio-pci is loaded, or may be by something that can't be read */
    CHAIN_BINDS = 4, /* devices are bound to it, likewise */
};

/* What MachineConfigs and Butane documents give to the nodes of a role. */
struct chain_role {
    struct chain_role *next;
    struct str name;
    unsigned says;          /* of enum chain_word */
    struct chain_list last; /* of the lists the one that the kernel keeps */
};

struct chain {
    struct arena *arena;
    struct str_map bound;       /* "10de:1eb8", in lower case, of the devices bound to vfio-pci */
    struct str_map permitted;   /* the same, of those that are permitted, external ones too */
    struct str_map allocatable; /* of a resource: the most that one node has */
    struct chain_role *roles;   /* in the order in which they came */
    bool has_unread;            /* a file that may bind devices could not be read */
    bool is_partial;            /* a file that may hold anything could not be read */
    bool has_permitted;
    bool has_unread_permitted; /* a list, or a selector in it, could not be read */
    size_t nodes;              /* all of them */
    size_t telling_nodes;      /* that say what they have */
    size_t operands_off;       /* that keep NVIDIA's operands off */
    struct str operands_node;  /* the first of these */
};

/* `arena` must outlive the chain; it remembers that memory ran out. */
void chain_init(struct chain *chain, struct arena *arena);

/* Adds an object: its facts, and the values that they come from. Copies what it keeps. */
void chain_add(struct chain *chain, const struct object_facts *facts, const struct value *object);

/*
 * Whether the MachineConfigs for a role say a word together, or may. Any pool but that of the
 * masters takes the workers' MachineConfigs too.
 */
bool chain_says(const struct chain *chain, struct str role, enum chain_word word);

/* The list that the kernel keeps on a role's nodes; its text is absent when there is none. */
struct chain_list chain_last_list(const struct chain *chain, struct str role);

/* A device's selector in lower case, to look it up by; absent when it is none. Lies in `arena`. */
struct str chain_selector(struct arena *arena, struct str selector);

#endif
