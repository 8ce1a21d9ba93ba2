/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/options.h"

#include "base/str.h"
#include "server/commands/suggest.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of what the user typed a message shows this much: enough to recognise it, and one line. */
#define SHOWN_BYTES ((size_t)80)
/* The most options one command may have; each has a bit that says it was given. */
#define MAX_OPTIONS ((size_t)64)

/* --- messages -------------------------------------------------------------------------------- */

struct quoted {
    char text[4 * SHOWN_BYTES];
};

/* What the user typed, safe to print. */
static struct quoted quote(struct str typed)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(sizeof(struct quoted) - 1);
    struct quoted result;

    text_add_quoted(&shown, typed, SHOWN_BYTES);
    memcpy(result.text, text_get(&shown), shown.len + 1);
    return result;
}

static const char *option_name(size_t i, const void *context)
{
    const struct option_table *table = context;

    return table->options[i].name;
}

static const char *choice_name(size_t i, const void *context)
{
    const char *const *choices = context;

    return choices[i];
}

static bool fail_unknown(const struct option_table *table, struct str name, struct error *err)
{
    char word[SHOWN_BYTES] = "";
    const char *near;

    if (name.data && name.len < sizeof word)
        memcpy(word, name.data, name.len);
    near = suggest(word, table->count, option_name, table);
    if (near)
        return error_set(err, "unknown option %s; did you mean \"--%s\"?",
                         quote((struct str){name.data - 2, name.len + 2}).text, near);
    return error_set(err, "unknown option %s",
                     quote((struct str){name.data - 2, name.len + 2}).text);
}

static void add_choices(const struct option *option, const char *separator, struct text *text)
{
    for (size_t i = 0; option->choices[i]; i++) {
        text_add(text, i > 0 ? separator : "");
        text_add(text, option->choices[i]);
    }
}

/* --- values ---------------------------------------------------------------------------------- */

static bool set_integer(const struct option *option, const char *value, void *destination,
                        struct error *err)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (!ascii_is_digit(value[value[0] == '-']) || *end != '\0' || errno != 0 ||
        number < option->min || number > option->max)
        return error_set(err, "\"--%s\" needs a whole number from %ld to %ld, not %s", option->name,
                         option->min, option->max, quote(str_from(value)).text);
    *(long *)destination = number;
    return true;
}

static const struct {
    const char *suffix;
    long bytes;
} units[] = {{"Gi", 1024L * 1024 * 1024}, {"Mi", 1024L * 1024}, {"Ki", 1024}, {"", 1}};

struct quantity {
    char text[32];
};

/* `bytes` in the largest unit that needs no fraction. */
static struct quantity quantity_of(long bytes)
{
    struct quantity result;
    size_t i = 0;

    while (bytes % units[i].bytes != 0)
        i++;
    snprintf(result.text, sizeof result.text, "%ld%s", bytes / units[i].bytes, units[i].suffix);
    return result;
}

/* Of the suffixes of Kubernetes those that count bytes of memory; no fractions, no exponents. */
static bool read_quantity(const char *value, long *ret_bytes)
{
    char *end;
    long number;
    size_t i = 0;

    errno = 0;
    number = strtol(value, &end, 10);
    if (!ascii_is_digit(value[0]) || errno != 0)
        return false;
    while (i < sizeof units / sizeof units[0] && strcmp(end, units[i].suffix) != 0)
        i++;
    return i < sizeof units / sizeof units[0] &&
           !__builtin_mul_overflow(number, units[i].bytes, ret_bytes);
}

static bool set_bytes(const struct option *option, const char *value, void *destination,
                      struct error *err)
{
    long bytes = 0;

    if (!read_quantity(value, &bytes) || bytes < option->min || bytes > option->max)
        return error_set(err, "\"--%s\" needs a size from %s to %s, such as %s, not %s",
                         option->name, quantity_of(option->min).text, quantity_of(option->max).text,
                         option->default_text ? option->default_text : "64Mi",
                         quote(str_from(value)).text);
    *(size_t *)destination = (size_t)bytes;
    return true;
}

static bool set_choice(const struct option *option, const char *value, void *destination,
                       struct error *err)
{
    CLEANUP_TEXT struct text choices = TEXT_INIT(256);
    const char *near;
    size_t count = 0;

