/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/command.h"

#include "base/str.h"
#include "base/text.h"
#include "server/commands/suggest.h"

#include <stdio.h>
#include <string.h>

const struct command *const command_table[] = {
    &command_serve,       &command_check,       &command_certs_issue, &command_certs_create,
    &command_certs_patch, &command_certs_renew, &command_completion,  &command_man,
    &command_help,        &command_version,
};
const size_t command_count = sizeof command_table / sizeof command_table[0];

const struct described command_groups[] = {
    {"certs", "Makes, installs and renews certificates for the webhook"},
    {NULL, NULL},
};

const struct command_alias command_aliases[] = {
    {"--help", "help"}, {"-h", "help"}, {"--version", "version"}, {"-V", "version"}, {NULL, NULL},
};

const char command_purpose[] =
    "A Kubernetes admission webhook that reviews PCI passthrough set-ups: the host\n"
    "devices that a HyperConverged permits and those that virtual machines ask for.";

const struct described command_exits[] = {
    {"0", "the command did what it was told"},
    {"1", "it was understood and could not be carried out"},
    {"2", "wrong usage"},
    {NULL, NULL},
};

static const char *resolve_alias(const char *word)
{
    for (const struct command_alias *alias = command_aliases; alias->typed; alias++) {
        if (strcmp(word, alias->typed) == 0)
            return alias->name;
    }
    return word;
}

/* How many of the words the command's name takes; 0 when they are not its name. */
static int words_matched(const struct command *command, int argc, char *const *argv)
{
    const char *name = command->name;
    int words = 0;

    while (*name != '\0') {
        const char *word = words < argc ? argv[words] : "";
        size_t len = strcspn(name, " ");

        if (words == 0)
            word = resolve_alias(word);
        if (strlen(word) != len || strncmp(word, name, len) != 0)
            return 0;
        words++;
        name += len + (name[len] == ' ');
    }
    return words;
}

static const char *command_name(size_t i, const void *context)
{
    (void)context;
    return command_table[i]->name;
}

/* For a first word that begins two-word commands: lists them. False: it begins none. */
static bool add_second_words(const char *first, struct text *text)
{
    size_t len = strlen(first);
    bool found = false;

    for (size_t i = 0; i < command_count; i++) {
        const char *name = command_table[i]->name;

        if (strncmp(name, first, len) == 0 && name[len] == ' ') {
            text_addf(text, "%s\"%s\"", found ? ", " : "", name);
            found = true;
        }
    }
    return found;
}

static void explain_unknown(int argc, char *const *argv, struct error *err)
{
    CLEANUP_TEXT struct text typed = TEXT_INIT(256);
    CLEANUP_TEXT struct text shown = TEXT_INIT(512);
    CLEANUP_TEXT struct text group = TEXT_INIT(256);
    bool begins = add_second_words(argv[0], &group);
    const char *near;

    text_add(&typed, argv[0]);
    if (begins && argc > 1)
        text_addf(&typed, " %s", argv[1]);
    text_add_quoted(&shown, str_from(text_get(&typed)), 80);
    near = suggest(text_get(&typed), command_count, command_name, NULL);
    if (near)
        error_set(err, "unknown command %s; did you mean \"%s\"?", text_get(&shown), near);
    else if (begins)
        error_set(err, "%s is not a whole command; there is %s", text_get(&shown),
                  text_get(&group));
    else
        error_set(err, "unknown command %s; \"" PROGRAM " help\" lists them", text_get(&shown));
}

const struct command *command_find(int argc, char *const *argv, int *ret_words, struct error *err)
{
    if (argc == 0) {
        error_set(err, "no command given; \"" PROGRAM " help\" lists them");
        return NULL;
    }
    for (size_t i = 0; i < command_count; i++) {
        int words = words_matched(command_table[i], argc, argv);

        if (words > 0) {
            *ret_words = words;
            return command_table[i];
        }
    }
    explain_unknown(argc, argv, err);
    return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--" COMMAND_HELP_OPTION) == 0 ||
            strcmp(argv[i], (const char[]){'-', COMMAND_HELP_LETTER, '\0'}) == 0)
            return true;
    }
    return false;
}

int command_run(int argc, char **argv)
{
    struct error err;
    int words;
    const struct command *command = command_find(argc, argv, &words, &err);

    if (!command)
        return command_fail(NULL, EXIT_USAGE, &err);
    argc -= words;
    argv += words;
    if (asks_for_help(argc, argv)) {
        CLEANUP_TEXT struct text text = TEXT_INIT(16384);

        command_help_one(command, &text);
        return fputs(text_get(&text), stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_OK;
    }
    return command->run(command, argc, argv);
}

bool command_options(const struct command *command, int argc, char **argv, void *values)
{
    struct error err;

    if (options_parse(&command->options, argc, argv, values, &err))
        return true;
    command_fail(command, EXIT_USAGE, &err);
    return false;
}

int command_print(const struct command *command, const struct text *text)
{
    struct error err;

    if (!text->failed && !text->truncated && fputs(text_get(text), stdout) >= 0 &&
        fflush(stdout) == 0)
        return EXIT_OK;
    error_set(&err, "can't write to standard output");
    return command_fail(command, EXIT_FAILED, &err);
}

int command_fail(const struct command *command, enum exit_code code, const struct error *err)
{
    if (command)
        fprintf(stderr, PROGRAM " %s: %s\n", command->name, err->message);
    else
        fprintf(stderr, PROGRAM ": %s\n", err->message);
    return (int)code;
}

void command_help_all(struct text *text)
{
    text_addf(text, "Usage: " PROGRAM " COMMAND [OPTIONS]\n\n%s\n\nCommands:\n", command_purpose);
    for (size_t i = 0; i < command_count; i++)
        text_addf(text, "  %-14s %s\n", command_table[i]->name, command_table[i]->summary);
    text_add(text, "\n\"" PROGRAM " help COMMAND\" explains one.\n");
}

/* Lines of text, each but the first behind so many blanks. */
static void add_lines(const char *lines, int indent, struct text *text)
{
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");

        text_add_str(text, (struct str){lines, len});
        text_add(text, "\n");
        lines += len + (lines[len] == '\n');
        if (*lines != '\0')
            text_addf(text, "%*s", indent, "");
    }
}

static void add_list(const char *title, const struct described *list, struct text *text)
{
    if (!list)
        return;
    text_addf(text, "\n%s:\n", title);
    for (; list->term; list++) {
        text_add(text, "  ");
        add_lines(list->term, 2, text);
        text_addf(text, "%8s", "");
        add_lines(list->text, 8, text);
    }
}

void command_help_one(const struct command *command, struct text *text)
{
    text_addf(text, "Usage: " PROGRAM " %s%s%s%s\n\n%s.\n", command->name,
              command->options.count > 0 ? " [OPTIONS]" : "", command->operands ? " " : "",
              command->operands ? command->operands : "", command->summary);
    if (command->description)
        text_addf(text, "\n%s\n", command->description);
    if (command->options.count > 0) {
        text_add(text, "\nOptions:\n");
        options_help(&command->options, text);
    }
    add_list("Exit codes", command->exits, text);
    add_list("Environment", command->environment, text);
    add_list("Examples", command->examples, text);
}
