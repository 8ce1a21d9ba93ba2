/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simdjson's on-demand parser: it finds the places of quotes, brackets and commas with the widest
 * instructions that the processor has, and looks at no more of the text than it is asked for. To
 * compile the rest for AVX2, too, brings nothing.
 */
#include "tests/bench/parsers/candidate.h"

#if __has_include(<simdjson.h>)
#include <new>
#include <simdjson.h>
#include <string_view>
#include <utility>

using namespace simdjson;

namespace
{

bool walk_members(ondemand::object object, const node *node, review *review);

/* What has another type than is expected is passed over; what is wrong is refused. */
bool is_good(error_code error)
{
    return !error || error == INCORRECT_TYPE;
}

bool walk_items(ondemand::array array, const node *node, review *review)
{
    for (simdjson_result<ondemand::value> item : array) {
        ondemand::object object;
        const error_code error = item.get_object().get(object);

        if (!is_good(error))
            return false;
        if (error)
            continue;
        review_item(review, node->which);
        if (!walk_members(object, node, review))
            return false;
    }
    return true;
}

bool walk(ondemand::value value, const node *node, review *review)
{
    std::string_view text;
    ondemand::object object;
    ondemand::array array;
    error_code error;

    switch (node->type) {
    case NODE_OBJECT:
        error = value.get_object().get(object);
        return error ? is_good(error) : walk_members(object, node, review);
    case NODE_LIST:
        error = value.get_array().get(array);
        return error ? is_good(error) : walk_items(array, node, review);
    default:
        error = value.get_string().get(text);
        if (!error)
            review_string(review, node->which, text.data(), text.size());
        return is_good(error);
    }
}

bool walk_members(ondemand::object object, const node *node, review *review)
{
    for (simdjson_result<ondemand::field> member : object) {
        ondemand::field field;
        std::string_view key;

        if (std::move(member).get(field) || field.unescaped_key().get(key))
            return false;
        const struct node *found = node_find(node, key.data(), key.size());
        if (found && !walk(field.value(), found, review))
            return false;
    }
    return true;
}

void *open_parser()
{
    return new (std::nothrow) ondemand::parser;
}

void close_parser(void *state)
{
    delete static_cast<ondemand::parser *>(state);
}

taken read_text(void *state, const char *text, std::size_t len, review *review)
{
    ondemand::document document;
    ondemand::object object;
    const padded_string_view view(text, len, len + TEXT_PADDING);

    if (static_cast<ondemand::parser *>(state)->iterate(view).get(document) ||
        document.get_object().get(object) || !walk_members(object, &review_root, review))
        return REFUSED;
    /* Something is behind the object unless that fails. */
    return document.current_location().error() && !review->full ? TAKEN : REFUSED;
}

} // namespace

#define READ_BY(function) nullptr, open_parser, function, close_parser
#else
#define READ_BY(function) "libsimdjson-dev is missing", nullptr, nullptr, nullptr
#endif

/* C++17 has no names here; the order is that of the struct. */
const candidate with_simdjson_ondemand = {"simdjson on-demand", READ_BY(read_text), nullptr,
                                          nullptr};
