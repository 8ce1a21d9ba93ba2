/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/document_tree.h"

#include "server/documents/yaml_anchor.h"

#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>

#define NO_ANCHOR SIZE_MAX

/* A sequence or mapping that is not complete yet. */
struct frame {
    json_t *value; /* owned */
    json_t *key;   /* owned: a string whose value comes next; NULL: a key comes next */
    json_t *lines; /* owned: the line of each key that is written here; NULL: none yet */
    bool merging;  /* the value of a << comes next */
    struct document_place next; /* of what comes next: its key, its <<, or its beginning */
    size_t anchor;              /* an index, or NO_ANCHOR */
    struct document_budget before;
    size_t height; /* of its highest child so far */
};

struct document_tree {
    struct document_budget *budget;
    struct yaml_anchors anchors;
    struct document_budget before; /* what was left of the budget when the document began */
    json_t *root;
    struct document_place root_place;
    struct document_places *places; /* NULL: nobody wants to know */
    size_t depth;
    struct frame frames[DOCUMENT_MAX_DEPTH];
};

#define TREE_COST (sizeof(struct document_tree) + 64)

struct document_tree *document_tree_new(struct document_budget *budget, struct error *err)
{
    bool granted = account_take(budget->account, TREE_COST);
    struct document_tree *tree = granted ? calloc(1, sizeof *tree) : NULL;

    if (!tree) {
        error_no_memory(err);
        return NULL;
    }
    tree->budget = budget;
    tree->before = *budget;
    yaml_anchors_init(&tree->anchors, budget->account);
    return tree;
}

static void free_frame(struct frame *frame)
{
    json_decref(frame->value);
    json_decref(frame->key);
    json_decref(frame->lines);
}

void document_tree_free(struct document_tree *tree)
{
    if (!tree)
        return;
    document_tree_reset(tree);
    yaml_anchors_free(&tree->anchors);
    free(tree);
}

void document_tree_reset(struct document_tree *tree)
{
    while (tree->depth > 0)
        free_frame(&tree->frames[--tree->depth]);
    *tree->budget = tree->before;
    json_decref(document_tree_take(tree));
}

void document_tree_note_places(struct document_tree *tree, struct document_places *places)
{
    tree->places = places;
}

struct arena *document_tree_arena(struct document_tree *tree)
{
    return &tree->anchors.arena;
}

json_t *document_tree_take(struct document_tree *tree)
{
    json_t *root = tree->root;

    tree->root = NULL;
    tree->before = *tree->budget;
    yaml_anchors_reset(&tree->anchors);
    return root;
}

/* The collection that the next value goes to; NULL: it is the document itself. */
static struct frame *top(struct document_tree *tree)
{
    return tree->depth > 0 ? &tree->frames[tree->depth - 1] : NULL;
}

static bool expects_key(struct document_tree *tree)
{
    const struct frame *frame = top(tree);

    return frame && json_is_object(frame->value) && !frame->key && !frame->merging;
}

/* --- limits ---------------------------------------------------------------------------------- */

/*
 * What a value takes of jansson 2.14 on a 64-bit machine, rounded up to what malloc() makes of it.
 * Each includes its slot in the array that holds it while that is moved to one of twice the size.
 * To them come the bytes of strings, and of keys three times; large blocks take up to a page more.
 */
#define SCALAR_COST ((size_t)112)   /* node 48, string 32, slot 24 */
#define SEQUENCE_COST ((size_t)192) /* node 48, first table 80, slot 24 */
#define MAPPING_COST                                                            \
    ((size_t)640) /* node 80, first buckets 144, the same for `lines`, slot 24; \
                     while it is written sorted or walked, 100 */
#define KEY_COST                                                               \
    ((size_t)416) /* pair 80, buckets moved 48, the same for `lines`; line 32; \
                     string 80; its place among sorted keys 16 */

