/* SPDX-License-Identifier: Apache-2.0 */
/* What a full parse refuses, and what it takes with care: who else does. */
#ifndef TESTS_BENCH_PARSERS_ODD_TEXTS_H
#define TESTS_BENCH_PARSERS_ODD_TEXTS_H

#include "tests/bench/parsers/candidate.h"

/*
 * Prints a table of the candidates (one column each) and what each has of its own. False when the
 * first one, json_pick(), takes what the reference refuses, other than duplicates in what it skips,
 * or picks something else.
 */
bool odd_texts_print(const struct candidate *const *candidates, size_t count,
                     const struct candidate *reference);

#endif
