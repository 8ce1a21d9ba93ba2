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
};

struct command {
    const char *name;
    const char *summary;     /* one line, for the list of commands */
    const char *description; /* some lines, for the command's own help; NULL: none */
    const char *operands;    /* shown behind the name, NULL: none */
    struct option_table options;
    /* Gets the arguments behind the name; prints its own messages. Returns an exit_code. */
    int (*run)(const struct command *command, int argc, char **argv);
};

/* All commands, in the order in which help lists them. */
extern const struct command *const command_table[];
extern const size_t command_count;

/* One for each file server/command_*.c. */
extern const struct command command_serve;
extern const struct command command_certs_issue;
extern const struct command command_certs_create;
extern const struct command command_certs_patch;
extern const struct command command_certs_renew;
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

/* Prints `hostdev-webhook NAME: MESSAGE` on stderr as one line; returns `code`. */
int command_fail(const struct command *command, enum exit_code code, const struct error *err);

#endif
