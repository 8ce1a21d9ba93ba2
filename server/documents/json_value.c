/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_value.h"

#include <stdio.h>

/* An integer as it is, a real in as many digits as tell it from its neighbours. */
static struct str number_text(const json_t *number, struct arena *arena)
{
    char text[64];

    if (json_is_integer(number))
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    else
        snprintf(text, sizeof text, "%.17g", json_real_value(number));
    return arena_copy(arena, str_from(text));
}

static void add(struct value *collection, const struct value ***next, struct value *item)
{
    if (!item)
        return;
    **next = item;
    *next = &item->next;
    collection->count++;
}

static struct value *convert(const json_t *json, struct arena *arena);

static void add_members(struct value *object, const json_t *json, struct arena *arena)
{
    const struct value **next = &object->first;
    json_t *members = (json_t *)(uintptr_t)json; /* jansson's iterators are not const */

    for (void *at = json_object_iter(members); at; at = json_object_iter_next(members, at)) {
        struct value *member = convert(json_object_iter_value(at), arena);

        if (member)
            member->key = str_from(json_object_iter_key(at));
        add(object, &next, member);
    }
}

static void add_items(struct value *array, const json_t *json, struct arena *arena)
{
    const struct value **next = &array->first;

    for (size_t i = 0; i < json_array_size(json); i++)
        add(array, &next, convert(json_array_get(json, i), arena));
}

static struct value *convert(const json_t *json, struct arena *arena)
{
    static const enum value_type types[] = {
        [JSON_OBJECT] = VALUE_OBJECT,  [JSON_ARRAY] = VALUE_ARRAY, [JSON_STRING] = VALUE_STRING,
        [JSON_INTEGER] = VALUE_NUMBER, [JSON_REAL] = VALUE_NUMBER, [JSON_TRUE] = VALUE_TRUE,
        [JSON_FALSE] = VALUE_FALSE,    [JSON_NULL] = VALUE_NULL,
    };
    struct value *value = arena_alloc(arena, 1, sizeof *value);

    if (!value)
        return NULL;
    value->type = types[json_typeof(json)];
    if (json_is_string(json))
        value->text = (struct str){json_string_value(json), json_string_length(json)};
    else if (json_is_number(json))
        value->text = number_text(json, arena);
    else if (json_is_object(json))
        add_members(value, json, arena);
    else if (json_is_array(json))
        add_items(value, json, arena);
    return value;
}

const struct value *value_from_json(const json_t *json, struct arena *arena)
{
    const struct value *value = convert(json, arena);

    return arena->failed ? NULL : value;
}
