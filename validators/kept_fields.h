/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of an object's JSON decode_object() looks at, told beforehand so that a reader can pass over
 * the rest. The paths come from the table of kinds.
 */
#ifndef VALIDATORS_KEPT_FIELDS_H
#define VALIDATORS_KEPT_FIELDS_H

#include "base/field_mask.h"

/*
 * Adds to the mask of an object (NULL: nothing is done) what is read of any kind in the table: one
 * mask for all, because an object may stand before its kind in a request. Kept beyond that: the
 * name, the generateName and the namespace, which logs and events tell an object by.
 */
void kept_fields_add(struct field_pool *pool, struct field_mask *object);

/* The nodes that it takes at most. */
#define KEPT_FIELDS_NODES ((size_t)192)

#endif
