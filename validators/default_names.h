/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Default names for the entries of hostDevices and gpus: hostdevices1, hostdevices2, … and gpus1,
 * gpus2, … The schema requires a name, and KubeVirt needs it to be unique in its list.
 */
#ifndef VALIDATORS_DEFAULT_NAMES_H
#define VALIDATORS_DEFAULT_NAMES_H

#include "base/arena.h"
#include "validators/facts.h"

#include <stddef.h>

/* A name for one entry. */
struct default_name {
    struct path path; /* of the entry's `name` */
    struct str name;
};

struct default_names {
    struct default_name *items; /* in the arena */
    size_t count;
};

/*
 * The names that the entries of `facts` lack, or lost against `old` (oldObject of an UPDATE, else
 * NULL): an absent, null or empty name gets the one that oldObject's entry with the same deviceName
 * at the same place had, when no other entry of the new list has it; then the smallest free number.
 * Entries of the wrong type are left alone. Run on its own result it finds nothing to do. When
 * memory ran out the arena says so, and the result must not be used.
 */
struct default_names default_names_find(const struct object_facts *facts,
                                        const struct object_facts *old, struct arena *arena);

#endif
