/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For bash 4 and later, without the package bash-completion. Tables as `case` statements, and one
 * function that reads the line as options_parse() does. An answer that is no list of words begins
 * with "@".
 */
#include "server/commands/command.h"
#include "server/commands/completion.h"

static const char head[] = "# Completion of " PROGRAM " for bash. Made by `" PROGRAM
                           " completion bash`.\n# shellcheck shell=bash\n";

static const char code[] =
    "# Notes that an option is on the line, and whether its value comes next.\n"
    "_hostdev_webhook_option()\n"
    "{\n"
    "    local token name\n"
    "    for token in $options; do\n"
    "        for name in ${token//[|=]/ }; do\n"
    "            case $1 in\n"
    "            \"$name\")\n"
    "                given+=\" $token \"\n"
    "                [[ $token == *= ]] && option=${token%%[|=]*} ;;\n"
    "            \"$name\"=* | -[!-]*)\n"
    "                [[ $1 == \"$name\"* && $token == *= ]] && given+=\" $token \" ;;\n"
    "            esac\n"
    "        done\n"
    "    done\n"
    "}\n"
    "\n"
    "# Reads the words before the cursor.\n"
    "_hostdev_webhook_read()\n"
    "{\n"
    "    local word\n"
    "    _hostdev_webhook_words ''\n"
    "    for word in \"$@\"; do\n"
    "        if [[ -n $words ]]; then\n"
    "            command=${command:+$command }$word\n"
    "            _hostdev_webhook_words \"$command\"\n"
    "            [[ -n $words ]] || _hostdev_webhook_table \"$command\"\n"
    "        elif [[ -n $option ]]; then\n"
    "            # COMP_WORDBREAKS makes the = of --option=value a word.\n"
    "            [[ $word == = ]] || option=''\n"
    "        elif [[ -n $ended || $word != -?* ]]; then\n"
    "            typed=${typed:+$typed }$word\n"
    "        elif [[ $word == -- ]]; then\n"
    "            ended=1\n"
    "        else\n"
    "            _hostdev_webhook_option \"$word\"\n"
    "        fi\n"
    "    done\n"
    "}\n"
    "\n"
    "# The options that are not on the line yet.\n"
    "_hostdev_webhook_free()\n"
    "{\n"
    "    local token\n"
    "    for token in $options; do\n"
    "        [[ $given == *\" $token \"* ]] || words+=\" ${token//[|=]/ }\"\n"
    "    done\n"
    "}\n"
    "\n"
    "_hostdev_webhook()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prefix='' command='' typed='' ended=''\n"
    "    local words='' options='' operands='' option='' given=''\n"
    "    COMPREPLY=()\n"
    "    _hostdev_webhook_read \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
    "    if [[ -n $option ]]; then\n"
    "        [[ $cur == = ]] && cur=''\n"
    "    elif [[ -z $ended && $cur == --*=* ]]; then\n"
    "        option=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}\n"
    "    fi\n"
    "    if [[ -n $option ]]; then\n"
    "        _hostdev_webhook_value \"$command $option\"\n"
    "    elif [[ -n $words ]]; then\n"
    "        [[ $cur == -* && -z $command ]] && words=$aliases\n"
    "    elif [[ -z $ended && $cur == -* ]]; then\n"
    "        _hostdev_webhook_free\n"
    "    elif [[ $operands == @commands ]]; then\n"
    "        _hostdev_webhook_words \"$typed\"\n"
    "    elif [[ $operands == @* || -z $typed ]]; then\n"
    "        words=$operands\n"
    "    fi\n"
    "    case $words in\n"
    "    @files) compopt -o default ;;\n"
    "    @folders) compopt -o dirnames ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -P \"$prefix\" -W \"$words\" -- \"$cur\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "complete -F _hostdev_webhook " PROGRAM "\n";

/* --- tables ---------------------------------------------------------------------------------- */

static void add_words_of(struct str begin, struct text *text)
{
    text_add(text, "    '");
    text_add_str(text, begin);
    text_add(text, "') words='");
    completion_add_words(begin, text);
    text_add(text, "' ;;\n");
}

static void add_words(struct text *text)
{
    struct completion_word word;

    text_add(text,
             "\n# Sets `words` to those that may follow in a command's name; whole: to none.\n"
             "_hostdev_webhook_words()\n{\n    case $1 in\n");
    add_words_of(STR(""), text);
    for (size_t at = 0; completion_next(STR(""), &at, &word);) {
        if (word.goes_on)
            add_words_of(word.word, text);
    }
    text_add(text, "    *) words='' ;;\n    esac\n"
                   "    aliases='");
    for (const struct command_alias *alias = command_aliases; alias->typed; alias++)
        text_addf(text, "%s%s", alias == command_aliases ? "" : " ", alias->typed);
    text_add(text, "'\n}\n");
}

static void add_operands(const struct command *command, struct text *text)
{
    switch (command->operand_kind) {
    case OPERAND_NONE:
        break;
    case OPERAND_FILE:
        text_add(text, "@files");
        break;
    case OPERAND_COMMAND:
        text_add(text, "@commands");
        break;
    case OPERAND_CHOICE:
        completion_add_choices(command->operand_choices, text);
        break;
    }
}

/* `--output|-o=`: its spellings, and = when it takes a value. */
static void add_table_row(const struct command *command, struct text *text)
{
    text_addf(text, "    '%s') options='", command->name);
    for (size_t i = 0; i < command->options.count; i++) {
        const struct option *option = &command->options.options[i];

        text_addf(text, "--%s", option->name);
        if (option->letter)
            text_addf(text, "|-%c", option->letter);
        text_add(text, option_value(option) == OPTION_VALUE_NONE ? " " : "= ");
    }
    text_addf(text, "--" COMMAND_HELP_OPTION "|-%c' operands='", COMMAND_HELP_LETTER);
    add_operands(command, text);
    text_add(text, "' ;;\n");
}

static void add_table(struct text *text)
{
    text_add(text, "\n# Sets `options` and `operands` to those of a command.\n"
                   "_hostdev_webhook_table()\n{\n    case $1 in\n");
    for (size_t i = 0; i < command_count; i++)
        add_table_row(command_table[i], text);
    text_add(text, "    esac\n}\n");
}

static void add_value(const struct command *command, const struct option *option, struct text *text)
{
    enum option_value value = option_value(option);

    if (value == OPTION_VALUE_NONE || value == OPTION_VALUE_OTHER)
        return;
    text_addf(text, "    '%s --%s') words='", command->name, option->name);
    if (value == OPTION_VALUE_CHOICE)
        completion_add_choices(option->choices, text);
    else
        text_add(text, value == OPTION_VALUE_FILE ? "@files" : "@folders");
    text_add(text, "' ;;\n");
}

static void add_values(struct text *text)
{
    text_add(text, "\n# Sets `words` to what may be the value of a command's option.\n"
                   "_hostdev_webhook_value()\n{\n    case $1 in\n");
    for (size_t i = 0; i < command_count; i++) {
        for (size_t k = 0; k < command_table[i]->options.count; k++)
            add_value(command_table[i], &command_table[i]->options.options[k], text);
    }
    text_add(text, "    esac\n}\n\n");
}

void completion_bash(struct text *text)
{
    text_add(text, head);
    add_words(text);
    add_table(text);
    add_values(text);
    text_add(text, code);
}
