/* SPDX-License-Identifier: Apache-2.0 */
/* From an object's values to the facts that the rules read. Pure: no I/O, no state. */
#ifndef VALIDATORS_DECODE_H
#define VALIDATORS_DECODE_H

#include "base/arena.h"
#include "base/value.h"
#include "validators/facts.h"

/*
 * Picks the facts of a `kind` out of `object` (an object, or NULL as an empty one; borrowed, and
 * referred to by the facts). A field of the wrong type becomes a type_fault and nothing else, so
 * this never fails: what runs out is memory, which `arena` remembers in `failed`, and then the
 * facts must not be used.
 */
void decode_object(const struct kind *kind, const struct value *object, struct arena *arena,
                   struct object_facts *ret_facts);

#endif
