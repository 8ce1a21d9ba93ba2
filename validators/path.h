/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a field is in its object: `prefix[key].list[index].field[sub_index].sub_field`, each part
 * but the prefix optional. Parts are borrowed and, but for the key of a map and a misspelt name,
 * never come from the object; those only when nothing in them needs an escape, so a path is always
 * safe to print.
 * Nothing is rendered until somebody wants to read it.
 */
#ifndef VALIDATORS_PATH_H
#define VALIDATORS_PATH_H

#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define NO_INDEX SIZE_MAX

struct path {
    struct str prefix; /* dotted */
    struct str key;    /* of the map there; absent: none */
    const char *list;
    size_t index;
    const char *field;
    size_t sub_index;
    const char *sub_field;
    size_t line; /* of the text that stands there, from 1, which no spelling has; 0: all of it */
    bool is_key; /* meant is the last key itself, not what it leads to; spelt the same */
};

/* The path of a list; the other parts are filled in by path_entry() and path_field(). */
struct path path_list(struct str prefix, const char *list);
struct path path_entry(struct path list, size_t index);

/*
 * The path of a map's value, `metadata.labels[example.com/a]`. A key with anything but letters,
 * digits, '-', '_', '.' and '/', or of more than 320 bytes, leaves the map's own path.
 */
struct path path_key(struct str map, struct str key);
struct path path_field(struct path entry, const char *field);
struct path path_sub_entry(struct path field, size_t sub_index);
struct path path_sub_field(struct path sub_entry, const char *sub_field);

/* The same path, of the key that it ends in: that is at fault, whatever stands under it. */
struct path path_to_key(struct path path);

/* `spec.domain.devices.hostDevices[0].name`, as Kubernetes' field errors have it. */
void path_add_dotted(struct text *text, const struct path *path);

/* `/spec/domain/devices/hostDevices/0/name`: a JSON Pointer (RFC 6901). */
void path_add_pointer(struct text *text, const struct path *path);

#endif
