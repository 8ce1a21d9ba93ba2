/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/options.h"

#include "server/commands/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

struct values {
    const char *file;
    const char *address;
    long days;
    size_t memory;
    int mode;
    bool force;
};

static const char *const modes[] = {"enforce", "warn", NULL};

static const struct option options[] = {
    {.name = "file",
     .metavar = "FILE",
     .help = "a file",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct values, file)},
    {.name = "bind-address",
     .metavar = "HOST:PORT",
     .default_text = ":8443",
     .help = "an address\nin two lines",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct values, address)},
    {.name = "days",
     .metavar = "N",
     .default_text = "365",
     .help = "some days",
     .kind = OPTION_INTEGER,
     .min = -5,
     .max = 1000,
     .offset = offsetof(struct values, days)},
    {.name = "memory",
     .metavar = "SIZE",
     .default_text = "64Mi",
     .help = "some memory",
     .kind = OPTION_BYTES,
     .min = 1536,
     .max = 3L * 1024 * 1024 * 1024,
     .offset = offsetof(struct values, memory)},
    {.name = "mode",
     .default_text = "enforce",
     .help = "a mode",
     .kind = OPTION_CHOICE,
     .choices = modes,
     .offset = offsetof(struct values, mode)},
    {.name = "force",
     .help = "a flag",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct values, force)},
};
static const struct option_table table = {.options = options,
                                          .count = sizeof options / sizeof options[0]};

#define MAX_WORDS 16

/* Splits at single spaces; an argument that is to hold one can't be written this way. */
static bool parse_by(const struct option_table *by, const char *line, void *values,
                     struct error *err)
{
    static char copy[512];
    static char *words[MAX_WORDS]; /* operands are a part of it */
    int count = 0;

    assert_true(strlen(line) < sizeof copy);
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        assert_true(count < MAX_WORDS);
        words[count++] = word;
    }
    return options_parse(by, count, words, values, err);
}

static bool parse(const char *line, struct values *ret_values, struct error *err)
{
    *ret_values = (struct values){0};
    return parse_by(&table, line, ret_values, err);
}

static void test_defaults(void **state)
{
    struct values values;
    struct error err;

    (void)state;
    assert_true(parse("--file f", &values, &err));
    assert_string_equal(values.file, "f");
    assert_string_equal(values.address, ":8443");
    assert_int_equal(values.days, 365);
    assert_int_equal(values.mode, 0);
    assert_false(values.force);
}

static void test_values(void **state)
{
    static const char *const lines[] = {
        "--file f --bind-address [::]:0 --days -5 --mode warn --force",
        "--file=f --bind-address=[::]:0 --days=-5 --mode=warn --force",
        "--force --mode=warn --days -5 --bind-address [::]:0 --file=f --",
    };
    struct values values;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_true(parse(lines[i], &values, &err));
        assert_string_equal(values.file, "f");
        assert_string_equal(values.address, "[::]:0");
        assert_int_equal(values.days, -5);
        assert_int_equal(values.mode, 1);
        assert_true(values.force);
    }
    assert_true(parse("--file=--a=b", &values, &err));
    assert_string_equal(values.file, "--a=b");
    assert_true(parse("--file -", &values, &err));
    assert_string_equal(values.file, "-");
}

static void test_sizes(void **state)
{
    static const struct {
        const char *line;
        size_t bytes;
    } rows[] = {
        {"--file f", 64UL << 20},
        {"--file f --memory 1536", 1536},
        {"--file f --memory=2Ki", 2048},
        {"--file f --memory 007Mi", 7UL << 20},
        {"--file f --memory 3Gi", 3UL << 30},
        {"--file f --memory 3145728Ki", 3UL << 30},
    };
    struct values values;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(parse(rows[i].line, &values, &err));
        assert_int_equal(values.memory, rows[i].bytes);
    }
}

static void test_what_is_no_size(void **state)
{
    static const char *const sizes[] = {
        "1535",      "1Ki",
        "3145729Ki", "4Gi",
        "-1Mi",      "+1Mi",
        "1.5Mi",     "1MiB",
        "1M",        "1mi",
        "Mi",        "0x10",
        "1Mi2Ki",    "99999999999999999999",
        "2Ki,",      "9007199254740993Ki",
    };
    struct values values;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char line[128];
        char words[256];

        snprintf(line, sizeof line, "--file f --memory=%s", sizes[i]);
        snprintf(words, sizeof words,
                 "\"--memory\" needs a size from 1536 to 3Gi, such as 64Mi, not \"%s\"", sizes[i]);
        assert_false(parse(line, &values, &err));
        assert_string_equal(err.message, words);
    }
}

