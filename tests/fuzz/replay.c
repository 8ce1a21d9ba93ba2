/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target once over files, and over the files of folders (not of folders in them), so
 * that a corpus is a test without libFuzzer. Fails when there is nothing to run.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Larger than any file of a corpus: a file that grew by accident is noticed. */
#define MAX_FILE_SIZE (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return false;
}

/* The target gets a block of exactly the file's size, so that a byte read too far is noticed. */
static bool run_bytes(const char *path, const uint8_t *data, size_t size)
{
    uint8_t *block = malloc(size > 0 ? size : 1);

    if (!block)
        return complain(path);
    memcpy(block, data, size);
    /* A target ends the program when a property is broken: the last name is the culprit. */
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(block, size);
    free(block);
    return true;
}

static bool run_file(const char *path)
{
    static uint8_t buffer[MAX_FILE_SIZE + 1];
    FILE *file = fopen(path, "rb");
    size_t size;
    bool failed;

    if (!file)
        return complain(path);
    size = fread(buffer, 1, sizeof buffer, file);
    failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return complain(path);
    if (size == sizeof buffer) {
        fprintf(stderr, "%s: larger than %d bytes\n", path, MAX_FILE_SIZE);
        return false;
    }
    return run_bytes(path, buffer, size);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of names, so that two runs are alike. */
static bool run_folder(const char *folder, size_t *count)
{
    struct dirent **entries;
    int found = scandir(folder, &entries, is_visible, alphasort);
    bool good = found >= 0 || complain(folder);

    for (int i = 0; i < found; i++) {
        char *path = NULL;
        struct stat info;

        if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
            abort();
        if (good && stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            good = run_file(path);
            ++*count;
        }
        free(path);
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
    return good;
}

static bool run_path(const char *path)
{
    size_t count = 0;
    struct stat info;
    bool good;

    if (stat(path, &info) != 0)
        return complain(path);
    if (!S_ISDIR(info.st_mode))
        return run_file(path);
    good = run_folder(path, &count);
    printf("%s: %zu inputs\n", path, count);
    if (good && count == 0) {
        fprintf(stderr, "%s: no inputs\n", path);
        return false;
    }
    return good;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE|FOLDER…\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (!run_path(argv[i]))
            return 1;
    }
    return 0;
}
