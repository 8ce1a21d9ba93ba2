/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/local_files.h"

#include "server/check/check_inputs.h"
#include "server/documents/manifest_objects.h"
#include "validators/machine_config/machine_config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* False: out of memory. */
static bool keep_unread(struct unread_files *unread, const json_t *contents, const char *name,
                        const char *why, struct error *err)
{
    struct unread_file *file;

    if (!unread)
        return true;
    file = arena_alloc(unread->arena, 1, sizeof *file);
    if (!file)
        return error_no_memory(err);
    file->contents = contents;
    file->name = name;
    file->why = arena_copy(unread->arena, (struct str){why, strlen(why) + 1}).data;
    *unread->end = file;
    unread->end = &file->next;
    return !unread->arena->failed || error_no_memory(err);
}

static bool read_file(const char *folder, const char *name, json_t *contents,
                      struct unread_files *unread, struct error *err)
{
    struct check_inputs inputs CLEANUP_CHECK_INPUTS = CHECK_INPUTS_INIT;
    struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
    struct error problem = {.no_memory = false};
    char path[PATH_MAX];
    struct stat status;
    json_t *text;
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);

    if (len < 0 || (size_t)len >= sizeof path)
        return keep_unread(unread, contents, name, strerror(ENAMETOOLONG), err);
    /* A pipe would be waited for, and `butane` takes none either. */
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return keep_unread(unread, contents, name, "it is no regular file", err);
    if (!check_inputs_add_file(&inputs, path, err))
        return false;
    if (!check_inputs_read(&inputs, 0, &bytes, &problem))
        return problem.no_memory ? error_no_memory(err)
                                 : keep_unread(unread, contents, name, problem.message, err);
    text =
        bytes.text.len <= MACHINE_FILE_MAX ? json_stringn(bytes.text.data, bytes.text.len) : NULL;
    if (text && json_object_set_new(contents, BUTANE_LOCAL_TEXT, text) < 0)
        return error_no_memory(err);
    return true;
}

static bool read_document(const char *folder, const json_t *document, struct unread_files *unread,
                          struct error *err)
{
    const json_t *files = json_object_get(json_object_get(document, "storage"), "files");
    const json_t *file;
    size_t index;

    json_array_foreach(files, index, file) {
        json_t *contents = json_object_get(file, "contents");
        const json_t *local = json_object_get(contents, "local");
        const char *name = json_string_value(local);

        if (!name || json_string_length(local) != strlen(name))
            continue;
        if (!(is_below(name)
                  ? read_file(folder, name, contents, unread, err)
                  : keep_unread(unread, contents, name, "its name leads out of the folder", err)))
            return false;
    }
    return true;
}

bool local_files_read(const char *folder, json_t *documents, struct unread_files *unread,
                      struct error *err)
{
    struct manifest_cursor cursor = {0};
    struct manifest_object object;

    while (folder && documents && manifest_objects_next(documents, &cursor, &object)) {
        if (object.kind && object.kind->id == KIND_BUTANE &&
            !read_document(folder, object.value, unread, err))
            return false;
    }
    return true;
}
