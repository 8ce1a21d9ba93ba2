/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the JSON value of a YAML document from what a parser reports, one call each, in order.
 * Keys, duplicates, anchors, aliases, merges (<<) and limits are judged here; a value reaches its
 * place in one function, which knows its parent, key and index.
 *
 * An alias shares the json_t of its anchor: the result is not for use by two threads at once, and
 * not for changing in place. A collection is shared only once it is complete, so there is no cycle.
 * What the shares would take when written out is counted beforehand.
 */
#ifndef SERVER_YAML_TREE_H
#define SERVER_YAML_TREE_H

#include "server/yaml_scalar.h"
#include "server/yaml_text.h"

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Real manifests nest some 20 levels; whoever walks the result may recurse. */
#define YAML_MAX_DEPTH 500

/* What a text may still hold, aliases written out. */
struct yaml_budget {
    size_t values; /* scalars, sequences and mappings; keys do not count */
    size_t bytes;  /* of strings and keys */
    bool exceeded; /* it held more than that */
};

struct yaml_tree;

/* The budget is borrowed and used up. NULL: out of memory. */
struct yaml_tree *yaml_tree_new(struct yaml_budget *budget, struct error *err);
void yaml_tree_free(struct yaml_tree *tree);

/*
 * A scalar, at its place in the text; `anchor` is NULL when it has none. `merge` says that it is
 * the merge key << if it stands where a key does.
 */
bool yaml_tree_scalar(struct yaml_tree *tree, const struct yaml_scalar *scalar, bool merge,
                      const char *anchor, struct yaml_place place, struct error *err);

/* Texts of scalars in the current document may live here. */
struct arena *yaml_tree_arena(struct yaml_tree *tree);

enum yaml_collection {
    YAML_COLLECTION_SEQUENCE,
    YAML_COLLECTION_MAPPING,
};

bool yaml_tree_open(struct yaml_tree *tree, enum yaml_collection kind, const char *anchor,
                    struct yaml_place place, struct error *err);
bool yaml_tree_close(struct yaml_tree *tree, struct yaml_place place, struct error *err);

bool yaml_tree_alias(struct yaml_tree *tree, const char *anchor, struct yaml_place place,
                     struct error *err);

/* Drops what is there of the current document, and gives back what it took of the budget. */
void yaml_tree_reset(struct yaml_tree *tree);

/* The finished document, now the caller's; the tree is ready for the next one. */
json_t *yaml_tree_take(struct yaml_tree *tree);

#endif
