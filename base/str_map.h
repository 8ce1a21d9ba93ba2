/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash map from str to size_t, in an arena: entries are added, looked up and never removed.
 * Open addressing, at most three quarters full. The hash is SipHash-1-3 under a key that the
 * program draws once at start, so nobody can choose names that collide.
 */
#ifndef BASE_STR_MAP_H
#define BASE_STR_MAP_H

#include "base/arena.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct str_map_slot;

struct str_map {
    struct arena *arena;
    struct str_map_slot *slots; /* NULL until the first entry */
    size_t capacity;            /* a power of two */
    size_t count;
};

/* clang-format off */
#define STR_MAP_INIT(the_arena) {.arena = (the_arena)}
/* clang-format on */

/* Sets the hash key of every map. Call before the first map is filled and before any thread. */
void str_map_seed(uint64_t k0, uint64_t k1);

/*
 * The value under `key`, which is added with `value` when it is not there yet. The key's bytes are
 * borrowed and must outlive the map; an absent key is the same as an empty one. `*ret_added` tells
 * which it was; NULL is allowed there. Returns NULL when memory ran out (the arena remembers it).
 */
size_t *str_map_put(struct str_map *map, struct str key, size_t value, bool *ret_added);

/* The value under `key`, NULL when there is none. */
const size_t *str_map_get(const struct str_map *map, struct str key);

#endif
