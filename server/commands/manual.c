/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mdoc(7) marks up what a word is, so nothing here is bold or indented by hand. Words of the tables
 * stand on text lines, where no macro is, but for names and values, which have no blanks.
 */
#include "server/commands/manual.h"

#include "server/commands/command.h"

#include <string.h>

/* Of the last change to what the page says. */
#define DATE "November 30, 2026"

/* --- text ------------------------------------------------------------------------------------ */

/* What roff would act on, or print as something else than was typed. */
static const char *escape_of(char byte, bool literal)
{
    static const struct {
        char byte;
        const char *escape;
        bool in_prose;
    } escapes[] = {
        {'\\', "\\e", true},  {'\'', "\\(aq", false}, {'`', "\\(ga", false},
        {'~', "\\(ti", true}, {'^', "\\(ha", true},   {'-', "\\-", false},
    };

    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (escapes[i].byte == byte && (literal || escapes[i].in_prose))
            return escapes[i].escape;
    }
    return NULL;
}

static void add_escaped(struct text *text, struct str words, bool literal)
{
    for (size_t at = 0; at < words.len;) {
        const char *escape = escape_of(words.data[at], literal);
        unsigned rune;
        size_t size = utf8_decode(words, at, &rune);

        if (escape)
            text_add(text, escape);
        else if (rune > 0x7F)
            text_addf(text, "\\[u%04X]", rune);
        else
            text_add_str(text, str_slice(words, at, size));
        at += size;
    }
}

/* Words of prose that are typed, such as an option in a sentence, have real dashes. */
static void add_prose(struct text *text, struct str line)
{
    for (size_t at = 0; at < line.len;) {
        struct str rest = str_slice(line, at, line.len);
        struct str word = str_slice(rest, 0, str_find(rest, ' ') + 1);
        size_t dashes = 0;

        while (dashes < word.len && strchr("\"(-", word.data[dashes]))
            dashes++;
        add_escaped(text, word, dashes > 0 && word.data[dashes - 1] == '-');
        at += word.len;
        /* roff wants to know where a sentence ends. */
        if (at < line.len && str_ends_with(word, STR(". "))) {
            text_cut(text, text->len - 1);
            text_add(text, "\n");
        }
    }
}

/* Lines of text; one must not look like a macro. */
static void add_lines(struct text *text, const char *lines)
{
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");

        if (*lines == '.' || *lines == '\'')
            text_add(text, "\\&");
        add_prose(text, (struct str){lines, len});
        text_add(text, "\n");
        lines += len + (lines[len] == '\n');
    }
}

static void add_literal(struct text *text, const char *words)
{
    add_escaped(text, str_from(words), true);
}

/* --- lists ----------------------------------------------------------------------------------- */

/* `macro`: what a term is. */
static void add_list(struct text *text, const struct described *list, const char *macro)
{
    text_add(text, ".Bl -tag -width Ds\n");
    for (; list->term; list++) {
        text_addf(text, ".It %s ", macro);
        add_literal(text, list->term);
        text_add(text, "\n");
        add_lines(text, list->text);
    }
    text_add(text, ".El\n");
}

static void add_value(struct text *text, const struct option *option)
{
    if (option->kind == OPTION_CHOICE) {
        for (size_t i = 0; option->choices[i]; i++) {
            text_add(text, i > 0 ? " | Cm " : " Cm ");
            add_literal(text, option->choices[i]);
        }
    } else if (option->metavar) {
        text_add(text, " Ar ");
        add_literal(text, option->metavar);
    }
}

static void add_option(struct text *text, const struct option *option)
{
    text_add(text, ".It ");
    if (option->letter)
        text_addf(text, "Fl %c , ", option->letter);
    text_add(text, "Fl \\-");
    add_literal(text, option->name);
    add_value(text, option);
    text_add(text, "\n");
    add_lines(text, option->help);
    if (option->required)
        text_add(text, "(required)\n");
    if (option->default_text) {
        text_add(text, "(default\n.Cm ");
        add_literal(text, option->default_text);
        text_add(text, " )\n");
    }
}

/* --- commands -------------------------------------------------------------------------------- */

static void add_synopsis(struct text *text, const struct command *command)
{
    text_addf(text, ".Nm\n.Cm %s\n", command->name);
    if (command->options.count > 0)
        text_add(text, ".Op Ar options\n");
    if (command->operands) {
        text_add(text, ".Ar ");
        add_literal(text, command->operands);
        text_add(text, "\n");
    }
}

static void add_command(struct text *text, const struct command *command)
{
    text_addf(text, ".Ss %s\n", command->name);
    add_lines(text, command->summary);
    text_cut(text, text->len - 1);
    text_add(text, ".\n");
    if (command->description)
        add_lines(text, command->description);
    if (command->options.count == 0)
        return;
    text_add(text, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < command->options.count; i++)
        add_option(text, &command->options.options[i]);
    text_add(text, ".El\n");
}

static void add_exits(struct text *text)
{
    text_add(text, ".Sh EXIT STATUS\n");
    add_list(text, command_exits, "Li");
    for (size_t i = 0; i < command_count; i++) {
        if (!command_table[i]->exits)
            continue;
        text_addf(text, ".Pp\nOf\n.Cm %s :\n", command_table[i]->name);
        add_list(text, command_table[i]->exits, "Li");
    }
}

/* Commands share such lists. */
static bool is_told(size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (command_table[i]->environment == command_table[index]->environment)
            return true;
    }
    return false;
}

static void add_environment(struct text *text)
{
    text_add(text, ".Sh ENVIRONMENT\n");
    for (size_t i = 0; i < command_count; i++) {
        if (command_table[i]->environment && !is_told(i))
            add_list(text, command_table[i]->environment, "Ev");
    }
}

static void add_examples(struct text *text)
{
    text_add(text, ".Sh EXAMPLES\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct described *example = command_table[i]->examples;

        for (; example && example->term; example++) {
            add_lines(text, example->text);
            text_cut(text, text->len - 1);
            text_add(text, ":\n.Bd -literal -offset indent\n");
            add_literal(text, example->term);
            text_add(text, "\n.Ed\n.Pp\n");
        }
    }
    text_cut(text, text->len - strlen(".Pp\n"));
}

void manual_page(struct text *text)
{
    text_add(text, ".\\\" SPDX-License-Identifier: Apache-2.0\n"
                   ".\\\" Made by `" PROGRAM " man`.\n"
                   ".Dd " DATE "\n.Dt HOSTDEV-WEBHOOK 1\n.Os\n"
                   ".Sh NAME\n.Nm " PROGRAM "\n"
                   ".Nd Kubernetes admission webhook for PCI passthrough\n.Sh SYNOPSIS\n");
    for (size_t i = 0; i < command_count; i++)
        add_synopsis(text, command_table[i]);
    text_add(text, ".Sh DESCRIPTION\n");
    add_lines(text, command_purpose);
    text_addf(text, "This is version %s.\n.Pp\nWith\n.Fl %c , \\-%s\na command explains itself.\n",
              HOSTDEV_WEBHOOK_VERSION, COMMAND_HELP_LETTER, COMMAND_HELP_OPTION);
    text_add(text, ".Sh COMMANDS\n");
    for (size_t i = 0; i < command_count; i++)
        add_command(text, command_table[i]);
    add_environment(text);
    add_exits(text);
    add_examples(text);
    text_add(text, ".Sh SEE ALSO\n.Xr kubectl 1 ,\n.Xr oc 1 ,\n.Xr lspci 8\n");
}
