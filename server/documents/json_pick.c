/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recurses as deep as the mask, and WHOLE_DEPTH below it. Each function takes the place in the text
 * and returns the place behind what it has read, or NULL when this is not for it.
 */
#include "server/documents/json_pick.h"

#include "server/documents/json_pass.h"
#include "server/documents/json_reader.h"
#include "server/documents/json_string.h"

#include <string.h>

/* Of all objects on the way at one time. */
#define MAX_KEYS 256

/* What is kept whole nests hardly at all: labels, lists of strings. */
#define WHOLE_DEPTH 16

struct key {
    struct str text;
    uint64_t head; /* see str_head.h */
};

struct picker {
    const char *end;
    struct arena *arena;
    size_t left;        /* values that may still be kept */
    size_t whole_depth; /* collections that are open in a value that is kept whole */
    size_t key_count;
    struct key keys[MAX_KEYS]; /* of the objects that are open, the innermost last */
};

static const char *pick(struct picker *picker, const char *at, const struct field_mask *mask,
                        struct value *value);

static struct value *new_value(struct picker *picker)
{
    if (picker->left == 0)
        return NULL;
    picker->left--;
    return arena_alloc(picker->arena, 1, sizeof(struct value));
}

/* --- strings and words ------------------------------------------------------------------------ */

static const char *pick_string(struct picker *picker, const char *at, struct value *value)
{
    bool escaped;
    const char *behind = json_pass_string(at, picker->end, &escaped);

    if (!behind)
        return NULL;
    value->type = VALUE_STRING;
    value->text = (struct str){at + 1, (size_t)(behind - at) - 2};
    if (!escaped)
        return behind;
    value->text = json_string_decode(value->text, picker->arena);
    return value->text.data ? behind : NULL;
}

/* A double holds all integers of so many digits, so the other reader writes them as they are. */
#define MAX_DIGITS 15

/* A plain integer, such as a file's mode. */
static const char *pick_number(struct picker *picker, const char *at, struct value *value)
{
    const bool begins = ascii_is_digit(json_next(at, picker->end));
    const char *behind = begins ? json_pass(at, picker->end) : NULL;
    size_t len = behind ? (size_t)(behind - at) : 0;

    if (len == 0 || len > MAX_DIGITS)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        if (!ascii_is_digit(at[i]))
            return NULL;
    }
    value->type = VALUE_NUMBER;
    value->text = arena_copy(picker->arena, (struct str){at, len});
    return value->text.data ? behind : NULL;
}

static const char *pick_scalar(struct picker *picker, const char *at, struct value *value)
{
    switch (json_next(at, picker->end)) {
    case '"':
        return pick_string(picker, at, value);
    case 't':
        value->type = VALUE_TRUE;
        return json_pass(at, picker->end);
    case 'f':
        value->type = VALUE_FALSE;
        return json_pass(at, picker->end);
    case 'n':
        value->type = VALUE_NULL;
        return json_pass(at, picker->end);
    default:
        return pick_number(picker, at, value);
    }
}

/* --- objects and arrays ----------------------------------------------------------------------- */

/* False for a key that this object, whose keys begin at `first`, has already. */
static bool note_key(struct picker *picker, size_t first, const struct key *key)
{
    if (picker->key_count == MAX_KEYS)
        return false;
    for (size_t i = first; i < picker->key_count; i++) {
        const struct key *other = &picker->keys[i];

        if (str_equal_heads(other->text, other->head, key->text, key->head))
            return false;
    }
    picker->keys[picker->key_count++] = *key;
    return true;
}

static struct key key_of(struct str text, const char *end)
{
    const bool in_place = (size_t)(end - text.data) >= STR_HEAD_BYTES;

    return (struct key){text, in_place ? str_head_in_place(text) : str_head(text)};
}

/* The key at `at`, up to its value. */
static const char *pick_key(struct picker *picker, const char *at, size_t first,
                            struct key *ret_key)
{
    const char *behind;
    bool escaped = false;

