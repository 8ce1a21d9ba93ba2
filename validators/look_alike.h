/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters that look like hex digits, colons, dashes and spaces but are not: what a selector
 * copied from a slide, a PDF or a chat contains.
 */
#ifndef VALIDATORS_LOOK_ALIKE_H
#define VALIDATORS_LOOK_ALIKE_H

#include "base/str.h"

#define LOOK_ALIKE_UNKNOWN '~'

/*
 * `text` with look-alikes replaced by the ASCII character that was meant and invisible ones left
 * out; what is not known, or turns the direction of what follows, becomes LOOK_ALIKE_UNKNOWN. Also
 * the ASCII letters O, l and I, where they stand among digits, become 0 and 1. Returns `text`
 * itself when nothing changed, else a str in `buffer`; a text that does not fit in `size` bytes is
 * returned as it is.
 */
struct str look_alike_fold(struct str text, char *buffer, size_t size);

#endif
