/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scripts of `completion` in bash, which is everywhere (`make completion-test` has the other
 * shells too), and the manual page's form.
 */
#include "server/commands/command.h"
#include "server/commands/completion.h"
#include "server/commands/manual.h"
#include "tests/support/server_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN(...) run_program((const char *const[]){__VA_ARGS__, NULL})

static void test_bash(void **state)
{
    const char *program = getenv("HOSTDEV_WEBHOOK");
    char path[4096];
    char run[] = "tests/completion/run", shell[] = "bash";
    char *const words[] = {run, path, shell, NULL};
    pid_t child;
    int status = -1;

    (void)state;
    snprintf(path, sizeof path, "%s", program ? program : "build/asan/hostdev-webhook");
    assert_int_equal(posix_spawn(&child, words[0], NULL, NULL, words, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* --- the command ----------------------------------------------------------------------------- */

static void expect(struct run_result result, int exit_code, const char *out, const char *err)
{
    if (result.exit_code != exit_code || (out ? !strstr(result.out, out) : result.out[0] != '\0') ||
        strcmp(result.err, err) != 0)
        fail_msg("exit code %d\n%s\n%s", result.exit_code, result.out, result.err);
    run_result_free(&result);
}

static void test_usage(void **state)
{
    (void)state;
    expect(RUN("completion", "bash"), 0, "\ncomplete -F _hostdev_webhook hostdev-webhook\n", "");
    expect(RUN("completion", "zsh"), 0, "#compdef hostdev-webhook\n", "");
    expect(RUN("completion", "fish"), 0, "\ncomplete -c hostdev-webhook -f\n", "");
    expect(RUN("completion"), 2, NULL,
           "hostdev-webhook completion: give one shell: bash, zsh or fish\n");
    expect(RUN("completion", "bash", "zsh"), 2, NULL,
           "hostdev-webhook completion: give one shell: bash, zsh or fish\n");
    expect(RUN("completion", "fsih"), 2, NULL,
           "hostdev-webhook completion: unknown shell \"fsih\"; did you mean \"fish\"?\n");
    expect(RUN("completion", "power\nshell"), 2, NULL,
           "hostdev-webhook completion: unknown shell \"power\\nshell\"; there is bash, zsh and "
           "fish\n");
    expect(RUN("man"), 0, ".Dt HOSTDEV-WEBHOOK 1\n", "");
    expect(RUN("man", "check"), 2, NULL, "hostdev-webhook man: unexpected argument \"check\"\n");
}

/* --- all that the tables have ---------------------------------------------------------------- */

static void expect_part(const char *what, const struct text *text, const char *part)
{
    if (!strstr(text_get(text), part))
        fail_msg("no \"%s\" in %s", part, what);
}

static void expect_option(const char *what, const struct text *text, const char *dashes,
                          const char *name)
{
    struct text part CLEANUP_TEXT = TEXT_INIT(256);

    text_addf(&part, "%s%s", dashes, name);
    /* roff's own way to write a dash. */
    if (dashes[0] == 'F') {
        text_cut(&part, 0);
        text_add(&part, dashes);
        for (size_t i = 0; name[i] != '\0'; i++)
            text_addf(&part, name[i] == '-' ? "\\-" : "%c", name[i]);
    }
    expect_part(what, text, text_get(&part));
}

static void test_every_option(void **state)
{
    struct text bash CLEANUP_TEXT = TEXT_INIT(262144), zsh CLEANUP_TEXT = TEXT_INIT(262144);
    struct text fish CLEANUP_TEXT = TEXT_INIT(262144), man CLEANUP_TEXT = TEXT_INIT(262144);

    (void)state;
    completion_bash(&bash);
    completion_zsh(&zsh);
    completion_fish(&fish);
    manual_page(&man);
    assert_false(bash.truncated || zsh.truncated || fish.truncated || man.truncated);
    for (size_t i = 0; i < command_count; i++) {
        for (size_t k = 0; k < command_table[i]->options.count; k++) {
            const char *name = command_table[i]->options.options[k].name;

            expect_option("bash", &bash, "--", name);
            expect_option("zsh", &zsh, "--", name);
            expect_option("fish", &fish, "-l ", name);
            expect_option("the manual", &man, "Fl \\-", name);
        }
    }
}

/* No line of the tables becomes a request of roff's. */
static void test_manual_macros(void **state)
{
    static const char *const macros[] = {"Bd", "Bl", "Cm", "Dd", "Dt",  "Ed", "El",
                                         "It", "Nd", "Nm", "Fl", "Op",  "Os", "Pp",
                                         "Ar", "Sh", "Ss", "Xr", "\\\""};
    struct text man CLEANUP_TEXT = TEXT_INIT(262144);

    (void)state;
    manual_page(&man);
    for (const char *line = text_get(&man); *line != '\0'; line += strcspn(line, "\n") + 1) {
        bool known = line[0] != '.' && line[0] != '\'';

        for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++)
            known = known || strncmp(line + 1, macros[i], 2) == 0;
        if (!known)
            fail_msg("%.*s", (int)strcspn(line, "\n"), line);
        for (size_t i = 0; line[i] != '\n'; i++)
            assert_true(line[i] > 0);
    }
}

/* --- descriptions ---------------------------------------------------------------------------- */

static void test_descriptions(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(256);

    (void)state;
    completion_add_description(STR("it's a\nb: [c] \\"), ":[]", "'\\''", &text);
    assert_string_equal(text_get(&text), "it'\\''s a b\\: \\[c\\] \\\\");
}

/* What a word is for can be said of each: of a group of commands, too. */
static void test_every_word_is_described(void **state)
{
    struct completion_word word;
    size_t groups = 0;

    (void)state;
    for (size_t at = 0; completion_next(STR(""), &at, &word);) {
        assert_true(strlen(word.summary) > 10);
        groups += word.goes_on;
    }
    assert_int_equal(groups, 1);
}

static void test_words(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(256);

    (void)state;
    completion_add_words(STR("certs"), &text);
    assert_string_equal(text_get(&text), "issue create patch renew");
    text_cut(&text, 0);
    completion_add_words(STR("cert"), &text);
    completion_add_words(STR("serve"), &text);
    completion_add_words(STR("certs issue"), &text);
    assert_string_equal(text_get(&text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bash),         cmocka_unit_test(test_usage),
        cmocka_unit_test(test_every_option), cmocka_unit_test(test_manual_macros),
        cmocka_unit_test(test_descriptions), cmocka_unit_test(test_every_word_is_described),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
