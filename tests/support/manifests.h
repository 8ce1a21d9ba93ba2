/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifests of deploy/, read for tests. What isn't as a test needs it fails the running cmocka
 * test with a message.
 */
#ifndef TESTS_SUPPORT_MANIFESTS_H
#define TESTS_SUPPORT_MANIFESTS_H

#include <jansson.h>
#include <stdbool.h>

/* The only document of that kind in a file of one or more; the caller json_decref()s it. */
json_t *manifest_read(const char *file, const char *kind);

/* The value at a dotted path in which a number is an index, as in "spec.rules.0.verbs"; borrowed.
 */
json_t *manifest_at(const json_t *value, const char *path);

/* The string there. */
const char *manifest_text(const json_t *value, const char *path);

/* Fails unless the value at `path` is `json`, a JSON text. */
void manifest_is(const json_t *value, const char *path, const char *json);

/* Whether an array has the string. */
bool manifest_lists(const json_t *array, const char *text);

#endif
