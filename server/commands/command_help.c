/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/command.h"

#include <stdio.h>

static int run(const struct command *command, int argc, char **argv)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(16384);
    struct error err;

    if (argc == 0) {
        command_help_all(&text);
    } else {
        int words;
        const struct command *about = command_find(argc, argv, &words, &err);

        if (!about)
            return command_fail(command, EXIT_USAGE, &err);
        if (words < argc) {
            error_set(&err, "one command at a time");
            return command_fail(command, EXIT_USAGE, &err);
        }
        command_help_one(about, &text);
    }
    return command_print(command, &text);
}

const struct command command_help = {
    .name = "help",
    .summary = "Explains the program, or one command",
    .operands = "[COMMAND]",
    .operand_kind = OPERAND_COMMAND,
    .run = run,
};