    if (json_next(at, picker->end) != '"')
        return NULL;
    behind = json_pass_short_string(at, picker->end);
    if (!behind)
        behind = json_pass_string(at, picker->end, &escaped);
    if (!behind || escaped)
        return NULL;
    *ret_key = key_of((struct str){at + 1, (size_t)(behind - at) - 2}, picker->end);
    if (json_token(&behind, picker->end) != ':' || !note_key(picker, first, ret_key))
        return NULL;
    behind++;
    (void)json_token(&behind, picker->end);
    return behind;
}

/* A collection in the making. */
struct growth {
    struct value *collection;
    const struct value **next;
};

static const char *grow(struct picker *picker, struct growth *growth, const char *at,
                        const struct field_mask *mask, struct str key)
{
    struct value *value = new_value(picker);

    if (!value)
        return NULL;
    value->key = key;
    *growth->next = value;
    growth->next = &value->next;
    growth->collection->count++;
    return pick(picker, at, mask, value);
}

static const char *pick_member(struct picker *picker, struct growth *growth, const char *at,
                               const struct field_mask *mask, size_t first)
{
    const struct field_mask *field;
    struct key key;

    at = pick_key(picker, at, first, &key);
    if (!at)
        return NULL;
    field = mask->shape == FIELD_SHAPE_WHOLE ? mask : field_mask_find(mask, key.text, key.head);
    if (field)
        return grow(picker, growth, at, field, key.text);
    /* As the reader with words has it: see document_tree_leave_out(). */
    if (picker->left == 0)
        return NULL;
    picker->left--;
    return json_pass(at, picker->end);
}

/* The collection at `at`, which `end` closes: members by `mask`, or items each by `mask`. */
static const char *pick_collection(struct picker *picker, const char *at, char end,
                                   const struct field_mask *mask, struct value *value)
{
    struct growth growth = {value, &value->first};
    const size_t first = picker->key_count;

    value->type = end == '}' ? VALUE_OBJECT : VALUE_ARRAY;
    at++;
    if (json_token(&at, picker->end) == end)
        return at + 1;
    for (;;) {
        at = end == '}' ? pick_member(picker, &growth, at, mask, first)
                        : grow(picker, &growth, at, mask, (struct str){NULL, 0});
        if (!at)
            return NULL;
        if (json_token(&at, picker->end) != ',')
            break;
        at++;
        (void)json_token(&at, picker->end);
    }
    picker->key_count = first;
    return json_next(at, picker->end) == end ? at + 1 : NULL;
}

/* Of what is kept whole, every part is. */
static const char *pick_whole(struct picker *picker, const char *at, char c,
                              const struct field_mask *mask, struct value *value)
{
    if (c != '{' && c != '[')
        return pick_scalar(picker, at, value);
    if (picker->whole_depth == WHOLE_DEPTH)
        return NULL;
    picker->whole_depth++;
    at = pick_collection(picker, at, c == '{' ? '}' : ']', mask, value);
    picker->whole_depth--;
    return at;
}

static const char *pick(struct picker *picker, const char *at, const struct field_mask *mask,
                        struct value *value)
{
    const char c = json_next(at, picker->end);

    if (mask->shape == FIELD_SHAPE_WHOLE)
        return pick_whole(picker, at, c, mask, value);
    if (c == '{' && mask->shape == FIELD_SHAPE_OBJECT)
        return pick_collection(picker, at, '}', mask, value);
    if (c == '[' && mask->shape == FIELD_SHAPE_LIST && mask->fields)
        return pick_collection(picker, at, ']', mask->fields, value);
    return c == 'n' ? pick_scalar(picker, at, value) : NULL;
}

const struct value *json_pick(struct str text, const struct field_mask *mask, struct arena *arena)
{
    struct picker picker;
    struct value *root;
    const char *at;

    picker.end = text.data + text.len;
    picker.arena = arena;
    picker.left = JSON_READER_MAX_KEPT;
    picker.whole_depth = 0;
    picker.key_count = 0;
    at = json_pass_space(text.data, picker.end);
    root = new_value(&picker);
    if (!root || json_next(at, picker.end) != '{')
        return NULL;
    at = pick(&picker, at, mask, root);
    return at && json_pass_space(at, picker.end) == picker.end ? root : NULL;
}
