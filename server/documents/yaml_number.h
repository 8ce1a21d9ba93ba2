/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in plain YAML scalars, as go.yaml.in/yaml/v2 reads them. Used by yaml_scalar only. */
#ifndef SERVER_DOCUMENTS_YAML_NUMBER_H
#define SERVER_DOCUMENTS_YAML_NUMBER_H

#include "server/documents/yaml_scalar.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Sets `*scalar` to the number that `text` is, and leaves it alone when it is none. False: out of
 * memory.
 */
bool yaml_number_read(struct str text, struct arena *arena, struct yaml_scalar *scalar);

/*
 * Writes a real as the tools write it where it is a key: with the fewest digits that tell it from
 * the neighbours among 32-bit floats, so 1.0 is "1" and 1e10 is "1e+10".
 */
void yaml_number_key(double value, char *buffer, size_t size);

#endif
