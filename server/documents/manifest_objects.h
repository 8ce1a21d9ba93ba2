/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of a manifest: its documents, and the items of those that hold others (a List of any
 * kind: whatever has `items`).
 */
#ifndef SERVER_DOCUMENTS_MANIFEST_OBJECTS_H
#define SERVER_DOCUMENTS_MANIFEST_OBJECTS_H

#include "validators/kinds.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct manifest_object {
    const json_t *value;
    const struct kind *kind; /* NULL: it is not reviewed */
    const json_t *items;     /* the array that it is an item of; NULL: it is a document */
    size_t index;            /* there, or among the documents */
};

/* Where one is in a manifest; {0} before the first. */
struct manifest_cursor {
    size_t document;
    size_t item; /* 0: the document itself comes next; else its item of that number, from 1 */
};

/*
 * The next object of what yaml_load() returned. A document that holds others is one of its own only
 * when its kind is reviewed. False: there is none.
 */
bool manifest_objects_next(const json_t *documents, struct manifest_cursor *cursor,
                           struct manifest_object *ret_object);

#endif
