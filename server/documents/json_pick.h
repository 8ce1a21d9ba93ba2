/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Picks the fields of a mask out of a JSON text in one pass, into values that point into the text.
 * It is for the texts that API servers send; whatever is out of the ordinary, right or wrong, it
 * leaves to json_reader.h, which takes what this one takes, with the same values, and has words for
 * what is wrong. tests/fuzz/fuzz_pick.c holds the two against each other.
 *
 * Ordinary is: one object, of which what is not kept nests at most 256 deep, and what is kept whole
 * 16; at most 256 keys in the objects that are open on the way to a field, without escapes, none
 * twice in one; numbers that are plain integers, and collections that have the shape of their mask.
 * Duplicate keys pass in what is not kept.
 */
#ifndef SERVER_DOCUMENTS_JSON_PICK_H
#define SERVER_DOCUMENTS_JSON_PICK_H

#include "base/arena.h"
#include "base/field_mask.h"
#include "base/str.h"
#include "base/value.h"

/* NULL: out of the ordinary, or the arena has failed, which it remembers. */
const struct value *json_pick(struct str text, const struct field_mask *mask, struct arena *arena);

#endif
