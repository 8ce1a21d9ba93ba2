/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a write, each of which leaves a whole state behind if it is the last one:
 *   1. what a killed run left is removed;
 *   2. if a name is taken by a file from elsewhere, a folder with copies of what the four names
 *      show now becomes `..data`, so that the next step changes nothing a reader sees;
 *   3. each of the four names becomes a link into `..data`;
 *   4. the folder with the new files becomes `..data`: the one moment in which readers see a
 * change;
 *   5. the folder before it is removed.
 */
#include "certs/store.h"

#include "certs/files.h"
#include "certs/openssl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA "..data"
/* Of every folder and link that is made here, so that nothing else is ever removed. */
#define PREFIX "..hostdev-webhook-"

enum { PRIVATE_NAME_SIZE = sizeof PREFIX + 16 };

enum { FILE_COUNT = 4, CA_KEY = 1 };

static const struct {
    const char *name;
    const char *target;
    mode_t mode;
} files[FILE_COUNT] = {
    {"ca.crt", DATA "/ca.crt", 0644},
    [CA_KEY] = {"ca.key", DATA "/ca.key", 0600},
    {"tls.crt", DATA "/tls.crt", 0644},
    {"tls.key", DATA "/tls.key", 0600},
};

/* What a folder is to hold, in the order of `files`; absent: no such file. */
struct contents {
    struct str text[FILE_COUNT];
};

/* A new name for a folder or link that is not yet in place. */
static bool private_name(char ret_name[PRIVATE_NAME_SIZE], struct error *err)
{
    unsigned char random[8];

    if (RAND_bytes(random, sizeof random) != 1)
        return certs_error_openssl(err, "no random numbers");
    memcpy(ret_name, PREFIX, sizeof PREFIX);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(ret_name + sizeof PREFIX - 1 + 2 * i, 3, "%02x", random[i]);
    return true;
}

/* --- removing -------------------------------------------------------------------------------- */

