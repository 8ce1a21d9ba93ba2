/* SPDX-License-Identifier: Apache-2.0 */
#include "server/file_look.h"

#include <errno.h>

static struct file_look look_from(int error, const struct stat *status)
{
    if (error != 0)
        return (struct file_look){.error = error};
    return (struct file_look){
        .device = status->st_dev,
        .inode = status->st_ino,
        .mode = status->st_mode,
        .size = status->st_size,
        .modified = status->st_mtim,
        .changed = status->st_ctim,
    };
}

struct file_look file_look_at(const char *path)
{
    struct stat status;

    return look_from(stat(path, &status) == 0 ? 0 : errno, &status);
}

struct file_look file_look_at_open(int fd)
{
    struct stat status;

    return look_from(fstat(fd, &status) == 0 ? 0 : errno, &status);
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool file_look_equal(const struct file_look *a, const struct file_look *b)
{
    if (a->error != 0 || b->error != 0)
        return a->error == b->error;
    return a->device == b->device && a->inode == b->inode && a->mode == b->mode &&
           a->size == b->size && same_time(a->modified, b->modified) &&
           same_time(a->changed, b->changed);
}
