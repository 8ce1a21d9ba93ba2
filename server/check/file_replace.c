/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/file_replace.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_system(struct error *err)
{
    return errno == ENOMEM ? error_no_memory(err) : error_set(err, "%s", strerror(errno));
}

static bool write_all(int fd, struct str bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);

        if (written < 0 && errno != EINTR)
            return fail_system(err);
        if (written > 0)
            bytes = str_slice(bytes, (size_t)written, bytes.len);
    }
    return true;
}

/* An owner is given away by root alone; the mode comes last, as a new owner takes bits of it. */
static bool fill(int fd, const struct stat *old, struct str bytes, struct error *err)
{
    struct stat status;

    if (!write_all(fd, bytes, err))
        return false;
    if (fstat(fd, &status) < 0)
        return fail_system(err);
    if ((status.st_uid != old->st_uid || status.st_gid != old->st_gid) &&
        fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
        return fail_system(err);
    if (fchmod(fd, old->st_mode & 07777) < 0 || fsync(fd) < 0)
        return fail_system(err);
    return true;
}

/* So that the rename outlives a crash; a file system that can't say is taken as it is. */
static void sync_folder(const char *path)
{
    char *slash = strrchr(path, '/');
    struct text folder CLEANUP_TEXT = TEXT_INIT(PATH_MAX);
    int fd;

    text_add_str(&folder, (struct str){path, slash > path ? (size_t)(slash - path) : 1});
    fd = open(text_get(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* `path` is a real path. */
static bool replace(const char *path, const struct stat *old, struct str bytes, struct error *err)
{
    struct text beside CLEANUP_TEXT = TEXT_INIT(PATH_MAX);
    bool good;
    int fd;

    text_add(&beside, path);
    text_add(&beside, ".XXXXXX");
    if (beside.failed)
        return error_no_memory(err);
    fd = beside.truncated ? -1 : mkostemp(beside.data, O_CLOEXEC);
    if (beside.truncated)
        errno = ENAMETOOLONG;
    if (fd < 0)
        return fail_system(err);
    good = fill(fd, old, bytes, err);
    if (close(fd) < 0 && good)
        good = fail_system(err);
    if (good && rename(beside.data, path) < 0)
        good = fail_system(err);
    if (!good)
        unlink(beside.data);
    else
        sync_folder(path);
    return good;
}

bool file_replace(const char *name, struct str bytes, struct error *err)
{
    char *path = realpath(name, NULL);
    struct stat old;
    bool good;

    if (!path)
        return fail_system(err);
    if (stat(path, &old) < 0 || access(path, W_OK) < 0)
        good = fail_system(err);
    else if (!S_ISREG(old.st_mode))
        good = error_set(err, "it is no file on a disk");
    else
        good = replace(path, &old, bytes, err);
    free(path);
    return good;
}
