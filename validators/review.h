/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine behind every front end: an object's facts in, a verdict or default names out. It
 * applies once, for all rules, what no rule needs to know: which requests are not judged,
 * ratcheting, and the modes.
 */
#ifndef VALIDATORS_REVIEW_H
#define VALIDATORS_REVIEW_H

#include "base/arena.h"
#include "base/text.h"
#include "base/value.h"
#include "validators/chain.h"
#include "validators/default_names.h"
#include "validators/facts.h"
#include "validators/findings.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"

/* What is asked: an object as it would be, and on UPDATE as it was. */
struct review {
    const struct object_facts *object;
    const struct object_facts *old_object; /* NULL unless UPDATE */
    const struct chain *chain;             /* what other objects say; NULL: there is but this one */
    const struct value *value; /* what `object` comes from, as it was written; NULL unless all of
                                  it was kept, and for an object that an API server has pruned */
};

enum review_result {
    REVIEW_DECIDED,
    REVIEW_NEEDS_LIST, /* a device was added and the permitted list is not known: fail the call;
                          the findings have what could be judged without it */
    REVIEW_TOO_LARGE,  /* more to judge than the arena may hold: fail the call */
    REVIEW_NO_ROOM,    /* more than its account has left at the moment: fail the call */
    REVIEW_NO_MEMORY,  /* fail the call */
};

/*
 * Judges a review. `list` may be NULL (not known). With REVIEW_DECIDED, `*ret_findings` has the
 * denials (none: allowed) and the warnings; free it with findings_free() in any case. `arena` must
 * outlive the findings.
 */
enum review_result review_validate(const struct review *review, const struct policy *policy,
                                   const struct permitted_list *list, struct arena *arena,
                                   struct findings *ret_findings);

/*
 * The default names for a review; none for kinds that get none. The result lives in `arena`;
 * never REVIEW_NEEDS_LIST.
 */
enum review_result review_mutate(const struct review *review, struct arena *arena,
                                 struct default_names *ret_names);

/* Why a review with this arena could not be made: one of the last three. */
enum review_result review_failure(const struct arena *arena);

/*
 * The denials as one text of at most DENIAL_MESSAGE_LIMIT bytes: each shown finding with its path,
 * and how many more there are. `ret_shown` (NULL allowed) gets how many findings it holds.
 */
void review_denial_message(const struct findings *findings, struct text *message,
                           size_t *ret_shown);

#endif
