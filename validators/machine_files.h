/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of files that concern vfio-pci, read into the facts of a MachineConfig. */
#ifndef VALIDATORS_MACHINE_FILES_H
#define VALIDATORS_MACHINE_FILES_H

#include "base/arena.h"
#include "validators/machine_config.h"

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
    size_t arguments, ids, list_count, ignored; /* how many there are */
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

/* These read a file of each folder; true: it binds, or loads. */
bool machine_read_modprobe(struct machine_builder *builder, struct machine_place place,
                           struct str text);
bool machine_read_modules_load(struct machine_builder *builder, struct machine_place place,
                               struct str text);

/* Of several lists in files the kernel takes the last: finds it, by the order of the files' names.
 */
void machine_choose_list(struct machine_builder *builder);

#endif
