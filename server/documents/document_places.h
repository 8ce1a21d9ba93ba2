/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the values of a text stand in it: from a value's parent and its key or index there to line
 * and column. The values themselves know nothing of it, because an alias puts one value into two
 * places, and jansson has one `true` for all.
 *
 * A member that is an object or an array stands where its key does, which is what people look for;
 * everything else stands where it begins. What an alias puts somewhere stands at the alias, and
 * what is in it where it is written; so does what a merge (<<) brings.
 */
#ifndef SERVER_DOCUMENTS_DOCUMENT_PLACES_H
#define SERVER_DOCUMENTS_DOCUMENT_PLACES_H

#include "server/documents/document_step.h"
#include "server/documents/document_text.h"

#include "base/arena.h"
#include "base/str_map.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct document_noted {
    struct document_place value;
    struct document_place key; /* of a member */
};

struct document_places {
    struct arena arena;
    struct str_map index; /* from a parent and a key or an index there to an index in `list` */
    struct document_noted *list;
    size_t count;
    size_t capacity;
};

/* The struct points into itself and must stay where it is. */
void document_places_init(struct document_places *places);
void document_places_free(struct document_places *places);
#define CLEANUP_DOCUMENT_PLACES __attribute__((cleanup(document_places_free)))

/*
 * These note a place, over one that was noted before: that of a whole document, of an object's
 * member, of an array's item. False: out of memory.
 */
bool document_places_note_root(struct document_places *places, const json_t *root,
                               struct document_place place);
bool document_places_note_member(struct document_places *places, const json_t *object,
                                 struct str key, struct document_noted noted);
bool document_places_note_item(struct document_places *places, const json_t *array, size_t index,
                               struct document_place place);

/* Notes for what `object` got from `source` where it stands there. */
bool document_places_note_members_of(struct document_places *places, const json_t *object,
                                     json_t *source);

/*
 * What was noted, as long as the values live. Ask only for what is there: the parent of a value
 * that was dropped while the text was read may have been where this one is now. Line 0: nothing.
 */
struct document_place document_places_root(const struct document_places *places,
                                           const json_t *root);
struct document_place document_places_member(const struct document_places *places,
                                             const json_t *object, struct str key);
struct document_place document_places_item(const struct document_places *places,
                                           const json_t *array, size_t index);

/*
 * Goes one step from `*value`, which stands at `place`, and returns where that leads to stands.
 * NULL in `*value`: nowhere, and the place is the old one.
 */
struct document_place document_places_step(const struct document_places *places,
                                           const json_t **value, struct document_place place,
                                           const struct document_step *step);

/*
 * The place of what a dotted path such as "spec.a.b[0].c" or "metadata.labels[example.com/a]" leads
 * to from `value`, which stands at `place`; where the path leads nowhere, that of the last value on
 * its way.
 */
struct document_place document_places_follow(const struct document_places *places,
                                             const json_t *value, struct document_place place,
                                             struct str path);

/* The same, but of a member the place of its key. */
struct document_place document_places_follow_to_key(const struct document_places *places,
                                                    const json_t *value,
                                                    struct document_place place, struct str path);

#endif
