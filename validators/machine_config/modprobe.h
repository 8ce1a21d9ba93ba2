/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of the files in /etc/modprobe.d and /etc/modules-load.d, as kmod (libkmod-config.c,
 * freadline_wrapped and kmod_config_parse) and systemd (modules-load.c) read them.
 */
#ifndef VALIDATORS_MACHINE_CONFIG_MODPROBE_H
#define VALIDATORS_MACHINE_CONFIG_MODPROBE_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* A place in a text, and the number of the line that it is in, from 1. */
struct text_place {
    size_t at;
    size_t line;
};

/* A line with its continuations: a backslash goes, and with it a line feed right behind it. */
struct modprobe_line {
    struct str text;
    size_t number;           /* of its first line in the file, from 1 */
    struct str raw;          /* from its beginning on, as the file has it */
    struct text_place known; /* in `raw`: where the byte `known_at` of `text` comes from */
    size_t known_at;
    bool is_cut;     /* its last backslash has a carriage return in front of the line feed, so that
                        the next line does not continue it, though it was to */
    bool behind_cut; /* it was to continue the line before it */
};

struct modprobe_lines {
    struct str text;
    struct text_place next;
    struct arena *arena; /* of lines that are put together */
};

/* clang-format off */
#define MODPROBE_LINES_INIT(the_text, the_arena) \
    {.text = (the_text), .next = {0, 1}, .arena = (the_arena)}
/* clang-format on */

/* The next line that is no comment and not blank. False: there is none. */
bool modprobe_lines_next(struct modprobe_lines *lines, struct modprobe_line *ret_line);

/*
 * The number of the line in the file where the byte `at` of the line's text stands. Quick when it
 * is asked for places in their order.
 */
size_t modprobe_line_number(struct modprobe_line *line, size_t at);

/* The next word, between blanks and tabs, which is taken off `*rest`; empty: there is none. */
struct str modprobe_word(struct str *rest);

/* The next line of a modules-load.d file that names a module. False: there is none. */
bool modules_load_next(struct str text, struct text_place *next, struct str *ret_module,
                       size_t *ret_line);

#endif