/* Before anything is allocated. A refusal ends like a failed allocation. */
static bool take_memory(struct document_tree *tree, size_t bytes, struct error *err)
{
    return account_take(tree->budget->account, bytes) || error_no_memory(err);
}

static bool spend(struct document_tree *tree, size_t values, size_t bytes, struct error *err)
{
    tree->budget->exceeded = values > tree->budget->values || bytes > tree->budget->bytes;
    if (values > tree->budget->values)
        return error_set(err, "the text holds too many values (an alias counts as all that it "
                              "stands for); divide it into smaller ones");
    if (bytes > tree->budget->bytes)
        return error_set(err, "the strings of the text take too much memory (an alias counts as "
                              "all that it stands for); divide it into smaller ones");
    tree->budget->values -= values;
    tree->budget->bytes -= bytes;
    return true;
}

size_t document_tree_levels(const struct document_tree *tree)
{
    return DOCUMENT_MAX_DEPTH - tree->depth;
}

bool document_tree_too_deep(struct error *err)
{
    return error_set(err, "nested deeper than %d levels", DOCUMENT_MAX_DEPTH);
}

static bool check_depth(const struct document_tree *tree, size_t more, struct error *err)
{
    return more <= document_tree_levels(tree) || document_tree_too_deep(err);
}

/* --- mappings -------------------------------------------------------------------------------- */

static bool duplicate_key(const struct frame *frame, struct str key, struct error *err)
{
    json_t *line = json_object_getn(frame->lines, key.data, key.len);
    struct text quoted = TEXT_INIT(600);

    text_add_quoted(&quoted, key, 100);
    error_set(err, "duplicate key %s, first on line %lld; remove one of the two", text_get(&quoted),
              (long long)json_integer_value(line));
    text_free(&quoted);
    return false;
}

/* Notes that `key` is written on `line`; a key that came by a merge may still be written. */
static bool note_line(struct frame *frame, struct str key, size_t line, struct error *err)
{
    if (!frame->lines && !(frame->lines = json_object()))
        return error_no_memory(err);
    if (json_object_getn(frame->lines, key.data, key.len))
        return duplicate_key(frame, key, err);
    if (json_object_setn_new_nocheck(frame->lines, key.data, key.len,
                                     json_integer((json_int_t)line)) < 0)
        return error_no_memory(err);
    return true;
}

static bool take_key(struct document_tree *tree, const struct yaml_scalar *scalar,
                     struct document_place place, struct error *err)
{
    char buffer[YAML_SCALAR_KEY_SIZE];
    struct frame *frame = top(tree);
    struct str key;

    if (!yaml_scalar_key(scalar, buffer, &key, err) || !spend(tree, 0, key.len, err) ||
        !take_memory(tree, KEY_COST + 4 * key.len, err) || !note_line(frame, key, place.line, err))
        return false;
    frame->next = place;
    frame->key = json_stringn_nocheck(key.data, key.len);
    return frame->key || error_no_memory(err);
}

static bool bad_merge(const struct frame *frame, struct error *err)
{
    return error_set(err,
                     "the << on line %zu takes a mapping, an alias of one, or a sequence of these",
                     frame->next.line);
}

/* The members of `source` replace those that are there already. */
static bool merge_object(struct document_tree *tree, json_t *object, json_t *source,
                         struct error *err)
{
    if (json_object_update(object, source) < 0 ||
        (tree->places && !document_places_note_members_of(tree->places, object, source)))
        return error_no_memory(err);
    return true;
}

/*
 * The order is that of go.yaml.in/yaml/v2: a merge replaces what stands before it in the mapping,
 * what stands behind it replaces the merged, and of a sequence the first mapping wins.
 */
static bool merge(struct document_tree *tree, struct frame *frame, json_t *source,
                  struct error *err)
{
    size_t i = json_array_size(source);

    if (json_is_object(source))
        return merge_object(tree, frame->value, source, err);
    if (!json_is_array(source))
        return bad_merge(frame, err);
    while (i-- > 0) {
        json_t *item = json_array_get(source, i);

        if (!json_is_object(item))
            return bad_merge(frame, err);
        if (!merge_object(tree, frame->value, item, err))
            return false;
    }
    return true;
}

