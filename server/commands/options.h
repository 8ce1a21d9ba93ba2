/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command line options as data: one table per command, read by the parser and by the help text (and
 * by whatever else describes them). `--name value` and `--name=value`; no option twice, no
 * operands. `--` ends the options. An option that
 * is not given has the value of its `default_text`, so the default shown is the one used.
 */
#ifndef SERVER_COMMANDS_OPTIONS_H
#define SERVER_COMMANDS_OPTIONS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_TEXT,    /* const char *: borrowed from argv or from the table; never empty */
    OPTION_INTEGER, /* long: from .min to .max */
    OPTION_CHOICE,  /* int: index into .choices */
    OPTION_FLAG,    /* bool: takes no value */
};

struct option {
    const char *name;           /* without the dashes */
    const char *metavar;        /* NULL for a flag and for a choice, which shows its choices */
    const char *default_text;   /* NULL: none */
    const char *help;           /* may be several lines */
    const char *const *choices; /* NULL-terminated, for a choice */
    enum option_kind kind;
    bool required;
    size_t offset; /* of the destination in the command's own struct */
    long min;
    long max;
};

struct option_table {
    const struct option *options;
    size_t count;
};

/*
 * Reads `argv` (the arguments behind the command's name) into the struct at `values`, zeroed by the
 * caller. The error says in one line what is wrong and, when something near exists, what was meant.
 */
bool options_parse(const struct option_table *table, int argc, char *const *argv, void *values,
                   struct error *err);

/* The options' part of a help text. */
void options_help(const struct option_table *table, struct text *text);

#endif