/* Only what this module puts into a folder of its own; a folder with anything else in it stays. */
static void remove_folder(int fd, const char *folder)
{
    CLEANUP_FD int folder_fd = openat(fd, folder, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (folder_fd < 0)
        return;
    for (size_t i = 0; i < FILE_COUNT; i++)
        unlinkat(folder_fd, files[i].name, 0);
    unlinkat(fd, folder, AT_REMOVEDIR);
}

static void remove_entry(int fd, const char *name, const struct stat *current)
{
    struct stat info;

    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0 ||
        fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    if (S_ISLNK(info.st_mode))
        unlinkat(fd, name, 0);
    else if (S_ISDIR(info.st_mode) &&
             (info.st_dev != current->st_dev || info.st_ino != current->st_ino))
        remove_folder(fd, name);
}

/*
 * Removes the folders and links of earlier and of unfinished runs. Failures are passed over: what
 * stays is in nobody's way, and the next run tries again.
 */
static void remove_leftovers(int fd)
{
    struct stat current = {.st_ino = 0};
    const struct dirent *entry;
    DIR *dir;
    int own_fd;

    if (fstatat(fd, DATA, &current, 0) != 0 && errno != ENOENT)
        return;
    own_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = own_fd >= 0 ? fdopendir(own_fd) : NULL;
    if (!dir) {
        certs_cleanup_fd(&own_fd);
        return;
    }
    while ((entry = readdir(dir)))
        remove_entry(fd, entry->d_name, &current);
    closedir(dir);
}

/* --- putting in place ------------------------------------------------------------------------ */

/* Makes `name` a link to `target` in one step, whatever it was before (but not a folder). */
static bool put_link(int fd, const char *target, const char *name, struct error *err)
{
    char temporary[PRIVATE_NAME_SIZE];

    if (!private_name(temporary, err))
        return false;
    if (symlinkat(target, fd, temporary) != 0)
        return certs_error_system(err, "make a link", errno);
    if (renameat(fd, temporary, fd, name) != 0) {
        certs_error_system(err, "put a link in its place", errno);
        unlinkat(fd, temporary, 0);
        return false;
    }
    return true;
}

static bool fill_folder(int folder_fd, const struct contents *contents, struct error *err)
{
    /* A umask must not decide who can read ca.crt: the folder above it does. */
    if (fchmod(folder_fd, 0755) != 0)
        return certs_error_system(err, "set its mode", errno);
    for (size_t i = 0; i < FILE_COUNT; i++) {
        if (contents->text[i].data &&
            !certs_file_create(folder_fd, files[i].name, files[i].mode, contents->text[i], err))
            return error_wrap(err, "%s", files[i].name);
    }
    return fsync(folder_fd) == 0 || certs_error_system(err, "sync it", errno);
}

static bool make_folder(int fd, const char *folder, const struct contents *contents,
                        struct error *err)
{
    CLEANUP_FD int folder_fd = -1;

    if (mkdirat(fd, folder, 0700) != 0)
        return certs_error_system(err, "make a folder", errno);
    folder_fd = openat(fd, folder, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder_fd < 0)
        return certs_error_system(err, "open a new folder", errno);
    return fill_folder(folder_fd, contents, err);
}

/* Makes `contents` what `..data` shows. The folder before it stays. */
static bool publish(int fd, const struct contents *contents, struct error *err)
{
    char folder[PRIVATE_NAME_SIZE];

    if (!private_name(folder, err))
        return false;
    if (!make_folder(fd, folder, contents, err) || !put_link(fd, folder, DATA, err)) {
        remove_folder(fd, folder);
        return false;
    }
    /* The swap must be on the disk before the folder that it left can be removed. */
    return fsync(fd) == 0 || certs_error_system(err, "sync the folder", errno);
}

/* --- the four names -------------------------------------------------------------------------- */

/* True when `files[i].name` is the link that put_link() makes. */
static bool is_own_link(int fd, size_t i)
{
    char target[64];
    ssize_t len = readlinkat(fd, files[i].name, target, sizeof target);

    return len > 0 && str_equal((struct str){target, (size_t)len}, str_from(files[i].target));
}

/* False when there is none, not even a link to nowhere that somebody else made. */
static bool has_ca_key(int fd)
{
    struct stat info;
    int follow = is_own_link(fd, CA_KEY) ? 0 : AT_SYMLINK_NOFOLLOW;

    return fstatat(fd, files[CA_KEY].name, &info, follow) == 0 || errno != ENOENT;
}

static bool check_overwrite(int fd, const char *dir, struct error *err)
{
    CLEANUP_TEXT struct text path = TEXT_INIT(4096 + 8); /* PATH_MAX and "/ca.key" */

    if (!has_ca_key(fd))
        return true;
    text_addf(&path, "%s/%s", dir, files[CA_KEY].name);
    error_set(err, "exists already, and a CA key is not overwritten unasked: add --force to "
                   "replace the CA and its certificate, or choose another folder");
    return certs_error_in_file(err, text_get(&path));
}

/* False when there is nothing behind the name, not even behind a link. */
static bool is_there(int fd, const char *name)
{
    struct stat info;

    return fstatat(fd, name, &info, 0) == 0 || errno != ENOENT;
}

static bool read_file(int fd, const char *name, struct certs_file *ret_file, struct error *err)
{
    CLEANUP_FD int file_fd = certs_file_open(fd, name, err);

    return (file_fd >= 0 && certs_file_read(file_fd, ret_file, err)) || error_wrap(err, "%s", name);
}

/* Makes what the four names show now the contents of `..data`. */
static bool adopt(int fd, struct error *err)
{
    struct certs_file read[FILE_COUNT] = {{.data = NULL}};
    struct contents contents = {.text = {{NULL, 0}}};
    bool ok = true;

    for (size_t i = 0; ok && i < FILE_COUNT; i++) {
        if (is_there(fd, files[i].name))
            ok = read_file(fd, files[i].name, &read[i], err);
        contents.text[i] = certs_file_str(&read[i]);
    }
    ok = ok && publish(fd, &contents, err);
    for (size_t i = 0; i < FILE_COUNT; i++)
        certs_file_free(&read[i]);
    return ok;
}

static bool is_foreign(int fd, size_t i)
{
    struct stat info;

    return fstatat(fd, files[i].name, &info, AT_SYMLINK_NOFOLLOW) == 0 && !is_own_link(fd, i);
}

/* Makes all four names links into `..data`, with no change to what they show. */
static bool settle_names(int fd, struct error *err)
{
    bool foreign = false;

    for (size_t i = 0; i < FILE_COUNT; i++)
        foreign |= is_foreign(fd, i);
    if (foreign && !adopt(fd, err))
        return false;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        if (!is_own_link(fd, i) && !put_link(fd, files[i].target, files[i].name, err))
            return error_wrap(err, "%s", files[i].name);
    }
    return fsync(fd) == 0 || certs_error_system(err, "sync the folder", errno);
}

/* --- the folder ------------------------------------------------------------------------------ */

/* As `mkdir -p`. */
static bool make_folders(const char *dir, struct error *err)
{
    size_t len = strlen(dir);
    char path[4096]; /* PATH_MAX: the kernel takes no longer one */

    if (len == 0 || len >= sizeof path)
        return certs_error_system(err, "make the folder", len == 0 ? ENOENT : ENAMETOOLONG);
    for (size_t i = 1; i <= len; i++) {
        if (dir[i] != '/' && dir[i] != '\0')
            continue;
        memcpy(path, dir, i);
        path[i] = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return certs_error_system(err, "make the folder", errno);
    }
    return true;
}

/* The folder's descriptor, locked until it is closed, or -1. */
static int open_folder(const char *dir, struct error *err)
{
    int fd;

    if (!make_folders(dir, err))
        return -1;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        certs_error_system(err, "open the folder", errno);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            error_set(err, "another run is writing there: try again when it has finished");
        else
            certs_error_system(err, "lock the folder", errno);
        close(fd);
        fd = -1;
    }
    return fd;
}

bool certs_store_write(const char *dir, const struct certs_bundle *bundle, bool overwrite_ca,
                       struct error *err)
{
    struct contents contents = {.text = {str_from(bundle->ca_crt), str_from(bundle->ca_key),
                                         str_from(bundle->tls_crt), str_from(bundle->tls_key)}};
    CLEANUP_FD int fd = open_folder(dir, err);

    if (fd < 0)
        return certs_error_in_file(err, dir);
    if (!overwrite_ca && !check_overwrite(fd, dir, err))
        return false;
    remove_leftovers(fd);
    if (!settle_names(fd, err) || !publish(fd, &contents, err))
        return certs_error_in_file(err, dir);
    remove_leftovers(fd);
    return true;
}
