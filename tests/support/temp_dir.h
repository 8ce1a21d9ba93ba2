/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of a test's own under $TMPDIR (or /tmp), removed with all that is in it. The functions
 * end the program with a message when something fails: a test can't go on without its files.
 */
#ifndef TESTS_SUPPORT_TEMP_DIR_H
#define TESTS_SUPPORT_TEMP_DIR_H

#include <stddef.h>

struct temp_dir {
    char path[128];
};

/* The path of a file in a temp_dir, made where it is used: temp_path(&dir, "tls.crt").text */
struct temp_path {
    char text[256];
};

void temp_dir_make(struct temp_dir *dir);
void temp_dir_remove(struct temp_dir *dir); /* nothing to do when it was never made */

struct temp_path temp_path(const struct temp_dir *dir, const char *name);

/* Writes a file as editors that write in place do: truncates and fills the same inode. */
void temp_write(const struct temp_dir *dir, const char *name, const char *content);

/* Writes a file as careful programs do: beside it, then renamed over it. */
void temp_replace(const struct temp_dir *dir, const char *name, const char *content);

void temp_delete(const struct temp_dir *dir, const char *name);
void temp_make_dir(const struct temp_dir *dir, const char *name);

/* Makes `name` a symbolic link to `target`, in one step when it is there already (..data). */
void temp_link(const struct temp_dir *dir, const char *name, const char *target);

/* The whole of a text file, NUL-terminated; the caller frees it. `ret_len` may be NULL. */
char *temp_read(const char *path, size_t *ret_len);

#endif
