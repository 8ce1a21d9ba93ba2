/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a YAML scalar means to Kubernetes tools: YAML 1.1 as go.yaml.in/yaml/v2 resolves it and
 * sigs.k8s.io/yaml hands it on to JSON. Differs from the YAML 1.1 types in places: no base-60
 * numbers (10:20 is a string), no dates (2020-01-01 is a string), y and n are booleans.
 * Pure functions; safe in any thread. Numbers are read with the locale's decimal point, which this
 * program leaves at "C".
 */
#ifndef SERVER_DOCUMENTS_YAML_SCALAR_H
#define SERVER_DOCUMENTS_YAML_SCALAR_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum yaml_scalar_kind {
    SCALAR_NULL,
    SCALAR_BOOL,
    SCALAR_INTEGER,
    SCALAR_UNSIGNED, /* above INT64_MAX; its value is in `real` */
    SCALAR_REAL,     /* may be infinite or not a number */
    SCALAR_STRING,
};

struct yaml_scalar {
    enum yaml_scalar_kind kind;
    bool truth;
    int64_t integer;
    double real;
    struct str text; /* SCALAR_STRING: borrowed from the input or the arena; may hold NUL */
};

/* The scalar of a quoted or block text without a tag: always a string. */
struct yaml_scalar yaml_scalar_string(struct str text);

/*
 * Reads a plain text (`tag` NULL), or one of any style with a full tag such as
 * "tag:yaml.org,2002:int". Texts that must be stored go to `arena`. Fails when the text is not what
 * the tag says, or memory ran out (the arena remembers it).
 */
bool yaml_scalar_read(struct str text, const char *tag, struct arena *arena,
                      struct yaml_scalar *ret_scalar, struct error *err);

/*
 * The scalar as a new JSON value. An integer above INT64_MAX becomes a real. Fails for infinity and
 * not-a-number, which JSON does not have, and when memory ran out.
 */
json_t *yaml_scalar_json(const struct yaml_scalar *scalar, struct error *err);

#define YAML_SCALAR_KEY_SIZE ((size_t)32) /* "-9223372036854775808" is the longest: 21 */

/*
 * The scalar as the key of a JSON object, borrowed from `scalar` or written into `buffer`. Fails
 * for null, for integers above INT64_MAX and for strings that hold NUL.
 */
bool yaml_scalar_key(const struct yaml_scalar *scalar, char buffer[YAML_SCALAR_KEY_SIZE],
                     struct str *ret_key, struct error *err);

#endif
