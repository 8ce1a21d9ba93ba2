/* SPDX-License-Identifier: Apache-2.0 */
#include "server/object_name.h"

static bool is_label(struct str label, size_t max)
{
    bool good = label.len > 0 && label.len <= max && label.data[0] != '-' &&
                label.data[label.len - 1] != '-';

    for (size_t i = 0; good && i < label.len; i++)
        good =
            ascii_is_lower(label.data[i]) || ascii_is_digit(label.data[i]) || label.data[i] == '-';
    return good;
}

bool object_name_is_label(struct str name)
{
    return is_label(name, OBJECT_LABEL_MAX);
}

bool object_name_is_subdomain(struct str name)
{
    bool good = name.len <= OBJECT_NAME_MAX;

    while (good) {
        size_t dot = str_find(name, '.');

        good = is_label(str_slice(name, 0, dot), OBJECT_NAME_MAX);
        if (dot == name.len)
            break;
        name = str_slice(name, dot + 1, name.len);
    }
    return good;
}
