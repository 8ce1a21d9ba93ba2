/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of files that concern vfio-pci, read into the facts of a MachineConfig. */
#ifndef VALIDATORS_MACHINE_CONFIG_VFIO_FILES_H
#define VALIDATORS_MACHINE_CONFIG_VFIO_FILES_H

#include "validators/machine_config/machine_builder.h"

/*
 * An absolute path to the same file without empty parts, "." and "..", as Ignition wants it;
 * absent when memory runs out.
 */
struct str machine_simple_path(struct str path, struct arena *arena);

/* Whether some text speaks of vfio-pci, in either spelling. */
bool speaks_of_vfio(struct str text);

/* These read a file of each folder; true: it binds, or loads. */
bool machine_read_modprobe(struct machine_builder *builder, struct machine_place place,
                           struct str text);
bool machine_read_modules_load(struct machine_builder *builder, struct machine_place place,
                               struct str text);

#endif