/* --- values ---------------------------------------------------------------------------------- */

/* Notes where the value stands that `frame` gets next. */
static bool note_place(struct document_tree *tree, const struct frame *frame, const json_t *value,
                       struct document_place place, struct error *err)
{
    struct str key;
    bool noted;

    if (!tree->places)
        return true;
    if (json_is_array(frame->value)) {
        noted = document_places_note_item(tree->places, frame->value, json_array_size(frame->value),
                                          place);
    } else {
        key = (struct str){json_string_value(frame->key), json_string_length(frame->key)};
        if (json_is_object(value) || json_is_array(value))
            place = frame->next;
        noted = document_places_note_member(tree->places, frame->value, key,
                                            (struct document_noted){place, frame->next});
    }
    return noted || error_no_memory(err);
}

/* Steals `value`. */
static bool put_into(struct frame *frame, json_t *value, struct error *err)
{
    int failed;

    if (json_is_array(frame->value)) {
        failed = json_array_append_new(frame->value, value);
    } else {
        failed = json_object_setn_new_nocheck(frame->value, json_string_value(frame->key),
                                              json_string_length(frame->key), value);
        json_decref(frame->key);
        frame->key = NULL;
    }
    return failed == 0 || error_no_memory(err);
}

/* Steals the document, `root`. */
static bool put_root(struct document_tree *tree, json_t *root, struct document_place place,
                     struct error *err)
{
    tree->root = root;
    return !tree->places || document_places_note_root(tree->places, root, place) ||
           error_no_memory(err);
}

/* Every value passes here on its way to its place. Steals `value`, which begins at `place`. */
static bool put(struct document_tree *tree, json_t *value, size_t height,
                struct document_place place, struct error *err)
{
    struct frame *frame = top(tree);

    if (!frame)
        return put_root(tree, value, place, err);
    if (frame->height < height)
        frame->height = height;
    if (frame->merging) {
        bool merged = merge(tree, frame, value, err);

        json_decref(value);
        frame->merging = false;
        return merged;
    }
    if (!note_place(tree, frame, value, place, err)) {
        json_decref(value);
        return false;
    }
    return put_into(frame, value, err);
}

static bool put_scalar(struct document_tree *tree, const struct yaml_scalar *scalar,
                       struct document_place place, struct error *err)
{
    size_t len = scalar->kind == SCALAR_STRING ? scalar->text.len : 0;
    json_t *value;

    if (expects_key(tree))
        return take_key(tree, scalar, place, err);
    if (!spend(tree, 1, len, err) || !take_memory(tree, SCALAR_COST + len + len / 32, err))
        return false;
    value = yaml_scalar_json(scalar, err);
    return value && put(tree, value, 0, place, err);
}

static bool name_scalar(struct document_tree *tree, const struct yaml_scalar *scalar,
                        const char *anchor, struct error *err)
{
    struct yaml_anchor *named;
    size_t index;

    if (!yaml_anchors_add(&tree->anchors, anchor, &index))
        return error_no_memory(err);
    named = &tree->anchors.list[index];
    named->is_scalar = true;
    named->scalar = *scalar;
    if (scalar->kind == SCALAR_STRING)
        named->scalar.text = arena_copy(&tree->anchors.arena, scalar->text);
    return !tree->anchors.arena.failed || error_no_memory(err);
}

bool document_tree_scalar(struct document_tree *tree, const struct yaml_scalar *scalar,
                          bool merge_key, const char *anchor, struct document_place place,
                          struct error *err)
{
    struct frame *frame = top(tree);

    if (anchor && !name_scalar(tree, scalar, anchor, err))
        return document_place_wrap(place, err);
    if (merge_key && expects_key(tree)) {
        frame->merging = true;
        frame->next = place;
        return true;
    }
    return put_scalar(tree, scalar, place, err) || document_place_wrap(place, err);
}

