/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/document_step.h"

/* Takes what stands in brackets. */
static struct str take_key(struct str *path)
{
    size_t end = str_find(*path, ']');
    struct str key = str_slice(*path, 1, end - 1);

    *path = str_slice(*path, end + 1, path->len);
    return key;
}

static bool read_index(struct str key, size_t *ret_index)
{
    size_t index = 0;

    if (key.len == 0 || key.len > 9)
        return false;
    for (size_t i = 0; i < key.len; i++) {
        if (!ascii_is_digit(key.data[i]))
            return false;
        index = 10 * index + (size_t)(key.data[i] - '0');
    }
    *ret_index = index;
    return true;
}

static struct str take_name(struct str *path)
{
    struct str rest = str_slice(*path, str_starts_with(*path, STR(".")), path->len);
    struct str name = str_slice(rest, 0, str_find(rest, '.'));

    name.len = str_find(name, '[');
    *path = str_slice(rest, name.len, rest.len);
    return name;
}

bool document_step_next(struct str *path, struct document_step *ret_step)
{
    struct document_step step = {.name = {NULL, 0}};

    if (path->len == 0)
        return false;
    if (str_starts_with(*path, STR("[")))
        step.key = take_key(path);
    if (!step.key.data)
        step.name = take_name(path);
    else if (!read_index(step.key, &step.index))
        step.name = step.key;
    *ret_step = step;
    return true;
}
