/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML as Kubernetes tools read it (sigs.k8s.io/yaml: YAML 1.1 scalars, JSON values out), by
 * libyaml. JSON is a subset, so this reads both.
 */
#ifndef SERVER_DOCUMENTS_YAML_H
#define SERVER_DOCUMENTS_YAML_H

#include "server/documents/document_places.h"

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/*
 * Every document of `text` as an element of a new JSON array (empty documents are left out).
 * Refused with a message that names line and column: bad YAML, duplicate keys, keys that are not
 * scalars, anchors that expand to too much, too deep nesting, too many values, text that is not
 * UTF-8. The caller owns the result and json_decref()s it. NULL: refused or out of memory.
 */
json_t *yaml_load(const char *text, size_t len, struct error *err);

/*
 * The same, and notes in `places` (initialised, and empty) where each value stands. NULL: nobody
 * wants to know.
 */
json_t *yaml_load_placed(const char *text, size_t len, struct document_places *places,
                         struct error *err);

#endif
