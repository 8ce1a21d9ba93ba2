/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files, read whole and written whole, relative to a folder's descriptor. What is read may
 * be a key and is wiped when it is freed. Interrupted calls go on. Thread-safe.
 */
#ifndef CERTS_FILES_H
#define CERTS_FILES_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Opens the regular file `path` for reading, relative to `dir_fd` (AT_FDCWD: the working
 * directory). Never waits, not even for a FIFO. -1: the message doesn't name the file.
 */
int certs_file_open(int dir_fd, const char *path, struct error *err);

/* True when `path` still leads to the file that was opened as `fd`. */
bool certs_file_is_at(int fd, int dir_fd, const char *path);

/* The bytes of a file; data NULL: nothing read yet. */
struct certs_file {
    char *data; /* owned, NUL-terminated */
    size_t len;
};

/* Reads from `fd` to the end, at most CERTS_PEM_MAX bytes. */
bool certs_file_read(int fd, struct certs_file *ret_file, struct error *err);

/* Wipes and frees; the struct is empty afterwards. */
void certs_file_free(struct certs_file *file);
#define CLEANUP_CERTS_FILE __attribute__((cleanup(certs_file_free)))

struct str certs_file_str(const struct certs_file *file);

/*
 * Makes the file `name` in `dir_fd`, which must not exist, with `mode` whatever the umask, and
 * syncs it. It is 0600 until it is complete. False: a part of it may be there.
 */
bool certs_file_create(int dir_fd, const char *name, mode_t mode, struct str content,
                       struct error *err);

/* Sets "cannot WHAT: the system's words for `error_number`" and returns false. */
bool certs_error_system(struct error *err, const char *what, int error_number);

/* Closes `*fd` if it is not negative. */
void certs_cleanup_fd(int *fd);
#define CLEANUP_FD __attribute__((cleanup(certs_cleanup_fd)))

#endif
