/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_PARSERS_PADDED_TEXT_H
#define TESTS_BENCH_PARSERS_PADDED_TEXT_H

#include <stddef.h>

struct padded_text {
    char *bytes; /* with TEXT_PADDING more behind them, and nothing of use in those */
    size_t len;
};

/* Ends the program when there is no memory. */
struct padded_text padded_text_new(size_t len);
void padded_text_free(struct padded_text *text);

#endif
