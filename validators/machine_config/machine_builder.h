/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a MachineConfig in the making: lists of bounded length, and what can be told of them
 * only when all is read.
 */
#ifndef VALIDATORS_MACHINE_CONFIG_MACHINE_BUILDER_H
#define VALIDATORS_MACHINE_CONFIG_MACHINE_BUILDER_H

#include "base/arena.h"
#include "base/str_map.h"
#include "validators/machine_config/machine_config.h"
#include "validators/machine_config/modprobe.h"

/* A softdep by which vfio-pci is loaded along with another module. */
struct machine_softdep {
    const struct machine_softdep *next;
    struct machine_place place;
    struct str module; /* that other one, with underscores */
};

/* Facts in the making; what it adds is in the arena, copied. */
struct machine_builder {
    struct arena *arena;
    struct machine_config_facts *facts;
    const struct machine_argument **next_argument; /* where each list goes on */
    const struct machine_misplaced **next_misplaced;
    const struct machine_file **next_file;
    const struct machine_id **next_id;
    const struct machine_ignored **next_ignored;
    struct machine_ids *lists;                  /* the last first */
    const struct machine_softdep *softdeps;     /* the last first */
    struct str_map blacklisted;                 /* modules, with underscores */
    size_t arguments, ids, list_count, ignored; /* how many there are */
    size_t softdep_count;
};

/*
 * Adds a list of ids, of which `value` is at `place`, as far as that goes. With `line` (NULL
 * allowed), in which it stands, each id is on its own line of the file.
 */
void machine_add_ids(struct machine_builder *builder, const struct machine_place *place,
                     struct str value, struct modprobe_line *line);

/* Adds what was meant for vfio-pci and nobody reads. */
void machine_add_slip(struct machine_builder *builder, struct machine_place place,
                      enum machine_slip slip, struct str text);

/* The same of what was meant to load it or to bind by it, which is not called missing then. */
void machine_add_attempt(struct machine_builder *builder, struct machine_place place,
                         enum machine_slip slip, struct str text);

/* The name that the kernel has for a module; absent: there is none, or no memory. */
struct str machine_underscored(struct str module, struct arena *arena);

/* Adds a softdep of `module` that brings vfio-pci. */
void machine_add_softdep(struct machine_builder *builder, struct machine_place place,
                         struct str module);

/* Adds a module to those that are blacklisted, by the name that the kernel has for it. */
void machine_add_blacklisted(struct machine_builder *builder, struct str module);

/* When all is read: which of several lists the kernel takes, and which softdeps load vfio-pci. */
void machine_choose_list(struct machine_builder *builder);
void machine_settle_softdeps(struct machine_builder *builder);

#endif