static bool open_frame(struct document_tree *tree, enum yaml_collection kind, const char *anchor,
                       struct document_place place, struct error *err)
{
    struct frame frame = {.anchor = NO_ANCHOR, .before = *tree->budget};
    struct frame *parent = top(tree);

    if (expects_key(tree))
        return error_set(err, "a key is a mapping or a sequence; JSON keys are strings");
    if (!check_depth(tree, 1, err) || !spend(tree, 1, 0, err) ||
        !take_memory(tree, kind == YAML_COLLECTION_MAPPING ? MAPPING_COST : SEQUENCE_COST, err))
        return false;
    if (anchor && !yaml_anchors_add(&tree->anchors, anchor, &frame.anchor))
        return error_no_memory(err);
    frame.value = kind == YAML_COLLECTION_MAPPING ? json_object() : json_array();
    if (!frame.value)
        return error_no_memory(err);
    if (!parent)
        tree->root_place = place;
    else if (json_is_array(parent->value))
        parent->next = place;
    tree->frames[tree->depth++] = frame;
    return true;
}

bool document_tree_open(struct document_tree *tree, enum yaml_collection kind, const char *anchor,
                        struct document_place place, struct error *err)
{
    return open_frame(tree, kind, anchor, place, err) || document_place_wrap(place, err);
}

bool document_tree_close(struct document_tree *tree, struct document_place place, struct error *err)
{
    struct frame *frame = &tree->frames[tree->depth - 1];
    json_t *value = frame->value;
    size_t height = frame->height + 1;

    if (frame->anchor != NO_ANCHOR) {
        struct yaml_anchor *named = &tree->anchors.list[frame->anchor];

        named->collection = json_incref(value);
        named->values = frame->before.values - tree->budget->values;
        named->bytes = frame->before.bytes - tree->budget->bytes;
        named->height = height;
    }
    frame->value = NULL;
    free_frame(frame);
    tree->depth--;
    return put(tree, value, height, tree->depth > 0 ? top(tree)->next : tree->root_place, err) ||
           document_place_wrap(place, err);
}

bool document_tree_leave_out(struct document_tree *tree, struct document_place place,
                             struct error *err)
{
    struct frame *frame = top(tree);

    json_decref(frame->key);
    frame->key = NULL;
    return spend(tree, 1, 0, err) || document_place_wrap(place, err);
}

/* --- aliases --------------------------------------------------------------------------------- */

static bool put_collection(struct document_tree *tree, const struct yaml_anchor *named,
                           struct document_place place, struct error *err)
{
    const struct frame *frame = top(tree);

    if (expects_key(tree))
        return error_set(err,
                         "a key is an alias of a mapping or a sequence; JSON keys are strings");
    if (frame && frame->merging && !json_is_object(named->collection))
        return bad_merge(frame, err);
    return check_depth(tree, named->height, err) && spend(tree, named->values, named->bytes, err) &&
           put(tree, json_incref(named->collection), named->height, place, err);
}

static bool bad_alias(const char *anchor, const char *why, struct error *err)
{
    struct text quoted = TEXT_INIT(600);

    text_add_quoted(&quoted, str_from(anchor), 100);
    error_set(err, "the alias %s %s", text_get(&quoted), why);
    text_free(&quoted);
    return false;
}

bool document_tree_alias(struct document_tree *tree, const char *anchor,
                         struct document_place place, struct error *err)
{
    const struct yaml_anchor *named = yaml_anchors_find(&tree->anchors, anchor);
    bool done;

    if (!named)
        done = bad_alias(anchor, "has no anchor before it in its document", err);
    else if (named->is_scalar)
        done = put_scalar(tree, &named->scalar, place, err);
    else if (!named->collection)
        done = bad_alias(anchor, "stands inside the value that it names", err);
    else
        done = put_collection(tree, named, place, err);
    return done || document_place_wrap(place, err);
}
