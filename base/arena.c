/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Most reviews need less than this: one malloc each. */
#define BLOCK_SIZE ((size_t)16 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

/* With what malloc() adds, which for large blocks is up to a page. */
static size_t cost_of(size_t size)
{
    return sizeof(struct arena_block) + size + size / 32 + 32;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;

        account_give(arena->account, cost_of(arena->blocks->size));
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->held = 0;
    arena->failed = arena->limited = false;
}

static struct arena_block *new_block(struct arena *arena, size_t size)
{
    struct arena_block *block = NULL;

    if (!account_take(arena->account, cost_of(size)))
        return NULL;
    block = malloc(sizeof *block + size);
    if (!block)
        account_give(arena->account, cost_of(size));
    return block;
}

static struct arena_block *add_block(struct arena *arena, size_t bytes)
{
    size_t size = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
    struct arena_block *block;

    if (size > arena->limit - arena->held) {
        if (bytes > arena->limit - arena->held) {
            arena->limited = true;
            return NULL;
        }
        size = bytes;
    }
    block = new_block(arena, size);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    block->used = 0;
    block->size = size;
    arena->blocks = block;
    arena->held += size;
    return block;
}

static void *take(struct arena *arena, size_t bytes)
{
    struct arena_block *block = arena->blocks;
    unsigned char *piece;

    if (arena->first && bytes <= arena->first_left) {
        piece = arena->first;
        arena->first += bytes;
        arena->first_left -= bytes;
        return piece;
    }
    if (!block || bytes > block->size - block->used)
        block = add_block(arena, bytes);
    if (!block)
        return NULL;
    piece = block->data + block->used;
    block->used += bytes;
    return piece;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    void *piece;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - alignof(max_align_t)) {
        arena->failed = true;
        return NULL;
    }
    bytes = (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    piece = take(arena, bytes);
    if (!piece) {
        arena->failed = true;
        return NULL;
    }
    memset(piece, 0, bytes);
    return piece;
}

struct str arena_copy(struct arena *arena, struct str text)
{
    char *copy = text.data ? arena_alloc(arena, text.len + 1, 1) : NULL;

    if (!copy)
        return (struct str){NULL, 0};
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    return (struct str){copy, text.len};
}

struct str arena_lower(struct arena *arena, struct str text)
{
    char *copy = text.data ? arena_alloc(arena, text.len + 1, 1) : NULL;

    for (size_t i = 0; copy && i < text.len; i++)
        copy[i] = ascii_lower(text.data[i]);
    return (struct str){copy, copy ? text.len : 0};
}
