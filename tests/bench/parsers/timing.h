/* SPDX-License-Identifier: Apache-2.0 */
/* What a parse takes: processor time, and heap. */
#ifndef TESTS_BENCH_PARSERS_TIMING_H
#define TESTS_BENCH_PARSERS_TIMING_H

#include "tests/bench/parsers/candidate.h"
#include "tests/bench/parsers/padded_text.h"

/* Texts of about one size, parsed in turn so that the processor does not learn one by heart. */
struct texts {
    struct padded_text *all;
    size_t count;
};

struct timing {
    double median;     /* microseconds a parse */
    double spread;     /* half of what is between the first and the last decile, of the median */
    double ratio;      /* the median of the ratios to the first candidate, in the same round */
    size_t peak_bytes; /* of the heap, at the first parse of the largest text: with what is kept */
};

/* All candidates in turn, `rounds` times. */
void timing_measure(const struct candidate *const *candidates, size_t count,
                    const struct texts *texts, unsigned rounds, struct timing *timings);

#endif
