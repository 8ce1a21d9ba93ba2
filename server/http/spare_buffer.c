/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/spare_buffer.h"

#include <pthread.h>
#include <stdlib.h>

#define MAX_SPARES 8
#define MAX_BYTES ((size_t)4 * 1024 * 1024)
#define MAX_IDLE 1000

struct spares {
    struct {
        char *data;
        size_t capacity;
    } items[MAX_SPARES];
    size_t count;
    size_t bytes;  /* of all */
    unsigned idle; /* calls of spare_buffer_give() since one was taken */
};

static _Thread_local struct spares spares;

/* Its destructor frees those of a thread that ends. */
static pthread_key_t at_end;
static pthread_once_t made = PTHREAD_ONCE_INIT;
static bool has_key;

static void drop(void *dropped)
{
    struct spares *of_thread = dropped;

    while (of_thread->count > 0)
        free(of_thread->items[--of_thread->count].data);
    of_thread->bytes = 0;
    of_thread->idle = 0;
}

static void make_key(void)
{
    has_key = pthread_key_create(&at_end, drop) == 0;
}

static bool may_keep(size_t capacity)
{
    if (capacity < SPARE_BUFFER_MIN || spares.count == MAX_SPARES ||
        capacity > MAX_BYTES - spares.bytes)
        return false;
    pthread_once(&made, make_key);
    return has_key && pthread_setspecific(at_end, &spares) == 0;
}

char *spare_buffer_take(size_t needed, size_t *ret_capacity)
{
    for (size_t i = spares.count; i-- > 0;) {
        char *data = spares.items[i].data;

        if (spares.items[i].capacity < needed)
            continue;
        *ret_capacity = spares.items[i].capacity;
        spares.items[i] = spares.items[--spares.count];
        spares.bytes -= *ret_capacity;
        spares.idle = 0;
        return data;
    }
    return NULL;
}

void spare_buffer_give(char *data, size_t capacity)
{
    if (spares.count > 0 && ++spares.idle > MAX_IDLE)
        drop(&spares);
    if (!data || !may_keep(capacity)) {
        free(data);
        return;
    }
    spares.items[spares.count].data = data;
    spares.items[spares.count++].capacity = capacity;
    spares.bytes += capacity;
}
