/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/decode_node.h"

static void decode_label(struct decoder *decoder, const struct value *value, struct str map,
                         struct node_label *ret_label)
{
    ret_label->key = value->key;
    if (value->type == VALUE_STRING) {
        ret_label->value = (struct text_field){FIELD_TEXT, value->text};
    } else if (value->type != VALUE_NULL) {
        ret_label->value.state = FIELD_MALFORMED;
        decode_type_fault(decoder, path_key(map, value->key), "a string", value);
    }
}

void decode_node(struct decoder *decoder, const struct value *object,
                 struct object_facts *ret_facts)
{
    const char *prefix = ret_facts->kind->prefix;
    const struct value *labels = decode_walk(decoder, object, prefix, false);
    size_t count = labels ? labels->count : 0;
    struct node_label *items = count > 0 ? arena_alloc(decoder->arena, count, sizeof *items) : NULL;
    const struct value *value;

    if (!items)
        return;
    value = labels->first;
    for (size_t i = 0; i < count; i++, value = value->next)
        decode_label(decoder, value, str_from(prefix), &items[i]);
    ret_facts->node.labels = items;
    ret_facts->node.label_count = count;
}
