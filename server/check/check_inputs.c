/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/check_inputs.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deeper than PATH_MAX lets a path be. */
#define MAX_DEPTH 1000

void check_inputs_free(struct check_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->items[i].name);
        free(inputs->items[i].kept);
        free(inputs->items[i].lost);
    }
    free(inputs->items);
    *inputs = (struct check_inputs)CHECK_INPUTS_INIT;
}

void check_bytes_free(struct check_bytes *bytes)
{
    free(bytes->owned);
    *bytes = (struct check_bytes){{NULL, 0}, NULL};
}

struct check_name check_name(const char *name)
{
    struct text visible CLEANUP_TEXT = TEXT_INIT(sizeof(struct check_name) - 1);
    struct check_name shown;

    text_add_visible(&visible, str_from(name));
    memcpy(shown.text, text_get(&visible), visible.len + 1);
    return shown;
}

/* --- operands -------------------------------------------------------------------------------- */

static bool grow(struct check_inputs *inputs, struct error *err)
{
    size_t capacity = inputs->capacity ? 2 * inputs->capacity : 64;
    struct check_input *items;

    if (inputs->count == CHECK_FILES_MAX)
        return error_set(err, "there are more than %zu files; give fewer folders at a time",
                         CHECK_FILES_MAX);
    if (inputs->count < inputs->capacity)
        return true;
    items = reallocarray(inputs->items, capacity, sizeof *items);
    if (!items)
        return error_no_memory(err);
    inputs->items = items;
    inputs->capacity = capacity;
    return true;
}

/* The name is copied. */
static bool add(struct check_inputs *inputs, struct check_input input, const char *name,
                struct error *err)
{
    if (!grow(inputs, err))
        return false;
    input.name = strdup(name);
    if (!input.name)
        return error_no_memory(err);
    inputs->items[inputs->count++] = input;
    return true;
}

static bool add_stdin(struct check_inputs *inputs, struct error *err)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->items[i].is_stdin)
            return error_set(err, "\"-\" stands there twice; standard input is read only once");
    }
    return add(inputs, (struct check_input){.is_stdin = true}, "<stdin>", err);
}

static bool has_known_ending(const char *name)
{
    static const struct str endings[] = {STR_INIT(".yaml"), STR_INIT(".yml"), STR_INIT(".json"),
                                         STR_INIT(".bu")};

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (str_ends_with(str_from(name), endings[i]))
            return true;
    }
    return false;
}

static struct check_input input_of(const struct stat *status)
{
    return (struct check_input){
        .is_file = S_ISREG(status->st_mode), .device = status->st_dev, .inode = status->st_ino};
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(struct check_inputs *inputs, const char *path, unsigned depth,
                       struct error *err);

/* Links to files are followed, and links to folders are not: so there is no loop. */
static bool add_entry(struct check_inputs *inputs, const char *path, unsigned depth,
                      struct error *err)
{
    struct stat status;

    if (lstat(path, &status) < 0)
        return add(inputs, (struct check_input){.error = errno}, path, err);
    if (S_ISDIR(status.st_mode))
        return add_folder(inputs, path, depth + 1, err);
    if (!has_known_ending(path))
        return true;
    if (S_ISLNK(status.st_mode) && stat(path, &status) < 0)
        return add(inputs, (struct check_input){.error = errno}, path, err);
    return !S_ISREG(status.st_mode) || add(inputs, input_of(&status), path, err);
}

static bool add_entries(struct check_inputs *inputs, const char *path, struct dirent **entries,
                        int count, unsigned depth, struct error *err)
{
    const char *slash = str_ends_with(str_from(path), STR("/")) ? "" : "/";
    bool good = true;

    for (int i = 0; good && i < count; i++) {
        struct text below CLEANUP_TEXT = TEXT_INIT(PATH_MAX);

        text_add(&below, path);
        text_add(&below, slash);
        text_add(&below, entries[i]->d_name);
        if (below.failed)
            good = error_no_memory(err);
        else if (below.truncated)
            good = add(inputs, (struct check_input){.error = ENAMETOOLONG}, path, err);
        else
            good = add_entry(inputs, text_get(&below), depth, err);
    }
    return good;
}

static bool add_folder(struct check_inputs *inputs, const char *path, unsigned depth,
                       struct error *err)
{
    struct dirent **entries = NULL;
    int count = depth < MAX_DEPTH ? scandir(path, &entries, is_shown, compare_names) : -1;
    bool good;

