/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local files that Butane documents name (storage.files[].contents.local), read from the folder
 * that `butane --files-dir` would be given.
 */
#ifndef SERVER_CHECK_LOCAL_FILES_H
#define SERVER_CHECK_LOCAL_FILES_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* A file that butane would fail for. */
struct unread_file {
    const struct unread_file *next;
    const json_t *contents; /* the object whose member `local` names it */
    const char *name;
    const char *why;
};

/* The list, in an arena. */
struct unread_files {
    struct arena *arena;
    const struct unread_file *first;
    const struct unread_file **end; /* where it goes on */
};

/*
 * Puts the texts of such files below `folder` beside their names in the documents, where
 * validators/machine_config/decode_files.c looks for them. One that can't be read, that is
 * no UTF-8 or larger than MACHINE_FILE_MAX, and one whose name leads out of the folder, which
 * Butane refuses, is left out: what is in it is not known then. Nothing is read without a folder
 * (NULL). Those that can't be read and those outside are added to `unread` (NULL: nobody asks).
 * False: out of memory.
 */
bool local_files_read(const char *folder, json_t *documents, struct unread_files *unread,
                      struct error *err);

#endif
