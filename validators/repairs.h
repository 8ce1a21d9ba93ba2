/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be mended in an object without a guess: the names that the webhook would fill in, and
 * every value for which a rule's message says what to write instead. The values come from the
 * functions that the messages come from, so the two can't differ. Pure.
 */
#ifndef VALIDATORS_REPAIRS_H
#define VALIDATORS_REPAIRS_H

#include "base/arena.h"
#include "validators/facts.h"
#include "validators/permitted_list.h"
#include "validators/policy.h"
#include "validators/rules.h"

#include <stddef.h>

/* A value for one field. */
struct repair {
    enum rule_id rule; /* whose fault it mends */
    struct path path;
    struct str old;   /* the value there; absent: nothing, null, or the empty string */
    struct str value; /* letters, digits and -_./: alone */
};

struct repairs {
    struct repair *items; /* in the arena */
    size_t count;
};

/*
 * The repairs of `facts`, seen as an object that is created; none for one that is being deleted.
 * With `list` NULL (not known) device names are left alone. A name that another entry of the list
 * has already is not given. When memory ran out the arena says so, and the result must not be used.
 */
struct repairs repairs_find(const struct object_facts *facts, const struct policy *policy,
                            const struct permitted_list *list, struct arena *arena);

#endif
