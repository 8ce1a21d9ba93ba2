/* SPDX-License-Identifier: Apache-2.0 */
/* What the anchors (&name) of one YAML document stand for. Used by document_tree only. */
#ifndef SERVER_DOCUMENTS_YAML_ANCHOR_H
#define SERVER_DOCUMENTS_YAML_ANCHOR_H

#include "server/documents/yaml_scalar.h"

#include "base/arena.h"
#include "base/str_map.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The names and texts of one document; far beyond what the budget of yaml_load leaves room for. */
#define YAML_ARENA_LIMIT ((size_t)256 * 1024 * 1024)

struct yaml_anchor {
    json_t *collection; /* owned; NULL: not complete yet, or a scalar */
    bool is_scalar;
    struct yaml_scalar scalar; /* its text is in the arena */
    size_t values;             /* of a complete collection: what an alias of it adds */
    size_t bytes;
    size_t height; /* levels of nesting, 1 for a collection of scalars */
};

struct yaml_anchors {
    struct arena arena;
    struct str_map names; /* to an index in `list`; a name that is used again moves on */
    struct yaml_anchor *list;
    size_t count;
    size_t capacity;
};

/* The map points into the struct, which must stay where it is. `account` is the arena's. */
void yaml_anchors_init(struct yaml_anchors *anchors, struct account *account);
void yaml_anchors_free(struct yaml_anchors *anchors);

/* Forgets every anchor, for the next document. */
void yaml_anchors_reset(struct yaml_anchors *anchors);

/* Adds an empty anchor, whose index is `*ret_index`. False: out of memory. */
bool yaml_anchors_add(struct yaml_anchors *anchors, const char *name, size_t *ret_index);

/* The latest anchor of that name, NULL when there is none; valid until the next one is added. */
const struct yaml_anchor *yaml_anchors_find(const struct yaml_anchors *anchors, const char *name);

#endif
