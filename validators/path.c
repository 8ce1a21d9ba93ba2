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

/* A label's key has up to 253 bytes, a slash, and 63 more. */
#define KEY_LIMIT 320

static bool is_safe_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.data[i];

        if (!ascii_is_alnum(c) && c != '-' && c != '_' && c != '.' && c != '/')
            return false;
    }
    return key.len <= KEY_LIMIT;
}

struct path path_key(struct str map, struct str key)
{
    struct path path = path_list(map, NULL);

    if (is_safe_key(key))
        path.key = key;
    return path;
}

struct path path_to_key(struct path path)
{
    path.is_key = true;
    return path;
}

static void add_name(struct text *text, const char *dot, const char *name)
{
    if (!name)
        return;
    text_add(text, dot);
    text_add(text, name);
}

static void add_index(struct text *text, const char *open, size_t index, const char *close)
{
    if (index == NO_INDEX)
        return;
    text_add(text, open);
    text_add_number(text, index);
    text_add(text, close);
}

/* One way to write the parts: between names stands `dot`, around an index `open` and `close`. */
static void add_parts(struct text *text, const struct path *path, const char *dot, const char *open,
                      const char *close)
{
    add_name(text, dot, path->list);
    add_index(text, open, path->index, close);
    add_name(text, dot, path->field);
    add_index(text, open, path->sub_index, close);
    add_name(text, dot, path->sub_field);
}

void path_add_dotted(struct text *text, const struct path *path)
{
    text_add_str(text, path->prefix);
    if (path->key.data) {
        text_add(text, "[");
        text_add_str(text, path->key);
        text_add(text, "]");
    }
    add_parts(text, path, ".", "[", "]");
}

/* A key as a token of a JSON Pointer, where a slash is written "~1". */
static void add_key_token(struct text *text, struct str key)
{
    if (key.data)
        text_add(text, "/");
    while (key.len > 0) {
        size_t slash = str_find(key, '/');

        text_add_str(text, str_slice(key, 0, slash));
        if (slash < key.len)
            text_add(text, "~1");
        key = str_slice(key, slash + 1, key.len);
    }
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
    add_key_token(text, path->key);
    add_parts(text, path, "/", "/", "");
}
