/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/path.h"

struct path path_list(struct str prefix, const char *list)
{
    return (struct path){.prefix = prefix, .list = list, .index = NO_INDEX, .sub_index = NO_INDEX};
}

struct path path_entry(struct path list, size_t index)
{
    list.index = index;
    return list;
}

struct path path_field(struct path entry, const char *field)
{
    entry.field = field;
    return entry;
}

struct path path_sub_entry(struct path field, size_t sub_index)
{
    field.sub_index = sub_index;
    return field;
}

struct path path_sub_field(struct path sub_entry, const char *sub_field)
{
    sub_entry.sub_field = sub_field;
    return sub_entry;
}

/* One way to write the parts: between names stands `dot`, around an index `open` and `close`. */
static void add_parts(struct text *text, const struct path *path, const char *dot, const char *open,
                      const char *close)
{
    if (path->list)
        text_addf(text, "%s%s", dot, path->list);
    if (path->index != NO_INDEX)
        text_addf(text, "%s%zu%s", open, path->index, close);
    if (path->field)
        text_addf(text, "%s%s", dot, path->field);
    if (path->sub_index != NO_INDEX)
        text_addf(text, "%s%zu%s", open, path->sub_index, close);
    if (path->sub_field)
        text_addf(text, "%s%s", dot, path->sub_field);
}

void path_add_dotted(struct text *text, const struct path *path)
{
    text_add_str(text, path->prefix);
    add_parts(text, path, ".", "[", "]");
}

void path_add_pointer(struct text *text, const struct path *path)
{
    struct str left = path->prefix;

    while (left.len > 0) {
        size_t dot = str_find(left, '.');

        text_add(text, "/");
        text_add_str(text, str_slice(left, 0, dot));
        left = str_slice(left, dot + 1, left.len);
    }
    add_parts(text, path, "/", "/", "");
}
