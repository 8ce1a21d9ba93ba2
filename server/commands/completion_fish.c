/* SPDX-License-Identifier: Apache-2.0 */
/* For fish 3.0 and later: a line for each word and option. What is behind `--` fish sees to. */
#include "server/commands/command.h"
#include "server/commands/completion.h"

#define LINE "complete -c " PROGRAM

static const char head[] =
    "# Completion of " PROGRAM " for fish. Made by `" PROGRAM " completion fish`.\n"
    "\n"
    "# Whether the words before the cursor are these, and no others.\n"
    "function __hostdev_webhook_at\n"
    "    set -l typed (commandline -opc)\n"
    "    test \"$typed[2..]\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# Whether they begin with these.\n"
    "function __hostdev_webhook_in\n"
    "    set -l typed (commandline -opc)\n"
    "    set -l last (math (count $argv) + 1)\n"
    "    test (count $typed) -ge $last\n"
    "    and test \"$typed[2..$last]\" = \"$argv\"\n"
    "end\n"
    "\n" LINE " -e\n" LINE " -f\n";

static void add_description(struct str words, struct text *text)
{
    text_add(text, " -d '");
    completion_add_description(words, "", "\\'", text);
    text_add(text, "'\n");
}

/* The words that follow `begin` where `before` (and a blank, if it is not empty) stands before. */
static void add_words_of(const char *before, struct str begin, struct text *text)
{
    struct completion_word word;

    for (size_t at = 0; completion_next(begin, &at, &word);) {
        text_addf(text, LINE " -n '__hostdev_webhook_at%s%s", before, begin.len > 0 ? " " : "");
        text_add_str(text, begin);
        text_add(text, "' -a ");
        text_add_str(text, word.word);
        add_description(str_from(word.summary), text);
    }
}

/* The words of commands' names, behind the program's or behind `help`. */
static void add_words(const char *before, struct text *text)
{
    struct completion_word word;

    add_words_of(before, STR(""), text);
    for (size_t at = 0; completion_next(STR(""), &at, &word);) {
        if (word.goes_on)
            add_words_of(before, word.word, text);
    }
}

static void add_aliases(struct text *text)
{
    for (const struct command_alias *alias = command_aliases; alias->typed; alias++) {
        bool is_long = alias->typed[1] == '-';

        text_addf(text, LINE " -n __hostdev_webhook_at -%s %s", is_long ? "l" : "s",
                  alias->typed + (is_long ? 2 : 1));
        for (size_t i = 0; i < command_count; i++) {
            if (str_equal(str_from(command_table[i]->name), str_from(alias->name)))
                add_description(str_from(command_table[i]->summary), text);
        }
    }
}

/* --- a command's options and operands -------------------------------------------------------- */

static void add_value(const struct option *option, struct text *text)
{
    switch (option_value(option)) {
    case OPTION_VALUE_NONE:
        break;
    case OPTION_VALUE_CHOICE:
        text_add(text, " -x -a '");
        completion_add_choices(option->choices, text);
        text_add(text, "'");
        break;
    case OPTION_VALUE_FILE:
        text_add(text, " -r -F");
        break;
    case OPTION_VALUE_FOLDER:
        text_add(text, " -x -a '(__fish_complete_directories)'");
        break;
    case OPTION_VALUE_OTHER:
        text_add(text, " -x");
        break;
    }
}

static void add_option(const char *command, const struct option *option, struct text *text)
{
    text_addf(text, LINE " -n '__hostdev_webhook_in %s' -l %s", command, option->name);
    if (option->letter)
        text_addf(text, " -s %c", option->letter);
    add_value(option, text);
    add_description(option_summary(option), text);
}

static void add_operands(const struct command *command, struct text *text)
{
    struct text before CLEANUP_TEXT = TEXT_INIT(256);

    switch (command->operand_kind) {
    case OPERAND_NONE:
        break;
    case OPERAND_FILE:
        text_addf(text, LINE " -n '__hostdev_webhook_in %s' -F\n", command->name);
        break;
    case OPERAND_COMMAND:
        text_addf(&before, " %s", command->name);
        add_words(text_get(&before), text);
        break;
    case OPERAND_CHOICE:
        text_addf(text, LINE " -n '__hostdev_webhook_at %s' -a '", command->name);
        completion_add_choices(command->operand_choices, text);
        text_add(text, "'\n");
        break;
    }
}

static void add_command(const struct command *command, struct text *text)
{
    static const struct option help = {.name = COMMAND_HELP_OPTION,
                                       .letter = COMMAND_HELP_LETTER,
                                       .help = COMPLETION_HELP,
                                       .kind = OPTION_FLAG};

    text_add(text, "\n");
    for (size_t i = 0; i < command->options.count; i++)
        add_option(command->name, &command->options.options[i], text);
    add_option(command->name, &help, text);
    add_operands(command, text);
}

void completion_fish(struct text *text)
{
    text_add(text, head);
    add_words("", text);
    add_aliases(text);
    for (size_t i = 0; i < command_count; i++)
        add_command(command_table[i], text);
}
