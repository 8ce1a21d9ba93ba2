/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large buffers that a thread keeps from one body to the next. To map half a megabyte, have its
 * pages made one by one, and unmap it again costs as much as to read it. Each thread keeps eight at
 * most, of 4 MiB together; they are let go when a thousand were given up, those that are NULL too,
 * and none was taken.
 */
#ifndef SERVER_HTTP_SPARE_BUFFER_H
#define SERVER_HTTP_SPARE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Bodies below this are no burden to malloc(). */
#define SPARE_BUFFER_MIN ((size_t)64 * 1024)

/* One of the thread's with `needed` bytes or more: the caller's now. NULL: there is none. */
char *spare_buffer_take(size_t needed, size_t *ret_capacity);

/* Gives up `data` (of malloc(), or NULL): kept, or freed. */
void spare_buffer_give(char *data, size_t capacity);

#endif
