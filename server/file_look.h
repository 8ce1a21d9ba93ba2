/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a look at a file sees, to tell by a second look whether it changed: replaced, edited in
 * place, or swapped through a symbolic link such as a kubelet's `..data`. Two equal looks mean the
 * same file, unless it was edited twice within one tick of its file system's clock.
 */
#ifndef SERVER_FILE_LOOK_H
#define SERVER_FILE_LOOK_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct file_look {
    int error; /* errno of stat(2); then nothing else counts */
    dev_t device;
    ino_t inode;
    mode_t mode;
    off_t size;
    struct timespec modified;
    struct timespec changed;
};

/* Follows symbolic links. */
struct file_look file_look_at(const char *path);
struct file_look file_look_at_open(int fd);

bool file_look_equal(const struct file_look *a, const struct file_look *b);

#endif
