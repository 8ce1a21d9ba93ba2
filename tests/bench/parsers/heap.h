/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in use of the heap, whoever allocates it: heap.c takes the place of glibc's functions in
 * the whole program. While nothing is counted, that costs each call a jump and a look.
 */
#ifndef TESTS_BENCH_PARSERS_HEAP_H
#define TESTS_BENCH_PARSERS_HEAP_H

#include <stddef.h>

void heap_count_from_here(void);

/* The most bytes that were in use at one time since then, beside what was before. Stops counting.
 */
size_t heap_count_peak(void);

#endif
