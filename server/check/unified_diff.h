/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits of a text as a unified diff, which people read, and `patch -p1` and `git apply` carry out.
 * Pure.
 */
#ifndef SERVER_CHECK_UNIFIED_DIFF_H
#define SERVER_CHECK_UNIFIED_DIFF_H

#include "server/check/text_edits.h"

#include "base/str.h"
#include "base/text.h"

/*
 * Adds what the edits, sorted, at least one, make of the text of the file `name`. None of them
 * stands behind the line feed that ends the text.
 */
void unified_diff_add(struct text *diff, const char *name, struct str text,
                      const struct text_edits *edits);

#endif
