/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean": the nearest of some known words. */
#ifndef SERVER_COMMANDS_SUGGEST_H
#define SERVER_COMMANDS_SUGGEST_H

#include <stddef.h>

/*
 * The candidate that `word` was probably meant to be: the one with the fewest insertions,
 * deletions, replacements and swaps of neighbours, if these are at most a third of its letters (and
 * three). NULL when nothing is near. `candidate(i, context)` for i below `count`.
 */
const char *suggest(const char *word, size_t count,
                    const char *(*candidate)(size_t i, const void *context), const void *context);

#endif
