/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON value as text. */
#ifndef SERVER_DOCUMENTS_JSON_WRITE_H
#define SERVER_DOCUMENTS_JSON_WRITE_H

#include <jansson.h>

/* The value as compact JSON, which the caller free()s; NULL when memory ran out. */
char *json_write(const json_t *value);

#endif
