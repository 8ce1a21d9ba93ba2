/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/same_inputs.h"

#include <stdlib.h>
#include <string.h>

/* A file on a disk, and the input that it is. */
struct known_file {
    size_t index;
    dev_t device;
    ino_t inode;
    char *path; /* the real one, where another input has the same inode; NULL: not known. Owned */
};

static int compare_files(const void *a, const void *b)
{
    const struct known_file *x = a;
    const struct known_file *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

static int compare_paths(const void *a, const void *b)
{
    const struct known_file *x = a;
    const struct known_file *y = b;
    int order = strcmp(x->path ? x->path : "", y->path ? y->path : "");

    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static void drop(struct check_input *input)
{
    free(input->name);
    *input = (struct check_input){.name = NULL};
}

/* Some file systems give two files one inode: their paths tell. */
static void drop_among(struct check_inputs *inputs, struct known_file *files, size_t count)
{
    if (count < 2)
        return;
    for (size_t i = 0; i < count; i++)
        files[i].path = realpath(inputs->items[files[i].index].name, NULL);
    qsort(files, count, sizeof *files, compare_paths);
    for (size_t i = 1; i < count; i++) {
        if (files[i].path && files[i - 1].path && strcmp(files[i].path, files[i - 1].path) == 0)
            drop(&inputs->items[files[i].index]);
    }
    for (size_t i = 0; i < count; i++)
        free(files[i].path);
}

static void close_gaps(struct check_inputs *inputs)
{
    size_t kept = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->items[i].name)
            inputs->items[kept++] = inputs->items[i];
    }
    inputs->count = kept;
}

bool same_inputs_drop(struct check_inputs *inputs, struct error *err)
{
    struct known_file *files = calloc(inputs->count + 1, sizeof *files);
    size_t count = 0;
    size_t end;

    if (!files)
        return error_no_memory(err);
    for (size_t i = 0; i < inputs->count; i++) {
        const struct check_input *input = &inputs->items[i];

        if (input->is_file)
            files[count++] = (struct known_file){i, input->device, input->inode, NULL};
    }
    qsort(files, count, sizeof *files, compare_files);
    for (size_t begin = 0; begin < count; begin = end) {
        for (end = begin + 1; end < count && !compare_files(&files[begin], &files[end]);)
            end++;
        drop_among(inputs, &files[begin], end - begin);
    }
    free(files);
    close_gaps(inputs);
    return true;
}
