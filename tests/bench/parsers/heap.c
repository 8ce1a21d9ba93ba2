/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

static bool counting;
static size_t in_use, most_in_use;

/* With the word that glibc has in front of each. */
static size_t size_of(void *block)
{
    return malloc_usable_size(block) + sizeof(size_t);
}

static inline void *note_new(void *block)
{
    if (!counting || !block)
        return block;
    in_use += size_of(block);
    if (in_use > most_in_use)
        most_in_use = in_use;
    return block;
}

static inline void note_free(void *block)
{
    if (counting && block)
        in_use -= size_of(block);
}

void heap_count_from_here(void)
{
    /* Far from 0, for what was allocated before and is freed now. */
    in_use = most_in_use = (size_t)1 << 40;
    counting = true;
}

size_t heap_count_peak(void)
{
    counting = false;
    return most_in_use - ((size_t)1 << 40);
}

/* glibc has these names for those who take the place of malloc(). */
/* NOLINTBEGIN(bugprone-reserved*,cert-dcl*,readability-inconsistent*) */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

void *malloc(size_t size)
{
    return note_new(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return note_new(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
    const size_t before = counting && old ? size_of(old) : 0;
    void *block = __libc_realloc(old, size);

    if (block || size == 0)
        in_use -= before;
    return note_new(block);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return note_new(__libc_memalign(alignment, size));
}

void *memalign(size_t alignment, size_t size)
{
    return note_new(__libc_memalign(alignment, size));
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    void *block = note_new(__libc_memalign(alignment, size));

    if (!block)
        return ENOMEM;
    *ret_block = block;
    return 0;
}

void free(void *block)
{
    note_free(block);
    __libc_free(block);
}
/* NOLINTEND(bugprone-reserved*,cert-dcl*,readability-inconsistent*) */
