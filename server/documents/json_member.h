/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the members of an API object. What is absent or of another type is absent. */
#ifndef SERVER_DOCUMENTS_JSON_MEMBER_H
#define SERVER_DOCUMENTS_JSON_MEMBER_H

#include "base/str.h"

#include <jansson.h>

/* The string under `key`, borrowed; the absent str when there is none. */
static inline struct str json_member_str(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        return (struct str){NULL, 0};
    return (struct str){json_string_value(value), json_string_length(value)};
}

/* The same in `metadata`. */
static inline struct str json_metadata_str(const json_t *object, const char *key)
{
    return json_member_str(json_object_get(object, "metadata"), key);
}

#endif
