/* SPDX-License-Identifier: Apache-2.0 */
/* The versions that are written in MachineConfigs and Butane documents, and those that are meant.
 */
#ifndef VALIDATORS_MACHINE_CONFIG_MACHINE_VERSIONS_H
#define VALIDATORS_MACHINE_CONFIG_MACHINE_VERSIONS_H

#include "base/arena.h"
#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>

/* An OpenShift version, for who has written none. */
#define BUTANE_VERSION_EXAMPLE STR("4.17.0")

bool ignition_version_is_known(struct str version);

/* An older one that the machine-config-operator takes too, and converts (its IgnParseWrapper). */
bool ignition_version_is_converted(struct str version);

/* The known version that is nearest to what is written; the first for what is no version. */
struct str ignition_version_near(struct str version);

/* Adds "3.2.0, 3.3.0 … and 3.5.0". */
void ignition_versions_add(struct text *text);

bool butane_version_is_valid(struct str version);

/*
 * What is written as Butane has versions, "4.17.0" for "4.17.3"; the example for what has no two
 * numbers that are like a version's. `was_number`: YAML has read it as a number, so that 4.20 has
 * become 4.2. Absent when memory runs out.
 */
struct str butane_version_near(struct str version, bool was_number, struct arena *arena);

#endif