static void test_wrong_usage(void **state)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"", "\"--file FILE\" is missing"},
        {"--flie f", "unknown option \"--flie\"; did you mean \"--file\"?"},
        {"--bind-adress=:1", "unknown option \"--bind-adress\"; did you mean \"--bind-address\"?"},
        {"--nothing-like-it f", "unknown option \"--nothing-like-it\""},
        {"--=f", "unknown option \"--\""},
        {"-f", "unknown option \"-f\"; options begin with two dashes"},
        {"--file", "\"--file\" needs a value"},
        {"--file=", "\"--file\" needs a value that is not empty"},
        {"--file --force",
         "\"--file\" needs a value, but \"--force\" follows; write \"--file=VALUE\""},
        {"--file f --file f", "\"--file\" was given twice; keep one of them"},
        {"--file f --force=yes", "\"--force\" takes no value"},
        {"--file f g", "unexpected argument \"g\""},
        {"--file f -- g", "unexpected argument \"g\""},
        {"--file f -- --force", "unexpected argument \"--force\""},
        {"--file f --days 1001", "\"--days\" needs a whole number from -5 to 1000, not \"1001\""},
        {"--file f --days -6", "\"--days\" needs a whole number from -5 to 1000, not \"-6\""},
        {"--file f --days 7d", "\"--days\" needs a whole number from -5 to 1000, not \"7d\""},
        {"--file f --days +7", "\"--days\" needs a whole number from -5 to 1000, not \"+7\""},
        {"--file f --days -", "\"--days\" needs a whole number from -5 to 1000, not \"-\""},
        {"--file f --days 99999999999999999999",
         "\"--days\" needs a whole number from -5 to 1000, not \"99999999999999999999\""},
        {"--file f --mode wran",
         "\"--mode\" must be one of enforce, warn, not \"wran\"; did you mean \"warn\"?"},
        {"--file f --mode off", "\"--mode\" must be one of enforce, warn, not \"off\""},
        {"--file f --mode Warn",
         "\"--mode\" must be one of enforce, warn, not \"Warn\"; did you mean \"warn\"?"},
        {"--fi\x1b[31mle f", "unknown option \"--fi\\u001b[31mle\""},
        {"--file f \xff", "unexpected argument \"\\xff\""},
    };
    struct values values;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].line, &values, &err))
            fail_msg("%s: accepted", cases[i].line);
        assert_string_equal(err.message, cases[i].message);
    }
}

/* --- operands -------------------------------------------------------------------------------- */

struct operand_values {
    int output;
    bool force;
    struct operands operands;
};

static const char *const outputs[] = {"text", "json", NULL};

static const struct option operand_options[] = {
    {.name = "output",
     .letter = 'o',
     .default_text = "text",
     .help = "a format",
     .kind = OPTION_CHOICE,
     .choices = outputs,
     .offset = offsetof(struct operand_values, output)},
    {.name = "force",
     .letter = 'f',
     .help = "a flag",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct operand_values, force)},
};
static const struct option_table operand_table = {
    .options = operand_options,
    .count = sizeof operand_options / sizeof operand_options[0],
    .takes_operands = true,
    .operands = offsetof(struct operand_values, operands),
};

static void test_operands(void **state)
{
    static const struct {
        const char *line, *operands;
        int output;
        bool force;
    } cases[] = {
        {"", "", 0, false},
        {"-", "- ", 0, false},
        {"a b c", "a b c ", 0, false},
        {"a -o json b --force c", "a b c ", 1, true},
        {"-f a -ojson - b", "a - b ", 1, true},
        {"a -o=json", "a ", 1, false},
        {"--output json a", "a ", 1, false},
        {"--output=json -- --force -o a", "--force -o a ", 1, false},
        {"a -- -- b --", "a -- b -- ", 0, false},
        {"a --", "a ", 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP_TEXT struct text got = TEXT_INIT(256);
        struct operand_values values = {0};
        struct error err = {.message = ""};

        if (!parse_by(&operand_table, cases[i].line, &values, &err))
            fail_msg("%s: %s", cases[i].line, err.message);
        for (size_t j = 0; j < values.operands.count; j++)
            text_addf(&got, "%s ", values.operands.items[j]);
        assert_string_equal(text_get(&got), cases[i].operands);
        assert_int_equal(values.output, cases[i].output);
        assert_int_equal(values.force, cases[i].force);
    }
}

static void test_wrong_usage_of_letters(void **state)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"-o", "\"--output\" needs a value"},
        {"-o=", "\"--output\" needs a value that is not empty"},
        {"-o --force", "\"--output\" needs a value, but \"--force\" follows; write "
                       "\"--output=VALUE\""},
        {"-o jsno", "\"--output\" must be one of text, json, not \"jsno\"; did you mean "
                    "\"json\"?"},
        {"-o json --output json", "\"--output\" was given twice; keep one of them"},
        {"-fo json", "\"--force\" takes no value"},
        {"a -x", "unknown option \"-x\"; options begin with two dashes"},
        {"a --ouptut", "unknown option \"--ouptut\"; did you mean \"--output\"?"},
    };
    char empty[] = "";
    char *words[] = {empty};
    struct operand_values values;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        values = (struct operand_values){0};
        if (parse_by(&operand_table, cases[i].line, &values, &err))
            fail_msg("%s: accepted", cases[i].line);
        assert_string_equal(err.message, cases[i].message);
    }
    assert_false(options_parse(&operand_table, 1, words, &values, &err));
    assert_string_equal(err.message, "an argument is empty; remove it");
}

