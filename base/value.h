/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON value as far as somebody reads it, whoever has parsed it: small nodes in an arena, whose
 * texts belong to the arena or to the document. Never changed once it is made.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_OBJECT,
};

struct value {
    enum value_type type;
    struct str key;            /* of a member; else absent */
    struct str text;           /* of a string; of a number, NUL-terminated: see json_value.c */
    size_t count;              /* of an array's items or an object's members */
    const struct value *first; /* of them */
    const struct value *next;  /* beside this one */
};

/*
 * The member `key` of an object. NULL when there is none or it is null, which the API server treats
 * alike, and when `object` is NULL or no object.
 */
const struct value *value_get(const struct value *object, struct str key);

/* These take NULL for a value that is absent. */
static inline bool value_is(const struct value *value, enum value_type type)
{
    return value && value->type == type;
}

static inline bool value_is_bool(const struct value *value)
{
    return value && (value->type == VALUE_TRUE || value->type == VALUE_FALSE);
}

/* The text of a string; the absent str for anything else. */
struct str value_string(const struct value *value);

/* "object", "number" …: how messages call it. */
const char *value_type_name(const struct value *value);

/*
 * Tells one value from another: equal values have equal digests, in whatever order their members
 * stand, and different ones hardly ever. Recurses as deep as the value is.
 */
uint64_t value_digest(const struct value *value);

#endif
