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
#ifndef SERVER_DOCUMENTS_DOCUMENT_TREE_H
#define SERVER_DOCUMENTS_DOCUMENT_TREE_H

#include "server/documents/document_places.h"
#include "server/documents/document_text.h"
#include "server/documents/yaml_scalar.h"

#include "base/budget.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Real manifests nest some 20 levels; whoever walks the result may recurse. */
#define DOCUMENT_MAX_DEPTH 500

/* What a text may still hold, aliases written out. */
struct document_budget {
    size_t values;           /* scalars, sequences and mappings; keys do not count */
    size_t bytes;            /* of strings and keys */
    bool exceeded;           /* it held more than that */
    struct account *account; /* what the tree takes is taken from here; NULL: it is not counted */
};

struct document_tree;

/* The budget is borrowed and used up. NULL: out of memory. */
struct document_tree *document_tree_new(struct document_budget *budget, struct error *err);
void document_tree_free(struct document_tree *tree);

/* From now on where each value stands is noted in `places`, which is borrowed. */
void document_tree_note_places(struct document_tree *tree, struct document_places *places);

/*
 * A scalar, at its place in the text; `anchor` is NULL when it has none. `merge` says that it is
 * the merge key << if it stands where a key does.
 */
bool document_tree_scalar(struct document_tree *tree, const struct yaml_scalar *scalar, bool merge,
                          const char *anchor, struct document_place place, struct error *err);

/* Texts of scalars in the current document may live here. */
struct arena *document_tree_arena(struct document_tree *tree);

enum yaml_collection {
    YAML_COLLECTION_SEQUENCE,
    YAML_COLLECTION_MAPPING,
};

bool document_tree_open(struct document_tree *tree, enum yaml_collection kind, const char *anchor,
                        struct document_place place, struct error *err);
bool document_tree_close(struct document_tree *tree, struct document_place place,
                         struct error *err);

/*
 * In place of the value of the key that came last: it is left out, with its key. A mapping that
 * many are left out of is still bounded by the budget, because the keys are compared.
 */
bool document_tree_leave_out(struct document_tree *tree, struct document_place place,
                             struct error *err);

/* How many more collections may be opened in one another, and the error when one too many is. */
size_t document_tree_levels(const struct document_tree *tree);
bool document_tree_too_deep(struct error *err);

bool document_tree_alias(struct document_tree *tree, const char *anchor,
                         struct document_place place, struct error *err);

/* Drops what is there of the current document, and gives back what it took of the budget. */
void document_tree_reset(struct document_tree *tree);

/* The finished document, now the caller's; the tree is ready for the next one. */
json_t *document_tree_take(struct document_tree *tree);

#endif
