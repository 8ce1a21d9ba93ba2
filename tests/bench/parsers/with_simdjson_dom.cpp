/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simdjson's tree. Its parser keeps its buffers from one text to the next, and takes the widest
 * instructions that the processor has. Once as it comes, once with what json_pick() looks for
 * too: duplicates in the objects on the way.
 */
#include "tests/bench/parsers/candidate.h"

#if __has_include(<simdjson.h>)
#include <array>
#include <new>
#include <simdjson.h>
#include <string>
#include <string_view>

#define AS_LITERAL(tokens) #tokens
#define AS_TEXT(macro) AS_LITERAL(macro)

using namespace simdjson;

namespace
{

constexpr std::size_t max_keys = 256;

void walk(dom::element value, const node *node, review *review);

void walk_members(dom::object object, const node *node, review *review)
{
    for (const struct node *field = node->fields; field->key; field++) {
        dom::element value;

        if (!object.at_key(std::string_view(field->key, field->key_len)).get(value))
            walk(value, field, review);
    }
}

void walk(dom::element value, const node *node, review *review)
{
    std::string_view text;
    dom::object object;
    dom::array array;

    if (node->type == NODE_OBJECT && !value.get(object)) {
        walk_members(object, node, review);
    } else if (node->type == NODE_LIST && !value.get(array)) {
        for (dom::element item : array) {
            if (item.get(object))
                continue;
            review_item(review, node->which);
            walk_members(object, node, review);
        }
    } else if (node->type == NODE_STRING && !value.get(text)) {
        review_string(review, node->which, text.data(), text.size());
    }
}

bool walk_strictly(dom::element value, const node *node, review *review);

bool walk_members_strictly(dom::object object, const node *node, review *review)
{
    std::array<std::string_view, max_keys> keys;
    std::size_t count = 0;

    for (dom::key_value_pair member : object) {
        if (count == max_keys)
            return false;
        for (std::size_t i = 0; i < count; i++) {
            if (keys[i] == member.key)
                return false;
        }
        keys[count++] = member.key;

        const struct node *field = node_find(node, member.key.data(), member.key.size());
        if (field && !walk_strictly(member.value, field, review))
            return false;
    }
    return true;
}

bool walk_strictly(dom::element value, const node *node, review *review)
{
    dom::object object;
    dom::array array;

    if (node->type == NODE_OBJECT && !value.get(object))
        return walk_members_strictly(object, node, review);
    if (node->type != NODE_LIST || value.get(array)) {
        walk(value, node, review);
        return true;
    }
    for (dom::element item : array) {
        if (item.get(object))
            continue;
        review_item(review, node->which);
        if (!walk_members_strictly(object, node, review))
            return false;
    }
    return true;
}

void *open_parser()
{
    return new (std::nothrow) dom::parser;
}

void close_parser(void *state)
{
    delete static_cast<dom::parser *>(state);
}

taken read_text(void *state, const char *text, std::size_t len, review *review)
{
    dom::element root;

    if (static_cast<dom::parser *>(state)->parse(text, len, false).get(root))
        return REFUSED;
    walk(root, &review_root, review);
    return review->full ? REFUSED : TAKEN;
}

taken read_text_strictly(void *state, const char *text, std::size_t len, review *review)
{
    dom::element root;

    if (static_cast<dom::parser *>(state)->parse(text, len, false).get(root) ||
        !walk_strictly(root, &review_root, review))
        return REFUSED;
    return review->full ? REFUSED : TAKEN;
}

const char *version()
{
    static const std::string text =
        std::string(AS_TEXT(SIMDJSON_VERSION)) + " (" + get_active_implementation()->name() + ")";

    return text.c_str();
}

} // namespace

#define READ_BY(function) nullptr, open_parser, function, close_parser
#else
#define READ_BY(function) "libsimdjson-dev is missing", nullptr, nullptr, nullptr
#define version nullptr
#endif

/* C++17 has no names here; the order is that of the struct. */
const candidate with_simdjson_dom = {"simdjson DOM", READ_BY(read_text), "simdjson", version};
const candidate with_simdjson_dom_strict = {"simdjson DOM, duplicates on the way refused",
                                            READ_BY(read_text_strictly), nullptr, nullptr};
