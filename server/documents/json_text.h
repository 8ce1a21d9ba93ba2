/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads JSON: a whole text of it, or the objects at the beginning of a manifest. kubectl takes a
 * text that begins with "{" for JSON, one object behind the other, until something else comes, and
 * reads the rest as YAML. That matters where the two differ: surrogate pairs (\ud83d\ude00), keys
 * over 1,024 characters, U+2028.
 *
 * Not jansson's parser: when the memory for a token cannot be had, that of 2.14 loses bytes (a name
 * is read as another one) or ends the program, and it tells no places. It is the reference that
 * tests/fuzz/fuzz_json.c holds this one against.
 */
#ifndef SERVER_DOCUMENTS_JSON_TEXT_H
#define SERVER_DOCUMENTS_JSON_TEXT_H

#include "server/documents/document_tree.h"

#include "base/error.h"
#include "base/field_mask.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Appends to `documents` the JSON objects that `text` begins with; `*ret_used` is the number of
 * bytes they took. An object that is not quite JSON is left for the YAML reader, as kubectl does,
 * and so is what follows it. Fails for what the tree refuses: duplicate keys, a limit, no memory.
 */
bool json_text_read_objects(struct str text, struct document_tree *tree, json_t *documents,
                            size_t *ret_used, struct error *err);

/*
 * Reads `text` (UTF-8 without NUL, see document_text_check()) as one JSON value with nothing but
 * white space around it. The error names line and column. The caller owns `*ret_value`. What is not
 * in `mask` (NULL: all is) is passed over: it must be JSON like the rest, but duplicate keys are
 * noticed only in objects that have a kept member or could have one. A member left out counts as a
 * value, because its key is kept until its object ends.
 */
bool json_text_read_value(struct str text, const struct field_mask *mask,
                          struct document_tree *tree, json_t **ret_value, struct error *err);

#endif
