/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": how far a name is from another, cheaply enough for thousands of candidates. */
#ifndef BASE_NEAREST_NAME_H
#define BASE_NEAREST_NAME_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/* Names longer than this are near to nothing; the longest legal resource name has 308 bytes. */
#define NEAREST_NAME_LIMIT 320

/* The most edits that still count as near, for a name of `len` bytes: 1 to 4. */
size_t nearest_name_tolerance(size_t len);

/*
 * How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`, ASCII
 * case ignored; anything above `limit` (itself at most 8) is returned as limit + 1. Time grows with
 * the length times `limit`.
 */
size_t nearest_name_distance(struct str a, struct str b, size_t limit);

/*
 * Which letters and digits occur in a name. Each edit changes at most two bits of it, so most
 * candidates can be passed over by one comparison of two such sets.
 */
uint64_t nearest_name_letters(struct str name);

#endif
