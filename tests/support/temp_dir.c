/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void die(const char *what, const char *path)
{
    fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

void temp_dir_make(struct temp_dir *dir)
{
    const char *base = getenv("TMPDIR");

    snprintf(dir->path, sizeof dir->path, "%s/hostdev-webhook-test-XXXXXX",
             base && base[0] == '/' && strlen(base) < 64 ? base : "/tmp");
    if (!mkdtemp(dir->path))
        die("can't make", dir->path);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

void temp_dir_remove(struct temp_dir *dir)
{
    if (dir->path[0] != '\0' && nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        die("can't remove", dir->path);
    dir->path[0] = '\0';
}

struct temp_path temp_path(const struct temp_dir *dir, const char *name)
{
    struct temp_path path;

    snprintf(path.text, sizeof path.text, "%s/%s", dir->path, name);
    return path;
}

static void write_whole(const char *path, const char *content)
{
    size_t len = strlen(content);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || write(fd, content, len) != (ssize_t)len || close(fd) != 0)
        die("can't write", path);
}

void temp_write(const struct temp_dir *dir, const char *name, const char *content)
{
    write_whole(temp_path(dir, name).text, content);
}

void temp_replace(const struct temp_dir *dir, const char *name, const char *content)
{
    struct temp_path beside = temp_path(dir, ".beside");

    write_whole(beside.text, content);
    if (rename(beside.text, temp_path(dir, name).text) != 0)
        die("can't replace", name);
}

void temp_delete(const struct temp_dir *dir, const char *name)
{
    if (remove(temp_path(dir, name).text) != 0)
        die("can't delete", name);
}

void temp_make_dir(const struct temp_dir *dir, const char *name)
{
    if (mkdir(temp_path(dir, name).text, 0755) != 0)
        die("can't make", name);
}

void temp_link(const struct temp_dir *dir, const char *name, const char *target)
{
    struct temp_path beside = temp_path(dir, ".beside");

    if (symlink(target, beside.text) != 0 || rename(beside.text, temp_path(dir, name).text) != 0)
        die("can't link", name);
}

char *temp_read(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "re");
    char *content = NULL;
    size_t size = 0;
    ssize_t len;

    if (!file)
        die("can't open", path);
    /* A file of text holds no NUL, so this reads to the end. */
    len = getdelim(&content, &size, '\0', file);
    if (len < 0 && (ferror(file) || !content))
        die("can't read", path);
    if (len < 0)
        content[0] = '\0';
    fclose(file);
    if (ret_len)
        *ret_len = len < 0 ? 0 : (size_t)len;
    return content;
}
