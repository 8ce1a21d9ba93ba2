/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/json_patch.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

json_t *json_patch_of(const json_t *response)
{
    const char *encoded = json_string_value(json_object_get(response, "patch"));
    size_t len = encoded ? strlen(encoded) : 0;
    unsigned char *text = encoded ? malloc(len / 4 * 3 + 4) : NULL;
    json_t *operations = NULL;
    int size;

    if (!text)
        return NULL;
    size = EVP_DecodeBlock(text, (const unsigned char *)encoded, (int)len);
    while (size > 0 && text[size - 1] == '\0')
        size--; /* EVP_DecodeBlock counts the padding */
    if (size > 0)
        operations = json_loadb((const char *)text, (size_t)size, JSON_ALLOW_NUL, NULL);
    free(text);
    return operations;
}

/* The member or element that one step of a JSON Pointer leads to. */
static json_t *step(json_t *value, const char *key)
{
    return json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                : json_object_get(value, key);
}

static bool add(json_t *object, const char *path, json_t *value)
{
    char *pointer = strdup(path);
    char *key = pointer;
    char *slash;
    bool done = pointer && *key == '/';

    if (done) {
        key++;
        while ((slash = strchr(key, '/'))) {
            *slash = '\0';
            object = step(object, key);
            key = slash + 1;
        }
        done = json_is_object(object) && json_object_set(object, key, value) == 0;
    }
    free(pointer);
    return done;
}

bool json_patch_apply(json_t *object, const json_t *operations)
{
    const json_t *operation;
    size_t i;

    json_array_foreach(operations, i, operation) {
        const char *op = json_string_value(json_object_get(operation, "op"));
        const char *path = json_string_value(json_object_get(operation, "path"));

        if (!op || strcmp(op, "add") != 0 || !path ||
            !add(object, path, json_object_get(operation, "value")))
            return false;
    }
    return true;
}
