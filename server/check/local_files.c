/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/local_files.h"

#include "server/check/check_inputs.h"
#include "server/documents/manifest_objects.h"
#include "validators/machine_config/machine_config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Relative, and without a step upwards. */
static bool is_below(const char *name)
{
    const char *at = name;

    if (*name == '/')
        return false;
    while (*at != '\0') {
        size_t len = strcspn(at, "/");

        if (len == 2 && at[0] == '.' && at[1] == '.')
            return false;
        at += len + (at[len] == '/');
    }
    return true;
}

static bool read_file(const char *folder, const char *name, json_t *contents, struct error *err)
{
    struct check_inputs inputs CLEANUP_CHECK_INPUTS = CHECK_INPUTS_INIT;
    struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
    struct error problem = {.no_memory = false};
    char path[PATH_MAX];
    json_t *text;
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);

    if (len < 0 || (size_t)len >= sizeof path)
        return true;
    if (!check_inputs_add_file(&inputs, path, err))
        return false;
    if (!check_inputs_read(&inputs, 0, &bytes, &problem))
        return !problem.no_memory || error_no_memory(err);
    text =
        bytes.text.len <= MACHINE_FILE_MAX ? json_stringn(bytes.text.data, bytes.text.len) : NULL;
    if (text && json_object_set_new(contents, BUTANE_LOCAL_TEXT, text) < 0)
        return error_no_memory(err);
    return true;
}

static bool read_document(const char *folder, const json_t *document, struct error *err)
{
    const json_t *files = json_object_get(json_object_get(document, "storage"), "files");
    const json_t *file;
    size_t index;

    json_array_foreach(files, index, file) {
        json_t *contents = json_object_get(file, "contents");
        const json_t *local = json_object_get(contents, "local");
        const char *name = json_string_value(local);

        if (name && json_string_length(local) == strlen(name) && is_below(name) &&
            !read_file(folder, name, contents, err))
            return false;
    }
    return true;
}

bool local_files_read(const char *folder, json_t *documents, struct error *err)
{
    struct manifest_cursor cursor = {0};
    struct manifest_object object;

    while (folder && documents && manifest_objects_next(documents, &cursor, &object)) {
        if (object.kind && object.kind->id == KIND_BUTANE &&
            !read_document(folder, object.value, err))
            return false;
    }
    return true;
}
