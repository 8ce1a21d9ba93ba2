/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/picked.h"

#include "server/admission/admission_mask.h"
#include "server/documents/json_pick.h"
#include "server/documents/json_reader.h"
#include "server/documents/json_value.h"

#define MEMORY_LIMIT ((size_t)256 << 20)

/* Members in the order of the text in one, and of jansson's table in the other: the same. */
static bool is_same(const struct value *a, const struct value *b)
{
    const struct value *other = b->first;

    if (a->type != b->type || !str_equal(a->key, b->key) || !str_equal(a->text, b->text) ||
        a->count != b->count)
        return false;
    for (const struct value *item = a->first; item; item = item->next, other = other->next) {
        if (!other || !is_same(item, other))
            return false;
    }
    return !other;
}

enum picked picked_as_read(struct str text)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(MEMORY_LIMIT);
    const struct value *picked = json_pick(text, admission_mask(), &arena);
    const struct value *read = NULL;
    json_t *json = NULL;
    struct error err;
    enum picked result = PICKED_NOT;

    if (json_read_fields(text.data, text.len, admission_mask(), NULL, &json, &err) == JSON_READ)
        read = value_from_json(json, &arena);
    if (picked)
        result = read && is_same(picked, read) ? PICKED_THE_SAME : PICKED_OTHERWISE;
    json_decref(json);
    return result;
}
