/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/decode_fields.h"

#include <stdio.h>
#include <stdlib.h>

/* A string, or a number or boolean as JSON writes it, so that a message can show it. */
static struct str scalar_text(struct decoder *decoder, const struct value *value)
{
    char shown[64];
    double number;

    if (value_is_bool(value))
        return value->type == VALUE_TRUE ? STR("true") : STR("false");
    if (value->type != VALUE_NUMBER)
        return value_string(value);
    number = strtod(value->text.data, NULL);
    snprintf(shown, sizeof shown, "%.15g", number);
    if (strtod(shown, NULL) != number)
        snprintf(shown, sizeof shown, "%.17g", number);
    return arena_copy(decoder->arena, str_from(shown));
}

struct type_fault *decode_type_fault(struct decoder *decoder, struct path path,
                                     const char *expected, const struct value *value)
{
    struct type_fault *fault = arena_alloc(decoder->arena, 1, sizeof *fault);

    if (!fault)
        return NULL;
    fault->path = path;
    fault->expected = expected;
    fault->found = value_type_name(value);
    fault->digest = value_digest(value);
    fault->scalar = scalar_text(decoder, value);
    *decoder->next_fault = fault;
    decoder->next_fault = &fault->next;
    return fault;
}

struct text_field decode_text(struct decoder *decoder, const struct value *object, struct path path,
                              const char *key)
{
    const struct value *value = value_get(object, str_from(key));

    if (!value)
        return (struct text_field){.state = FIELD_ABSENT};
    if (value->type != VALUE_STRING) {
        path = path.sub_index == NO_INDEX ? path_field(path, key) : path_sub_field(path, key);
        decode_type_fault(decoder, path, "a string", value);
        return (struct text_field){.state = FIELD_MALFORMED};
    }
    return (struct text_field){FIELD_TEXT, value->text};
}

bool decode_bool(struct decoder *decoder, const struct value *object, struct path path,
                 const char *key)
{
    const struct value *value = value_get(object, str_from(key));

    if (value && !value_is_bool(value))
        decode_type_fault(decoder, path_field(path, key), "a boolean", value);
    return value_is(value, VALUE_TRUE);
}

const struct value *decode_array(struct decoder *decoder, const struct value *object,
                                 struct path path, const char *key)
{
    const struct value *value = value_get(object, str_from(key));

    if (value && value->type != VALUE_ARRAY) {
        decode_type_fault(decoder, path, "an array", value);
        return NULL;
    }
    return value;
}

const struct value *decode_walk(struct decoder *decoder, const struct value *object,
                                const char *path, bool quiet_root)
{
    struct str whole = str_from(path);
    size_t at = 0;

    while (object && at < whole.len) {
        struct str key = str_slice(whole, at, whole.len);

        key.len = str_find(key, '.');
        object = value_get(object, key);
        if (object && object->type != VALUE_OBJECT) {
            if (at > 0 || !quiet_root)
                decode_type_fault(decoder, path_list(str_slice(whole, 0, at + key.len), NULL),
                                  "an object", object);
            return NULL;
        }
        at += key.len + 1;
    }
    return object;
}