    if (depth >= MAX_DEPTH)
        errno = ENAMETOOLONG;
    if (count < 0)
        return errno == ENOMEM ? error_no_memory(err)
                               : add(inputs, (struct check_input){.error = errno}, path, err);
    good = add_entries(inputs, path, entries, count, depth, err);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return good;
}

bool check_inputs_add(struct check_inputs *inputs, const char *operand, struct error *err)
{
    size_t before = inputs->count;
    struct stat status;

    if (strcmp(operand, "-") == 0)
        return add_stdin(inputs, err);
    if (stat(operand, &status) < 0)
        return add(inputs, (struct check_input){.error = errno}, operand, err);
    if (!S_ISDIR(status.st_mode))
        return add(inputs, input_of(&status), operand, err);
    if (!add_folder(inputs, operand, 0, err))
        return false;
    if (inputs->count > before)
        return true;
    return add(
        inputs,
        (struct check_input){.problem = "there is no *.yaml, *.yml, *.json or *.bu in this folder"},
        operand, err);
}

bool check_inputs_add_file(struct check_inputs *inputs, const char *name, struct error *err)
{
    return add(inputs, (struct check_input){0}, name, err);
}

/* --- texts ----------------------------------------------------------------------------------- */

static bool fail_system(int error, struct error *err)
{
    return error == ENOMEM ? error_no_memory(err) : error_set(err, "%s", strerror(error));
}

/* Room for one byte more than was there, so that the end is seen. */
static bool reserve(char **buffer, size_t *capacity, size_t len, struct error *err)
{
    size_t more = *capacity < CHECK_TEXT_MAX / 2 ? 2 * *capacity : CHECK_TEXT_MAX + 1;
    char *larger;

    if (len < *capacity)
        return true;
    if (len > CHECK_TEXT_MAX)
        return error_set(err, "is larger than %zu MiB; divide it into smaller files",
                         CHECK_TEXT_MAX / 1024 / 1024);
    larger = realloc(*buffer, more);
    if (!larger)
        return error_no_memory(err);
    *buffer = larger;
    *capacity = more;
    return true;
}

/* On failure too, `*buffer` is the caller's. */
static bool read_to_end(int fd, size_t expected, char **buffer, size_t *ret_len, struct error *err)
{
    size_t capacity = (expected < CHECK_TEXT_MAX ? expected : CHECK_TEXT_MAX) + 1;
    size_t len = 0;
    ssize_t got;

    *buffer = malloc(capacity);
    if (!*buffer)
        return error_no_memory(err);
    do {
        if (!reserve(buffer, &capacity, len, err))
            return false;
        got = read(fd, *buffer + len, capacity - len);
        if (got < 0 && errno != EINTR)
            return fail_system(errno, err);
        len += got > 0 ? (size_t)got : 0;
    } while (got != 0);
    *ret_len = len;
    return true;
}

static bool read_bytes(int fd, size_t expected, struct check_bytes *ret_bytes, struct error *err)
{
    char *buffer = NULL;
    size_t len = 0;

    if (!read_to_end(fd, expected, &buffer, &len, err)) {
        free(buffer);
        return false;
    }
    *ret_bytes = (struct check_bytes){{buffer, len}, buffer};
    return true;
}

/* The input has the text from now on. */
static bool keep(struct check_inputs *inputs, struct check_input *input, struct check_bytes *bytes,
                 struct error *err)
{
    if (bytes->text.len > CHECK_KEPT_MAX - inputs->kept) {
        check_bytes_free(bytes);
        return error_set(err, "pipes hold more than %zu MiB together; write them to files",
                         CHECK_KEPT_MAX / 1024 / 1024);
    }
    inputs->kept += bytes->text.len;
    input->kept = bytes->owned;
    input->kept_len = bytes->text.len;
    bytes->owned = NULL;
    return true;
}

/* A command that fails before the pipe writes nothing, and that is no manifest without faults. */
static bool is_fed(const struct check_input *input, struct check_bytes *bytes, struct error *err)
{
    if (!input->is_stdin || bytes->text.len > 0)
        return true;
    check_bytes_free(bytes);
    return error_set(err, "standard input is empty; see whether the command that should write to "
                          "it failed");
}

/* What is no file on a disk gives its bytes once: what became of it is kept. */
static bool read_once(struct check_inputs *inputs, struct check_input *input, int fd,
                      struct check_bytes *ret_bytes, struct error *err)
{
    if (read_bytes(fd, 65536, ret_bytes, err) && is_fed(input, ret_bytes, err) &&
        keep(inputs, input, ret_bytes, err))
        return true;
    input->lost = strdup(err->message);
    return input->lost ? false : error_no_memory(err);
}

static bool read_open(struct check_inputs *inputs, struct check_input *input, int fd,
                      struct check_bytes *ret_bytes, struct error *err)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return fail_system(errno, err);
    return S_ISREG(status.st_mode) && !input->is_stdin
               ? read_bytes(fd, (size_t)status.st_size, ret_bytes, err)
               : read_once(inputs, input, fd, ret_bytes, err);
}

bool check_inputs_read(struct check_inputs *inputs, size_t index, struct check_bytes *ret_bytes,
                       struct error *err)
{
    struct check_input *input = &inputs->items[index];
    bool good;
    int fd;

    if (input->problem)
        return error_set(err, "%s", input->problem);
    if (input->lost)
        return error_set(err, "%s", input->lost);
    if (input->error != 0)
        return fail_system(input->error, err);
    if (input->kept) {
        *ret_bytes = (struct check_bytes){{input->kept, input->kept_len}, NULL};
        return true;
    }
    fd = input->is_stdin ? STDIN_FILENO : open(input->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail_system(errno, err);
    good = read_open(inputs, input, fd, ret_bytes, err);
    if (!input->is_stdin)
        close(fd);
    return good;
}
