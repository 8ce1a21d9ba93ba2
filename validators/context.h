/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule may look at beside the object's facts, and where it reports. */
#ifndef VALIDATORS_CONTEXT_H
#define VALIDATORS_CONTEXT_H

#include "base/arena.h"
#include "base/value.h"
#include "validators/chain.h"
#include "validators/facts.h"
#include "validators/findings.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"

struct context {
    const struct policy *policy;
    const struct permitted_list *list; /* NULL: not known */
    const struct chain *chain;         /* NULL: nothing is known of other objects */
    const struct value *value;         /* the object as it was written; NULL: not known */
    struct findings *findings;
    struct arena *arena; /* for the rules' own memory; freed after the review */
    size_t suggestions;  /* how many a rule has looked for */
    bool needs_list;     /* set by a rule that could not decide without the list */
};

#endif
