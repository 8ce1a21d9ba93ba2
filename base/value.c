/* SPDX-License-Identifier: Apache-2.0 */
#include "base/value.h"

#include <string.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

const struct value *value_get(const struct value *object, struct str key)
{
    if (!value_is(object, VALUE_OBJECT))
        return NULL;
    for (const struct value *member = object->first; member; member = member->next) {
        if (member->key.len == key.len && memcmp(member->key.data, key.data, key.len) == 0)
            return member->type == VALUE_NULL ? NULL : member;
    }
    return NULL;
}

struct str value_string(const struct value *value)
{
    return value_is(value, VALUE_STRING) ? value->text : (struct str){NULL, 0};
}

const char *value_type_name(const struct value *value)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",     [VALUE_FALSE] = "boolean", [VALUE_TRUE] = "boolean",
        [VALUE_NUMBER] = "number", [VALUE_STRING] = "string", [VALUE_ARRAY] = "array",
        [VALUE_OBJECT] = "object",
    };

    return names[value->type];
}

/* FNV-1a. */
static uint64_t add_bytes(uint64_t digest, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        digest = (digest ^ at[i]) * FNV_PRIME;
    return digest;
}

static uint64_t add_text(uint64_t digest, struct str text)
{
    /* The length too, so that two texts side by side are not one. */
    digest = add_bytes(digest, &text.len, sizeof text.len);
    return text.len > 0 ? add_bytes(digest, text.data, text.len) : digest;
}

uint64_t value_digest(const struct value *value)
{
    unsigned char type = (unsigned char)value->type;
    uint64_t digest = add_text(add_bytes(FNV_START, &type, 1), value->text);
    uint64_t members = 0;

    for (const struct value *item = value->first; item; item = item->next) {
        uint64_t of_item = value_digest(item);

        if (value->type == VALUE_ARRAY)
            digest = add_bytes(digest, &of_item, sizeof of_item);
        else
            members += add_bytes(add_text(FNV_START, item->key), &of_item, sizeof of_item);
    }
    return add_bytes(digest, &members, sizeof members);
}
