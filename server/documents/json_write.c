/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_write.h"

#include <stdlib.h>

/* Not by json_dumps(): that of jansson 2.14 leaves out what it has no memory for. */
char *json_write(const json_t *value)
{
    size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    char *text = len > 0 ? malloc(len + 1) : NULL;

    if (!text)
        return NULL;
    if (json_dumpb(value, text, len, JSON_COMPACT | JSON_ENCODE_ANY) != len) {
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}
