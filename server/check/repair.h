/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `check --fix`: from a text to the same text with what can be mended in it without a guess (see
 * validators/repairs.h). Each repair is the smallest edit where the value stands. The result is
 * read again and must mean exactly what the text meant, with the new values; else nothing is
 * changed. Pure.
 */
#ifndef SERVER_CHECK_REPAIR_H
#define SERVER_CHECK_REPAIR_H

#include "server/check/check_file.h"
#include "server/check/text_edits.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* What became of one repair. */
struct repair_outcome {
    size_t object; /* the number of its object among those that are reviewed, from 0 */
    const struct rule *rule;
    struct str path;
    struct document_place place; /* in the text as it was; of a missing value, its entry's */
    const char *why_not;         /* words behind "its value"; NULL: it was made */
};

struct repaired {
    size_t count; /* of repairs that were made; 0: the text is as it was */
    struct text_edits edits;
    struct text text;                /* what became of the text, when `count` > 0; owned */
    struct repair_outcome *outcomes; /* of all repairs, by object */
    size_t outcome_count;
    size_t outcome_capacity;
};

void repaired_free(struct repaired *repaired);
#define CLEANUP_REPAIRED __attribute__((cleanup(repaired_free)))

/*
 * Repairs a text. What is in `*ret_repaired` lives in `arena`, but for its text; free it in any
 * case. A text that can't be read has no repairs. False: memory ran out.
 */
bool repair_text(struct str text, const struct policy *policy, const struct permitted_list *list,
                 struct arena *arena, struct repaired *ret_repaired, struct error *err);

/* Puts why a fault was not mended behind its message: of the faults of a repaired text. */
void repair_explain(const struct repaired *repaired, const struct check_file *file,
                    struct arena *arena);

#endif
