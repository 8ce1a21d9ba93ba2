/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a field is in its object: `prefix.list[index].field[sub_index].sub_field`, each part but
 * the prefix optional. Parts are borrowed and never come from the request, so a path is always
 * safe to print. Nothing is rendered until somebody wants to read it.
 */
#ifndef VALIDATORS_PATH_H
#define VALIDATORS_PATH_H

#include "base/str.h"
#include "base/text.h"

#include <stdint.h>

#define NO_INDEX SIZE_MAX

struct path {
    struct str prefix; /* dotted */
    const char *list;
    size_t index;
    const char *field;
    size_t sub_index;
    const char *sub_field;
};

/* The path of a list; the other parts are filled in by path_entry() and path_field(). */
struct path path_list(struct str prefix, const char *list);
struct path path_entry(struct path list, size_t index);
struct path path_field(struct path entry, const char *field);
struct path path_sub_entry(struct path field, size_t sub_index);
struct path path_sub_field(struct path sub_entry, const char *sub_field);

/* `spec.domain.devices.hostDevices[0].name`, as Kubernetes' field errors have it. */
void path_add_dotted(struct text *text, const struct path *path);

/* `/spec/domain/devices/hostDevices/0/name`: a JSON Pointer (RFC 6901). */
void path_add_pointer(struct text *text, const struct path *path);

#endif
