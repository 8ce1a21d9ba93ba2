/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects at the beginning of a text. kubectl takes a text that begins with "{" for JSON, one
 * object behind the other, until something else comes, and reads the rest as YAML. That matters
 * where the two differ: surrogate pairs (\ud83d\ude00), keys over 1,024 characters, U+2028.
 *
 * Not jansson's parser: that tells no places, and ends the program when the memory for a long token
 * cannot be had (lex_save in 2.14 ignores it, an assertion fails later).
 */
#ifndef SERVER_YAML_JSON_H
#define SERVER_YAML_JSON_H

#include "server/yaml_tree.h"

#include "base/error.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Appends to `documents` the JSON objects that `text` begins with; `*ret_used` is the number of
 * bytes they took. An object that is not quite JSON is left for the YAML reader, as kubectl does,
 * and so is what follows it. Fails for what the tree refuses: duplicate keys, a limit, no memory.
 */
bool yaml_json_read(struct str text, struct yaml_tree *tree, json_t *documents, size_t *ret_used,
                    struct error *err);

#endif