    for (; option->choices[count]; count++) {
        if (strcmp(option->choices[count], value) == 0) {
            *(int *)destination = (int)count;
            return true;
        }
    }
    add_choices(option, ", ", &choices);
    near = suggest(value, count, choice_name, option->choices);
    error_set(err, "\"--%s\" must be one of %s, not %s", option->name, text_get(&choices),
              quote(str_from(value)).text);
    if (near)
        error_set(err, "\"--%s\" must be one of %s, not %s; did you mean \"%s\"?", option->name,
                  text_get(&choices), quote(str_from(value)).text, near);
    return false;
}

static bool set_value(const struct option *option, const char *value, void *values,
                      struct error *err)
{
    void *destination = (char *)values + option->offset;

    if (value[0] == '\0')
        return error_set(err, "\"--%s\" needs a value that is not empty", option->name);
    switch (option->kind) {
    case OPTION_TEXT:
        *(const char **)destination = value;
        return true;
    case OPTION_INTEGER:
        return set_integer(option, value, destination, err);
    case OPTION_BYTES:
        return set_bytes(option, value, destination, err);
    case OPTION_CHOICE:
        return set_choice(option, value, destination, err);
    case OPTION_FLAG:
        *(bool *)destination = true;
        return true;
    }
    return false;
}

/* --- parsing --------------------------------------------------------------------------------- */

struct parser {
    const struct option_table *table;
    char **argv;
    int argc;
    int at;       /* the argument that is read next */
    int operands; /* how many there were, at the beginning of argv */
    void *values;
    uint64_t given; /* bit i: option i was given */
};

static size_t find_option(const struct option_table *table, struct str name)
{
    size_t i = 0;

    while (i < table->count && !str_equal(name, str_from(table->options[i].name)))
        i++;
    return i;
}

/* The value behind `=`, or the next argument. */
static bool take_value(struct parser *parser, const struct option *option, struct str rest,
                       const char **ret_value, struct error *err)
{
    bool attached = rest.len > 0;

    if (option->kind == OPTION_FLAG) {
        if (attached)
            return error_set(err, "\"--%s\" takes no value", option->name);
        *ret_value = "true";
        return true;
    }
    if (attached) {
        *ret_value = rest.data + 1;
        return true;
    }
    if (parser->at >= parser->argc)
        return error_set(err, "\"--%s\" needs a value", option->name);
    /* `--a --b` is a forgotten value; one that begins with dashes can be written `--a=--b`. */
    if (strncmp(parser->argv[parser->at], "--", 2) == 0)
        return error_set(err, "\"--%s\" needs a value, but %s follows; write \"--%s=VALUE\"",
                         option->name, quote(str_from(parser->argv[parser->at])).text,
                         option->name);
    *ret_value = parser->argv[parser->at++];
    return true;
}

/* `rest` is what is behind the name: empty, or "=" and a value. */
static bool read_option_at(struct parser *parser, size_t index, struct str rest, struct error *err)
{
    const struct option *option = &parser->table->options[index];
    const char *value;

    if (parser->given & (UINT64_C(1) << index))
        return error_set(err, "\"--%s\" was given twice; keep one of them", option->name);
    parser->given |= UINT64_C(1) << index;
    return take_value(parser, option, rest, &value, err) &&
           set_value(option, value, parser->values, err);
}

static bool read_option(struct parser *parser, struct str argument, struct error *err)
{
    size_t equals = str_find(argument, '=');
    struct str name = str_slice(argument, 2, equals - 2);
    size_t index = find_option(parser->table, name);

    if (index == parser->table->count)
        return fail_unknown(parser->table, name, err);
    return read_option_at(parser, index, str_slice(argument, equals, argument.len), err);
}

/* `-o value`, `-o=value` and `-ovalue`. */
static bool read_letter(struct parser *parser, struct str argument, struct error *err)
{
    const struct option_table *table = parser->table;
    struct str rest = str_slice(argument, 2, argument.len);
    size_t i = 0;

    while (i < table->count && table->options[i].letter != argument.data[1])
        i++;
    if (i == table->count)
        return error_set(err, "unknown option %s; options begin with two dashes",
                         quote(argument).text);
    /* A value is behind a byte that is passed over: of -ovalue that is the letter. */
    if (rest.len > 0 && rest.data[0] != '=')
        rest = str_slice(argument, 1, argument.len);
    return read_option_at(parser, i, rest, err);
}

