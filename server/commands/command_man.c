/* SPDX-License-Identifier: Apache-2.0 */
/* `man`: the manual page of the program. */
#include "server/commands/command.h"
#include "server/commands/manual.h"

static int run(const struct command *command, int argc, char **argv)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(262144);

    if (!command_options(command, argc, argv, NULL))
        return EXIT_USAGE;
    manual_page(&text);
    return command_print(command, &text);
}

static const struct described examples[] = {
    {"hostdev-webhook man | man -l -", "To read this page where it is not installed"},
    {NULL, NULL},
};

const struct command command_man = {
    .name = "man",
    .summary = "Prints the manual page",
    .description = "It is in mdoc(7), for mandoc or groff.",
    .examples = examples,
    .run = run,
};
