/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/files.h"

#include "certs/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool certs_error_system(struct error *err, const char *what, int error_number)
{
    char buffer[128];

    return error_set(err, "cannot %s: %s", what, strerror_r(error_number, buffer, sizeof buffer));
}

void certs_cleanup_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static bool check_regular(int fd, struct error *err)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return certs_error_system(err, "look at it", errno);
    if (S_ISREG(info.st_mode))
        return true;
    return error_set(err,
                     S_ISDIR(info.st_mode) ? "is a folder, not a file" : "is not a regular file");
}

int certs_file_open(int dir_fd, const char *path, struct error *err)
{
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        certs_error_system(err, "open it", errno);
    } else if (!check_regular(fd, err)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool certs_file_is_at(int fd, int dir_fd, const char *path)
{
    struct stat opened;
    struct stat named;

    return fstat(fd, &opened) == 0 && fstatat(dir_fd, path, &named, 0) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void certs_file_free(struct certs_file *file)
{
    if (file->data)
        OPENSSL_cleanse(file->data, file->len);
    free(file->data);
    *file = (struct certs_file){.data = NULL};
}

struct str certs_file_str(const struct certs_file *file)
{
    return (struct str){file->data, file->len};
}

/* Reads until the end or until `file` holds more than CERTS_PEM_MAX bytes. */
static bool read_all(int fd, struct certs_file *file)
{
    while (file->len <= CERTS_PEM_MAX) {
        ssize_t got = read(fd, file->data + file->len, CERTS_PEM_MAX + 1 - file->len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        file->len += (size_t)got;
    }
    file->data[file->len] = '\0';
    return true;
}

bool certs_file_read(int fd, struct certs_file *ret_file, struct error *err)
{
    CLEANUP_CERTS_FILE struct certs_file file = {.data = NULL};

    file.data = malloc(CERTS_PEM_MAX + 2); /* one byte to see that there is more, one for NUL */
    if (!file.data)
        return error_no_memory(err);
    if (!read_all(fd, &file))
        return certs_error_system(err, "read it", errno);
    if (file.len > CERTS_PEM_MAX)
        return error_set(err, "is larger than %d bytes", CERTS_PEM_MAX);
    *ret_file = file;
    file.data = NULL;
    return true;
}

static bool write_all(int fd, struct str content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.data, content.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        content = str_slice(content, (size_t)put, content.len);
    }
    return true;
}

bool certs_file_create(int dir_fd, const char *name, mode_t mode, struct str content,
                       struct error *err)
{
    CLEANUP_FD int fd =
        openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return certs_error_system(err, "create it", errno);
    if (!write_all(fd, content))
        return certs_error_system(err, "write it", errno);
    if (fchmod(fd, mode) != 0)
        return certs_error_system(err, "set its mode", errno);
    if (fsync(fd) != 0)
        return certs_error_system(err, "sync it", errno);
    return true;
}
