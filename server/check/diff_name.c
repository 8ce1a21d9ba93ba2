/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/diff_name.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What of a real path stands behind the folder; the whole path when it is elsewhere. */
static const char *below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    if (strcmp(folder, "/") == 0)
        return path + 1;
    return str_starts_with(str_from(path), str_from(folder)) && path[len] == '/' ? path + len + 1
                                                                                 : path;
}

char *diff_name(const char *name)
{
    char *path = realpath(name, NULL);
    char *folder = path ? getcwd(NULL, 0) : NULL;
    const char *shown = folder ? below(path, folder) : path;
    char *copy;

    if (!path && errno == ENOMEM)
        return NULL;
    copy = strdup(shown ? shown : name);
    free(folder);
    free(path);
    return copy;
}
