/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For zsh: a file of $fpath, or sourced. A command's options are specs of _arguments, which also
 * sees to options that were given already, to --option=value, and to what is behind `--`.
 */
#include "server/commands/command.h"
#include "server/commands/completion.h"

static const char head[] =
    "#compdef " PROGRAM "\n"
    "# Completion of " PROGRAM " for zsh. Made by `" PROGRAM " completion zsh`.\n";

/*
 * words[1] stays a stand-in for the program, so that what follows a command's name is counted from
 * one again.
 */
static const char code[] = "\n"
                           "# Takes the words of a command's name away and leaves it in `name`; "
                           "offers the next word when\n"
                           "# the cursor is there, which is false.\n"
                           "_hostdev-webhook_name()\n"
                           "{\n"
                           "    name=''\n"
                           "    while _hostdev-webhook_words \"$name\"; do\n"
                           "        if (( CURRENT == 2 )); then\n"
                           "            _describe -t commands command rows\n"
                           "            return 1\n"
                           "        fi\n"
                           "        name=${name:+$name }$words[2]\n"
                           "        shift words\n"
                           "        (( CURRENT-- ))\n"
                           "    done\n"
                           "    compstate[restore]='' # so that they are gone for the caller too\n"
                           "}\n"
                           "\n"
                           "_hostdev-webhook()\n"
                           "{\n"
                           "    local name context state state_descr line\n"
                           "    local -a rows\n"
                           "    local -A opt_args\n"
                           "\n"
                           "    if (( CURRENT == 2 )) && [[ $PREFIX == -* ]]; then\n"
                           "        _hostdev-webhook_aliases\n"
                           "    elif _hostdev-webhook_name; then\n"
                           "        _hostdev-webhook_arguments\n"
                           "    fi\n"
                           "}\n"
                           "\n"
                           "if [[ $funcstack[1] == _hostdev-webhook ]]; then\n"
                           "    _hostdev-webhook \"$@\"\n"
                           "else\n"
                           "    compdef _hostdev-webhook " PROGRAM "\n"
                           "fi\n";

/* As a word in single quotes that something takes apart at colons. */
static void add_words(struct str words, const char *escaped, struct text *text)
{
    completion_add_description(words, escaped, "'\\''", text);
}

/* --- commands -------------------------------------------------------------------------------- */

static void add_row(struct str word, const char *summary, struct text *text)
{
    text_add(text, "        '");
    text_add_str(text, word);
    text_add(text, ":");
    add_words(str_from(summary), ":", text);
    text_add(text, "'\n");
}

static void add_rows_of(struct str begin, struct text *text)
{
    struct completion_word word;

    text_add(text, "    '");
    text_add_str(text, begin);
    text_add(text, "') rows=(\n");
    for (size_t at = 0; completion_next(begin, &at, &word);)
        add_row(word.word, word.summary, text);
    text_add(text, "    ) ;;\n");
}

static void add_rows(struct text *text)
{
    struct completion_word word;

    text_add(text,
             "\n# Sets `rows` to the words that may follow in a command's name; whole: false.\n"
             "_hostdev-webhook_words()\n{\n    case $1 in\n");
    add_rows_of(STR(""), text);
    for (size_t at = 0; completion_next(STR(""), &at, &word);) {
        if (word.goes_on)
            add_rows_of(word.word, text);
    }
    text_add(text,
             "    *) return 1 ;;\n    esac\n}\n\n_hostdev-webhook_aliases()\n{\n    rows=(\n");
    for (const struct command_alias *alias = command_aliases; alias->typed; alias++) {
        for (size_t i = 0; i < command_count; i++) {
            if (str_equal(str_from(command_table[i]->name), str_from(alias->name)))
                add_row(str_from(alias->typed), command_table[i]->summary, text);
        }
    }
    text_add(text, "    )\n    _describe -o option rows\n}\n");
}

/* --- a command's options and operands -------------------------------------------------------- */

static void add_value(const struct option *option, struct text *text)
{
    enum option_value value = option_value(option);

    if (value == OPTION_VALUE_NONE)
        return;
    text_add(text, ":");
    add_words(str_from(option->metavar ? option->metavar : option->name), ":[]", text);
    text_add(text, ":");
    if (value == OPTION_VALUE_CHOICE) {
        text_add(text, "(");
        completion_add_choices(option->choices, text);
        text_add(text, ")");
    } else if (value == OPTION_VALUE_FILE) {
        text_add(text, "_files");
    } else {
        text_add(text, value == OPTION_VALUE_FOLDER ? "_path_files -/" : " ");
    }
}

static void add_option(const struct option *option, struct text *text)
{
    bool flag = option->kind == OPTION_FLAG;

    text_add(text, "            ");
    if (option->letter)
        text_addf(text, "'(-%c --%s)'{-%c%s,--%s%s}'", option->letter, option->name, option->letter,
                  flag ? "" : "+", option->name, flag ? "" : "=");
    else
        text_addf(text, "'--%s%s", option->name, flag ? "" : "=");
    text_add(text, "[");
    add_words(option_summary(option), ":[]", text);
    text_add(text, "]");
    add_value(option, text);
    text_add(text, "' \\\n");
}

static void add_operands(const struct command *command, struct text *text)
{
    switch (command->operand_kind) {
    case OPERAND_NONE:
    case OPERAND_COMMAND:
        break;
    case OPERAND_FILE:
        text_add(text, " \\\n            '*:");
        add_words(str_from(command->operands), ":", text);
        text_add(text, ":_files'");
        break;
    case OPERAND_CHOICE:
        text_add(text, " \\\n            '1:");
        add_words(str_from(command->operands), ":", text);
        text_add(text, ":(");
        completion_add_choices(command->operand_choices, text);
        text_add(text, ")'");
        break;
    }
}

static void add_command(const struct command *command, struct text *text)
{
    text_addf(text, "    '%s')\n", command->name);
    if (command->operand_kind == OPERAND_COMMAND)
        text_add(text, "        [[ $PREFIX == -* ]] || { _hostdev-webhook_name; return }\n");
    text_add(text, "        _arguments -S \\\n");
    for (size_t i = 0; i < command->options.count; i++)
        add_option(&command->options.options[i], text);
    text_addf(text, "            '(- *)'{-%c,--" COMMAND_HELP_OPTION "}'[" COMPLETION_HELP "]'",
              COMMAND_HELP_LETTER);
    add_operands(command, text);
    text_add(text, " ;;\n");
}

void completion_zsh(struct text *text)
{
    text_add(text, head);
    add_rows(text);
    text_add(text, "\n_hostdev-webhook_arguments()\n{\n    case $name in\n");
    for (size_t i = 0; i < command_count; i++)
        add_command(command_table[i], text);
    text_add(text, "    esac\n}\n");
    text_add(text, code);
}
