/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of files that concern vfio-pci, read into the facts of a MachineConfig. */
#ifndef VALIDATORS_MACHINE_FILES_H
#define VALIDATORS_MACHINE_FILES_H

#include "base/arena.h"
#include "base/str_map.h"
#include "validators/machine_config.h"

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

/* The module that all of this is about. */
#define VFIO_MODULE STR("vfio-pci")

/*
 * An absolute path to the same file without empty parts, "." and "..", as Ignition wants it;
 * absent when memory runs out.
 */
struct str machine_simple_path(struct str path, struct arena *arena);

/* Whether some text speaks of vfio-pci, in either spelling. */
bool speaks_of_vfio(struct str text);

/* Adds a list of ids, of which `value` is at `place`, as far as that goes. */
void machine_add_ids(struct machine_builder *builder, const struct machine_place *place,
                     struct str value);

/* Adds what was meant for vfio-pci and nobody reads. */
void machine_add_slip(struct machine_builder *builder, struct machine_place place,
                      enum machine_slip slip, struct str text);

/* Adds a module to those that are blacklisted, by the name that the kernel has for it. */
void machine_add_blacklisted(struct machine_builder *builder, struct str module);

/* These read a file of each folder; true: it binds, or loads. */
bool machine_read_modprobe(struct machine_builder *builder, struct machine_place place,
                           struct str text);
bool machine_read_modules_load(struct machine_builder *builder, struct machine_place place,
                               struct str text);

/* When all is read: which of several lists the kernel takes, and which softdeps load vfio-pci. */
void machine_choose_list(struct machine_builder *builder);
void machine_settle_softdeps(struct machine_builder *builder);

#endif
