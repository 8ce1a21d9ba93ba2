/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules report to. A rule says *what* it found (rule, path, value) and gets back a text to say
 * *why* in, or NULL when nobody will read it; so an object with 10,000 faults costs 10,000 counts
 * and a dozen messages.
 *
 * Ratcheting happens here, once for all rules: the rules first run over oldObject in recording
 * mode, then over the new object, and a denial whose rule and value were recorded becomes a
 * warning. So do the modes: `warn_only` makes every denial a warning.
 */
#ifndef VALIDATORS_FINDINGS_H
#define VALIDATORS_FINDINGS_H

#include "base/arena.h"
#include "base/str_map.h"
#include "base/text.h"
#include "validators/path.h"
#include "validators/rules.h"

#include <stdbool.h>
#include <stddef.h>

/* `status.details.causes[].reason` of the API conventions. */
const char *cause_reason(enum cause cause);

/* A finding that will be shown. */
struct finding {
    const struct rule *rule;
    struct text path; /* dotted */
    size_t line;      /* of the text that stands there, from 1; 0: all of it */
    bool is_key;      /* the key that the path ends in is at fault, not what it leads to */
    struct text body; /* `Invalid value: "x": why; what to write` */
};

/*
 * An answer shows findings up to about this many bytes: the denial message's 8 KiB, and the 4,096
 * characters that all warnings may have together before the API server cuts each to 256.
 */
#define DENIAL_MESSAGE_LIMIT ((size_t)8 * 1024)
#define WARNINGS_LIMIT ((size_t)4096)

/* A value from the request is shown up to this length; enough for any legal resource name (308). */
#define SHOWN_VALUE_LIMIT 320

/* No finding is shorter; the most that fit in DENIAL_MESSAGE_LIMIT. */
#define SHORTEST_FINDING 64
#define MAX_SHOWN_FINDINGS (DENIAL_MESSAGE_LIMIT / SHORTEST_FINDING)

/* Findings of one severity. */
struct finding_list {
    struct finding *items; /* the first `shown` of them; owned */
    size_t shown;
    size_t capacity;
    size_t count;                 /* all of them */
    size_t bytes;                 /* of the finished ones among `items` */
    size_t limit;                 /* on `bytes` */
    unsigned by_rule[RULE_COUNT]; /* the parts of `count` */
};

struct findings {
    struct finding_list denials, warnings;
    struct str_map old; /* rule and value of what was denied in oldObject */
    struct arena *arena;
    bool recording; /* the rules run over oldObject */
    bool warn_only;
    bool denied_by_list; /* with another permitted list there would be a denial less */
    bool failed;         /* memory ran out: no verdict can be given */
};

/* `arena` must outlive the findings. */
void findings_init(struct findings *found, struct arena *arena);
void findings_free(struct findings *found);
#define CLEANUP_FINDINGS __attribute__((cleanup(findings_free)))

/* Before the first finding: about `bytes` of each severity are shown, whatever fits an answer. */
void findings_show(struct findings *found, size_t bytes);

/*
 * Reports that the `value` at `path` breaks `rule`; an absent `value` is one that is missing.
 * Returns the text to which the rule adds why and what to write instead, or NULL when it need not.
 */
struct text *findings_add(struct findings *found, enum rule_id rule, struct path path,
                          struct str value);

/* The same where two faults can be alike though their shown values are not, or the reverse. */
struct text *findings_add_keyed(struct findings *found, enum rule_id rule, struct path path,
                                struct str key, struct str value);

/* The same as a warning, for a rule that a policy has softened. */
struct text *findings_add_warning(struct findings *found, enum rule_id rule, struct path path,
                                  struct str value);

/* True when oldObject had this fault. */
bool findings_is_old(const struct findings *found, enum rule_id rule, struct str key);

/* Adds `path: body`, the form of Kubernetes' field errors. */
void finding_add_to(const struct finding *finding, struct text *text);

/*
 * Adds the ids of the rules that were broken, each once, denials first, with commas between them:
 * at most FINDINGS_RULES_MAX bytes, as an id has up to 40.
 */
#define FINDINGS_RULES_MAX ((size_t)RULE_COUNT * 41)
void findings_add_rules(const struct findings *found, struct text *text);

/* True when memory ran out somewhere on the way. */
bool findings_failed(const struct findings *found);

#endif
