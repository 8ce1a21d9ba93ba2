/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as text. */
#ifndef SERVER_DOCUMENTS_JSON_WRITE_H
#define SERVER_DOCUMENTS_JSON_WRITE_H

#include "base/text.h"

#include <jansson.h>

/* Compact JSON, which the caller free()s; NULL when memory ran out. */
char *json_write(const json_t *value);

/* The most bytes that a string of `len` takes: \u0000 for each of its bytes, and quotes. */
#define JSON_STRING_MAX(len) (6 * (len) + 2)

/* Adds `string`, which is UTF-8, as JSON, in quotes. */
void json_write_string(struct text *text, struct str string);

#endif
