/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decoders of all kinds read fields with. Every getter returns "absent" for what is not
 * there, and for what has the wrong type after noting a type_fault; so callers read on without a
 * check.
 */
#ifndef VALIDATORS_DECODE_FIELDS_H
#define VALIDATORS_DECODE_FIELDS_H

#include "base/arena.h"
#include "base/value.h"
#include "validators/facts.h"

struct decoder {
    struct arena *arena;
    const struct type_fault **next_fault; /* where the list of type faults goes on */
};

/* Notes that `value` at `path` is not `expected` ("a string"). NULL: memory ran out. */
struct type_fault *decode_type_fault(struct decoder *decoder, struct path path,
                                     const char *expected, const struct value *value);

/* The string `key` of the object at `path`. */
struct text_field decode_text(struct decoder *decoder, const struct value *object, struct path path,
                              const char *key);

/* False, too, for what is absent. */
bool decode_bool(struct decoder *decoder, const struct value *object, struct path path,
                 const char *key);

/* The array at `path` (whose last part is `key`), or NULL. */
const struct value *decode_array(struct decoder *decoder, const struct value *object,
                                 struct path path, const char *key);

/*
 * The object at the dotted `path` below `object`. The step into the first part is silent with
 * `quiet_root`, so that a faulty `spec` on the way to two places is told once.
 */
const struct value *decode_walk(struct decoder *decoder, const struct value *object,
                                const char *path, bool quiet_root);

#endif
