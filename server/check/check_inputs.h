/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `check` is told to read: from operands to files, in order, and from a file to its text. Only
 * names are held, and what can't be read a second time (standard input, pipes).
 */
#ifndef SERVER_CHECK_CHECK_INPUTS_H
#define SERVER_CHECK_CHECK_INPUTS_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As many bytes of strings as yaml_load() takes. */
#define CHECK_TEXT_MAX ((size_t)32 * 1024 * 1024)
/* Of what is held between two readings, all together. */
#define CHECK_KEPT_MAX ((size_t)128 * 1024 * 1024)
/* More files than any repository of manifests has: a wrong folder was given. */
#define CHECK_FILES_MAX ((size_t)200 * 1000)

struct check_input {
    char *name; /* as people call it; owned */
    bool is_stdin;
    bool is_file; /* on a disk, with */
    dev_t device;
    ino_t inode;
    const char *problem; /* why there is nothing to read; NULL: try it. A constant */
    int error;           /* the same, as an errno; 0: none */
    char *kept;          /* the text of what can be read only once; owned */
    size_t kept_len;
    char *lost; /* why that could not be read, as there is no second time; owned. NULL: it could */
};

struct check_inputs {
    struct check_input *items; /* owned */
    size_t count;
    size_t capacity;
    size_t kept; /* bytes */
};

/* clang-format off */
#define CHECK_INPUTS_INIT {.items = NULL}
/* clang-format on */

void check_inputs_free(struct check_inputs *inputs);
#define CLEANUP_CHECK_INPUTS __attribute__((cleanup(check_inputs_free)))

/*
 * Adds what an operand stands for: "-" standard input; a folder every *.yaml, *.yml, *.json and
 * *.bu below it, by name, hidden ones and links to folders left out; anything else itself. What is
 * not there is an input that can't be read. False: out of memory, too many files, "-" a second
 * time.
 */
bool check_inputs_add(struct check_inputs *inputs, const char *operand, struct error *err);

/* Adds the one file of that name. False: out of memory, or too many files. */
bool check_inputs_add_file(struct check_inputs *inputs, const char *name, struct error *err);

/* A name for a message: files are called whatever somebody has called them. */
struct check_name {
    char text[512];
};

struct check_name check_name(const char *name);

/* A text that was read. */
struct check_bytes {
    struct str text;
    char *owned; /* NULL: the input keeps it */
};

void check_bytes_free(struct check_bytes *bytes);
#define CLEANUP_CHECK_BYTES __attribute__((cleanup(check_bytes_free)))

/* The text of input `index`. False: the error does not name it. Empty standard input is an error.
 */
bool check_inputs_read(struct check_inputs *inputs, size_t index, struct check_bytes *ret_bytes,
                       struct error *err);

#endif