static void test_help_of_letters(void **state)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(4096);

    (void)state;
    options_help(&operand_table, &text);
    assert_string_equal(text_get(&text), "  --output, -o text|json\n"
                                         "        a format (default text)\n"
                                         "  --force, -f\n"
                                         "        a flag\n");
}

/* However long an argument is, the message stays a line that can be read. */
static void test_long_argument(void **state)
{
    char argument[5000];
    char *words[] = {argument};
    struct values values;
    struct error err;

    (void)state;
    memset(argument, 'x', sizeof argument - 1);
    argument[sizeof argument - 1] = '\0';
    memcpy(argument, "--", 2);
    assert_false(options_parse(&table, 1, words, &values, &err));
    assert_true(strlen(err.message) < 200);
    memcpy(argument, "--file=", 7);
    assert_true(options_parse(&table, 1, words, &values, &err));
    assert_int_equal(strlen(values.file), sizeof argument - 1 - 7);
}

static void test_help(void **state)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(4096);

    (void)state;
    options_help(&table, &text);
    assert_string_equal(text_get(&text), "  --file FILE\n"
                                         "        a file (required)\n"
                                         "  --bind-address HOST:PORT\n"
                                         "        an address\n"
                                         "        in two lines (default :8443)\n"
                                         "  --days N\n"
                                         "        some days (default 365)\n"
                                         "  --memory SIZE\n"
                                         "        some memory (default 64Mi)\n"
                                         "  --mode enforce|warn\n"
                                         "        a mode (default enforce)\n"
                                         "  --force\n"
                                         "        a flag\n");
}

/* Every command's table: what its help shows as the default is accepted, names are unique. */
static void test_command_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct option_table *known = &command_table[i]->options;
        CLEANUP_TEXT struct text text = TEXT_INIT(16384);

        assert_true(known->count <= 64);
        for (size_t j = 0; j < known->count; j++) {
            const struct option *option = &known->options[j];

            assert_false(option->required && option->default_text);
            assert_true(option_summary(option).len > 3 && option_summary(option).len < 160);
            assert_int_not_equal(option->letter, 'h');
            assert_true(option->kind == OPTION_FLAG || option->kind == OPTION_CHOICE ||
                        option->metavar);
            assert_true(option->kind != OPTION_CHOICE || option->choices);
            for (size_t k = 0; k < j; k++) {
                assert_string_not_equal(option->name, known->options[k].name);
                assert_true(!option->letter || option->letter != known->options[k].letter);
            }
        }
        command_help_one(command_table[i], &text);
        assert_false(text.truncated);
        /* What completion makes of the table. */
        assert_int_equal(command_table[i]->operands != NULL,
                         command_table[i]->operand_kind != OPERAND_NONE);
        assert_int_equal(command_table[i]->operand_choices != NULL,
                         command_table[i]->operand_kind == OPERAND_CHOICE);
        for (const char *line = text_get(&text); *line != '\0'; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= 100);
    }
}

static const char *name_found(const char *first, const char *second)
{
    char one[64];
    char two[64];
    char *words[] = {one, two};
    struct error err;
    int count;
    const struct command *command;

    snprintf(one, sizeof one, "%s", first);
    snprintf(two, sizeof two, "%s", second ? second : "");
    command = command_find(second ? 2 : 1, words, &count, &err);
    if (!command) {
        static struct error last;

        last = err;
        return last.message;
    }
    assert_int_equal(count, strchr(command->name, ' ') ? 2 : 1);
    return command->name;
}

static void test_find_command(void **state)
{
    struct error err;
    int count;

    (void)state;
    assert_string_equal(name_found("serve", NULL), "serve");
    assert_string_equal(name_found("serve", "issue"), "serve");
    assert_string_equal(name_found("certs", "issue"), "certs issue");
    assert_string_equal(name_found("--help", NULL), "help");
    assert_string_equal(name_found("-h", NULL), "help");
    assert_string_equal(name_found("--version", NULL), "version");
    assert_string_equal(name_found("certs", NULL),
                        "\"certs\" is not a whole command; there is \"certs issue\", \"certs "
                        "create\", \"certs patch\", \"certs renew\"");
    assert_string_equal(name_found("certs", "isue"),
                        "unknown command \"certs isue\"; did you mean \"certs issue\"?");
    assert_string_equal(name_found("sevre", "x"),
                        "unknown command \"sevre\"; did you mean \"serve\"?");
    assert_string_equal(name_found("\x07", NULL),
                        "unknown command \"\\u0007\"; \"hostdev-webhook help\" lists them");
    assert_null(command_find(0, NULL, &count, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_is_no_size),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_long_argument),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_command_tables),
        cmocka_unit_test(test_find_command),
        cmocka_unit_test(test_operands),
        cmocka_unit_test(test_wrong_usage_of_letters),
        cmocka_unit_test(test_help_of_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
