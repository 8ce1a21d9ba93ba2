/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion scripts for shells, from the tables of commands and options that help is made from.
 * The scripts hold all they offer: the program is not run while somebody types.
 */
#ifndef SERVER_COMMANDS_COMPLETION_H
#define SERVER_COMMANDS_COMPLETION_H

#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

void completion_bash(struct text *text);
void completion_zsh(struct text *text);
void completion_fish(struct text *text);

/* --- for the shells -------------------------------------------------------------------------- */

/* A word that may come next in a command's name. */
struct completion_word {
    struct str word;
    const char *summary; /* of the command, or of those that begin with it */
    bool goes_on;        /* more words follow */
};

/*
 * The words that may follow `begin` ("", or the first word of commands that have two), each once.
 * `*at` is 0 at first and the caller's to keep; false: there are no more.
 */
bool completion_next(struct str begin, size_t *at, struct completion_word *ret_word);

/* Adds these words with blanks between them. */
void completion_add_words(struct str begin, struct text *text);

/* Adds the choices of an option or an operand with blanks between them. */
void completion_add_choices(const char *const *choices, struct text *text);

/*
 * Adds `words` as one line, with a backslash before each of `escaped` and before backslashes, and
 * fit to stand between single quotes where `quote` stands for one.
 */
void completion_add_description(struct str words, const char *escaped, const char *quote,
                                struct text *text);

/* What the option is for that every command has. */
#define COMPLETION_HELP "explains the command"

#endif
