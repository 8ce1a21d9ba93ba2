/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of the program as data: what `help` lists is what can be run. A command's name may
 * be two words ("certs issue").
 */
#ifndef SERVER_COMMANDS_COMMAND_H
#define SERVER_COMMANDS_COMMAND_H

#include "server/commands/options.h"

#include <stddef.h>

/* What the program's process ends with. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1, /* the command was understood and could not be carried out */
    EXIT_USAGE = 2,  /* it was not understood */
    /* Of `check`, as linters have it. */
    EXIT_DENIED = 1,
    EXIT_UNREADABLE = 2,
};

/* What may stand as an operand, for who offers some. */
enum operand_kind { OPERAND_NONE, OPERAND_FILE, OPERAND_COMMAND, OPERAND_CHOICE };

/* A row of a list that ends with one without a term. */
struct described {
    const char *term;
    const char *text; /* may be several lines */
};

struct command {
    const char *name;
    const char *summary;     /* one line, for the list of commands */
    const char *description; /* some lines, for the command's own help; NULL: none */
    const char *operands;    /* shown behind the name, NULL: none */
    enum operand_kind operand_kind;
    const char *const *operand_choices; /* NULL-terminated, for OPERAND_CHOICE */
    struct option_table options;
    const struct described *exits;       /* NULL: as all commands have them */
    const struct described *environment; /* NULL: none */
    const struct described *examples;    /* terms are command lines; NULL: none */
    /* Gets the arguments behind the name; prints its own messages. Returns an exit_code. */
    int (*run)(const struct command *command, int argc, char **argv);
};

#define PROGRAM "hostdev-webhook"

/* All commands, in the order in which help lists them. */
extern const struct command *const command_table[];
extern const size_t command_count;

/* The first words of commands that have two; what they do together, in one line. */
extern const struct described command_groups[];

/* What people type out of habit where a command stands, and the command; ends with a NULL. */
struct command_alias {
    const char *typed;
    const char *name;
};
extern const struct command_alias command_aliases[];

/* What the program is, in a sentence or two of some lines. */
extern const char command_purpose[];

/* What exit codes of commands mean that have no list of their own. */
extern const struct described command_exits[];

/* What every command has without a row in its table, but may say something else about. */
#define COMMAND_HELP_OPTION "help"
#define COMMAND_HELP_LETTER 'h'

/* One for each file server/command_*.c. */
extern const struct command command_serve;
extern const struct command command_check;
extern const struct command command_certs_issue;
extern const struct command command_certs_create;
extern const struct command command_certs_patch;
extern const struct command command_certs_renew;
extern const struct command command_completion;
extern const struct command command_man;
extern const struct command command_help;
extern const struct command command_version;

/*
 * Finds the command that `argv` begins with and says how many words its name took. NULL: there is
 * none, and the error says what is wrong and what was probably meant.
 */
const struct command *command_find(int argc, char *const *argv, int *ret_words, struct error *err);

/* Runs what `argv` (without the program's name) says. Returns an exit_code. */
int command_run(int argc, char **argv);

/* The help text of the program, and of one command. */
void command_help_all(struct text *text);
void command_help_one(const struct command *command, struct text *text);

/*
 * Parses a command's options into `values`. False: prints one line on stderr; the command returns
 * EXIT_USAGE.
 */
bool command_options(const struct command *command, int argc, char **argv, void *values);

/* Prints what a command is there to print, all or nothing. Returns an exit_code. */
int command_print(const struct command *command, const struct text *text);

/* Prints `hostdev-webhook NAME: MESSAGE` on stderr as one line; returns `code`. */
int command_fail(const struct command *command, enum exit_code code, const struct error *err);

#endif