static bool read_operand(struct parser *parser, char *argument, struct error *err)
{
    if (!parser->table->takes_operands)
        return error_set(err, "unexpected argument %s", quote(str_from(argument)).text);
    if (argument[0] == '\0')
        return error_set(err, "an argument is empty; remove it");
    parser->argv[parser->operands++] = argument;
    return true;
}

static bool read_argument(struct parser *parser, struct error *err)
{
    char *text = parser->argv[parser->at++];
    struct str argument = str_from(text);

    if (str_equal(argument, STR("--"))) {
        while (parser->at < parser->argc) {
            if (!read_operand(parser, parser->argv[parser->at++], err))
                return false;
        }
        return true;
    }
    if (str_starts_with(argument, STR("--")))
        return read_option(parser, argument, err);
    if (str_starts_with(argument, STR("-")) && argument.len > 1)
        return read_letter(parser, argument, err);
    return read_operand(parser, text, err);
}

static void set_operands(const struct parser *parser)
{
    struct operands *operands;

    if (!parser->table->takes_operands)
        return;
    operands = (void *)((char *)parser->values + parser->table->operands);
    *operands = (struct operands){parser->argv, (size_t)parser->operands};
}

static bool set_missing(struct parser *parser, struct error *err)
{
    for (size_t i = 0; i < parser->table->count; i++) {
        const struct option *option = &parser->table->options[i];

        if (parser->given & (UINT64_C(1) << i))
            continue;
        if (option->required)
            return error_set(err, "\"--%s %s\" is missing", option->name, option->metavar);
        if (option->default_text && !set_value(option, option->default_text, parser->values, err))
            return false;
    }
    return true;
}

bool options_parse(const struct option_table *table, int argc, char **argv, void *values,
                   struct error *err)
{
    struct parser parser = {.table = table, .argv = argv, .argc = argc, .values = values};

    if (table->count > MAX_OPTIONS)
        return error_set(err, "the table has more than %zu options", MAX_OPTIONS);
    while (parser.at < argc) {
        if (!read_argument(&parser, err))
            return false;
    }
    set_operands(&parser);
    return set_missing(&parser, err);
}

/* --- descriptions ---------------------------------------------------------------------------- */

/* The name of a value says what it is: people read the same. */
enum option_value option_value(const struct option *option)
{
    if (option->kind == OPTION_FLAG)
        return OPTION_VALUE_NONE;
    if (option->kind == OPTION_CHOICE)
        return OPTION_VALUE_CHOICE;
    if (strcmp(option->metavar, "FILE") == 0)
        return OPTION_VALUE_FILE;
    return strcmp(option->metavar, "DIR") == 0 ? OPTION_VALUE_FOLDER : OPTION_VALUE_OTHER;
}

struct str option_summary(const struct option *option)
{
    return (struct str){option->help, strcspn(option->help, ";:")};
}

/* --- help ------------------------------------------------------------------------------------ */

static void help_option(const struct option *option, struct text *text)
{
    text_addf(text, "  --%s", option->name);
    if (option->letter)
        text_addf(text, ", -%c", option->letter);
    if (option->kind == OPTION_CHOICE) {
        text_add(text, " ");
        add_choices(option, "|", text);
    } else if (option->metavar) {
        text_addf(text, " %s", option->metavar);
    }
    text_add(text, "\n");
    for (const char *line = option->help; *line != '\0';) {
        size_t len = strcspn(line, "\n");

        text_add(text, "        ");
        text_add_str(text, (struct str){line, len});
        line += len + (line[len] == '\n');
        if (*line != '\0')
            text_add(text, "\n");
    }
    if (option->required)
        text_add(text, " (required)");
    if (option->default_text)
        text_addf(text, " (default %s)", option->default_text);
    text_add(text, "\n");
}

void options_help(const struct option_table *table, struct text *text)
{
    for (size_t i = 0; i < table->count; i++)
        help_option(&table->options[i], text);
}
