/* SPDX-License-Identifier: Apache-2.0 */
/* From jansson's tree to the values that decoders read. */
#ifndef SERVER_DOCUMENTS_JSON_VALUE_H
#define SERVER_DOCUMENTS_JSON_VALUE_H

#include "base/value.h"

#include <jansson.h>

/*
 * `json` as values in `arena`; strings and keys are borrowed from `json`. NULL when memory ran out,
 * which the arena remembers. Recurses as deep as `json` is.
 */
const struct value *value_from_json(const json_t *json, struct arena *arena);

#endif
