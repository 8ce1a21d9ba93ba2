/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives as long as one review: allocated piece by piece, freed at once. It takes the
 * most it may hold at birth, and may have an account that it takes its blocks from, and a piece of
 * memory to begin with, so that little ones need no block. A failed or
 * refused allocation returns NULL and is remembered in `failed`, so that code in the middle may go
 * on and the one who owns the arena looks once. Not for use by two threads at once.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/budget.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    unsigned char *first; /* memory of the owner's, aligned for any type, that is used up first */
    size_t first_left;    /* bytes of it */
    size_t held;          /* bytes taken from malloc so far */
    size_t limit;         /* the most bytes that `held` may reach */
    bool failed;
    bool limited;            /* `failed`, because of the limit */
    struct account *account; /* NULL: what is held is not counted elsewhere */
};

/* clang-format off */
#define ARENA_INIT(max_bytes) {.limit = (max_bytes)}
/* clang-format on */

/* Afterwards it is as it was at birth, but for what was used of its first memory. */
void arena_free(struct arena *arena);
#define CLEANUP_ARENA __attribute__((cleanup(arena_free)))

/* `count` zeroed items of `size` bytes, aligned for any type; NULL when memory or limit ran out. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* A copy of `text` in the arena; the absent str when `text` is absent or memory ran out. */
struct str arena_copy(struct arena *arena, struct str text);

/* The same with ASCII letters in lower case. */
struct str arena_lower(struct arena *arena, struct str text);

#endif
