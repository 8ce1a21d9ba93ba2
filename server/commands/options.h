/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command line options as data: one table per command, read by the parser and by the help text (and
 * by whatever else describes them). `--name value` and `--name=value`, and for an option with a
 * letter `-o value`, `-ovalue` and `-o=value`; no option twice. Operands only where the table says
 * so, and then between options too. `--` ends the options. An option that is not given has the
 * value of its `default_text`, so the default shown is the one used.
 */
#ifndef SERVER_COMMANDS_OPTIONS_H
#define SERVER_COMMANDS_OPTIONS_H

#include "base/error.h"
#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_TEXT,    /* const char *: borrowed from argv or from the table; never empty */
    OPTION_INTEGER, /* long: from .min to .max */
    OPTION_BYTES,   /* size_t: from .min to .max, as a Kubernetes quantity: 65536, 64Ki, 2Mi, 1Gi */
    OPTION_CHOICE,  /* int: index into .choices */
    OPTION_FLAG,    /* bool: takes no value */
};

struct option {
    const char *name;           /* without the dashes */
    char letter;                /* its short spelling, 0: none; not 'h', which asks for help */
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

/* What is no option, in order; borrowed from argv. */
struct operands {
    char *const *items;
    size_t count;
};

struct option_table {
    const struct option *options;
    size_t count;
    bool takes_operands;
    size_t operands; /* with it: offset of a struct operands in the command's own struct */
};

/*
 * Reads `argv` (the arguments behind the command's name) into the struct at `values`, zeroed by the
 * caller. Operands are moved to the beginning of `argv`, which is the list of them afterwards. The
 * error says in one line what is wrong and, when something near exists, what was meant.
 */
bool options_parse(const struct option_table *table, int argc, char **argv, void *values,
                   struct error *err);

/* What an option's value is, for who offers some. */
enum option_value {
    OPTION_VALUE_NONE,   /* a flag has none */
    OPTION_VALUE_CHOICE, /* one of .choices */
    OPTION_VALUE_FILE,
    OPTION_VALUE_FOLDER,
    OPTION_VALUE_OTHER,
};

enum option_value option_value(const struct option *option);

/* What an option is, in a few words: how its help begins. May have line breaks. */
struct str option_summary(const struct option *option);

/* The options' part of a help text. */
void options_help(const struct option_table *table, struct text *text);

#endif
