/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_reader.h"

#include "server/documents/document_text.h"
#include "server/documents/document_tree.h"
#include "server/documents/json_text.h"

static bool read_text(struct str text, const struct field_mask *mask, struct document_tree *tree,
                      json_t **ret_value, struct error *err)
{
    if (str_starts_with(text, STR("\xEF\xBB\xBF")))
        return error_set(err, "begins with a byte order mark, which JSON does not allow");
    return document_text_check(&text, err) &&
           json_text_read_value(text, mask, tree, ret_value, err);
}

static enum json_reader_result too_large(const struct field_mask *mask, struct error *err)
{
    if (mask)
        error_set(err, "holds more than %zu JSON values in fields that are reviewed",
                  JSON_READER_MAX_KEPT);
    else
        error_set(err, "holds more than %zu JSON values", JSON_READER_MAX_VALUES);
    return JSON_READ_TOO_LARGE;
}

enum json_reader_result json_read_fields(const char *text, size_t len,
                                         const struct field_mask *mask, struct account *account,
                                         json_t **ret_value, struct error *err)
{
    struct document_budget budget = {
        .values = mask ? JSON_READER_MAX_KEPT : JSON_READER_MAX_VALUES,
        .bytes = len,
        .account = account,
    };
    struct document_tree *tree = document_tree_new(&budget, err);
    bool good = tree && read_text((struct str){text ? text : "", len}, mask, tree, ret_value, err);
    bool exceeded = budget.exceeded; /* the tree gives back what it took */

    document_tree_free(tree);
    if (good)
        return JSON_READ;
    if (err->no_memory)
        return account && account->refused ? JSON_READ_NO_ROOM : JSON_READ_NO_MEMORY;
    return exceeded ? too_large(mask, err) : JSON_READ_MALFORMED;
}

enum json_reader_result json_read(const char *text, size_t len, json_t **ret_value,
                                  struct error *err)
{
    return json_read_fields(text, len, NULL, NULL, ret_value, err);
}
