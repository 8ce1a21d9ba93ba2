/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_reader.h"

#include "server/documents/document_text.h"
#include "server/documents/document_tree.h"
#include "server/documents/json_text.h"

static bool read_text(struct str text, struct document_tree *tree, json_t **ret_value,
                      struct error *err)
{
    if (str_starts_with(text, STR("\xEF\xBB\xBF")))
        return error_set(err, "begins with a byte order mark, which JSON does not allow");
    return document_text_check(&text, err) && json_text_read_value(text, tree, ret_value, err);
}

enum json_reader_result json_read(const char *text, size_t len, json_t **ret_value,
                                  struct error *err)
{
    struct document_budget budget = {.values = JSON_READER_MAX_VALUES, .bytes = len};
    struct document_tree *tree = document_tree_new(&budget, err);
    bool good, exceeded;

    if (!tree)
        return JSON_READ_NO_MEMORY;
    good = read_text((struct str){text ? text : "", len}, tree, ret_value, err);
    exceeded = budget.exceeded; /* the tree gives back what it took */
    document_tree_free(tree);
    if (good)
        return JSON_READ;
    if (err->no_memory)
        return JSON_READ_NO_MEMORY;
    if (!exceeded)
        return JSON_READ_MALFORMED;
    error_set(err, "holds more than %zu JSON values", JSON_READER_MAX_VALUES);
    return JSON_READ_TOO_LARGE;
}
