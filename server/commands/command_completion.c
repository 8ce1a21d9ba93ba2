/* SPDX-License-Identifier: Apache-2.0 */
/* `completion`: what a shell reads to complete command lines of the program. */
#include "server/commands/command.h"
#include "server/commands/completion.h"
#include "server/commands/suggest.h"

#include <stdio.h>
#include <string.h>

struct completion_options {
    struct operands operands;
};

/* In the order of the names below. */
static void (*const writers[])(struct text *text) = {completion_bash, completion_zsh,
                                                     completion_fish};
static const char *const shells[] = {"bash", "zsh", "fish", NULL};
#define SHELL_COUNT (sizeof writers / sizeof writers[0])

static const char *shell_name(size_t i, const void *context)
{
    (void)context;
    return shells[i];
}

static bool find_shell(const struct operands *operands, size_t *ret_index, struct error *err)
{
    struct text shown CLEANUP_TEXT = TEXT_INIT(512);
    const char *near;

    if (operands->count != 1)
        return error_set(err, "give one shell: bash, zsh or fish");
    for (size_t i = 0; i < SHELL_COUNT; i++) {
        if (strcmp(operands->items[0], shells[i]) == 0) {
            *ret_index = i;
            return true;
        }
    }
    text_add_quoted(&shown, str_from(operands->items[0]), 80);
    near = suggest(operands->items[0], SHELL_COUNT, shell_name, NULL);
    if (near)
        return error_set(err, "unknown shell %s; did you mean \"%s\"?", text_get(&shown), near);
    return error_set(err, "unknown shell %s; there is bash, zsh and fish", text_get(&shown));
}

static int run(const struct command *command, int argc, char **argv)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(262144);
    struct completion_options options = {0};
    struct error err;
    size_t shell = 0;

    if (!command_options(command, argc, argv, &options))
        return EXIT_USAGE;
    if (!find_shell(&options.operands, &shell, &err))
        return command_fail(command, EXIT_USAGE, &err);
    writers[shell](&text);
    return command_print(command, &text);
}

static const struct described examples[] = {
    {"source <(hostdev-webhook completion bash)",
     "To complete command lines in this bash, and with the same line in ~/.bashrc in each"},
    {"hostdev-webhook completion zsh > \"${fpath[1]}/_hostdev-webhook\"",
     "In each zsh, from a folder of its own functions"},
    {"hostdev-webhook completion fish > ~/.config/fish/completions/hostdev-webhook.fish",
     "In each fish"},
    {NULL, NULL},
};

const struct command command_completion = {
    .name = "completion",
    .summary = "Prints the completion script for a shell",
    .description =
        "It completes commands, options, their choices, and files where these are meant.",
    .operands = "bash|zsh|fish",
    .operand_kind = OPERAND_CHOICE,
    .operand_choices = shells,
    .options = {.takes_operands = true, .operands = offsetof(struct completion_options, operands)},
    .examples = examples,
    .run = run,
};
