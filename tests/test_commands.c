/* SPDX-License-Identifier: Apache-2.0 */
/* The program as people type it: help, version, certs issue, and what is wrong usage. */
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#define RUN(...) run_program((const char *const[]){__VA_ARGS__, NULL})

static bool has(const char *text, const char *part)
{
    return text && strstr(text, part);
}

/* All went well, and it is on stdout alone. */
static void assert_printed(struct run_result result, const char *part)
{
    if (result.exit_code != 0 || !has(result.out, part))
        fail_msg("exit code %d, no \"%s\" in: %s", result.exit_code, part,
                 result.out ? result.out : "");
    assert_true(!result.err || result.err[0] == '\0');
    run_result_free(&result);
}

/* One line on stderr and nothing else. */
static void assert_refused(struct run_result result, int exit_code, const char *part)
{
    if (result.exit_code != exit_code || !has(result.err, part))
        fail_msg("exit code %d, no \"%s\" in: %s", result.exit_code, part,
                 result.err ? result.err : "");
    assert_int_equal(strcspn(result.err, "\n"), strlen(result.err) - 1);
    assert_true(!result.out || result.out[0] == '\0');
    run_result_free(&result);
}

static void test_help(void **state)
{
    (void)state;
    assert_printed(RUN("help"), "Usage: hostdev-webhook COMMAND");
    assert_printed(RUN("--help"), "Usage: hostdev-webhook COMMAND");
    assert_printed(RUN("-h"), "Usage: hostdev-webhook COMMAND");
    assert_printed(RUN("help", "serve"), "--duplicate-resource-names deny|warn");
    assert_printed(RUN("serve", "--help"), "--duplicate-resource-names deny|warn");
    assert_printed(RUN("serve", "--mode", "warn", "-h"), "Usage: hostdev-webhook serve [OPTIONS]");
    assert_printed(RUN("help", "certs", "issue"), "Usage: hostdev-webhook certs issue [OPTIONS]");
    assert_printed(RUN("help", "help"), "Usage: hostdev-webhook help [COMMAND]");
    assert_refused(RUN("help", "srve"), 2, "did you mean \"serve\"?");
    assert_refused(RUN("help", "serve", "version"), 2, "one command at a time");
}

static void test_version(void **state)
{
    static const char *const parts[] = {"hostdev-webhook ", "\nlibmicrohttpd ", "\nGnuTLS ",
                                        "\nOpenSSL ",       "\nlibcurl ",       "\njansson ",
                                        "\nlibyaml "};

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_printed(RUN("version"), parts[i]);
    assert_printed(RUN("--version"), "hostdev-webhook " HOSTDEV_WEBHOOK_VERSION "\n");
    assert_refused(RUN("version", "now"), 2, "unexpected argument \"now\"");
}

static void test_wrong_usage(void **state)
{
    (void)state;
    assert_refused(run_program((const char *const[]){NULL}), 2, "no command given");
    assert_refused(RUN("sevre"), 2, "unknown command \"sevre\"; did you mean \"serve\"?");
    assert_refused(RUN("certs"), 2, "\"certs issue\"");
    assert_refused(RUN("serve", "--tls-crt-file", "a"), 2,
                   "serve: unknown option \"--tls-crt-file\"; did you mean \"--tls-cert-file\"?");
    assert_refused(RUN("serve", "--", "--help"), 2, "unexpected argument \"--help\"");
}

static void test_object_names(void **state)
{
    (void)state;
    assert_refused(RUN("certs", "create", "--host", "a", "--secret", "A_b"), 2,
                   "--secret: \"A_b\" is no name that an object can have: at most 253 lower-case "
                   "letters, digits, '-' and '.', ");
    assert_refused(RUN("certs", "create", "--host", "a", "--secret", "a.b", "--namespace", "a.b"),
                   2,
                   "--namespace: \"a.b\" is no name that a namespace can have: at most 63 "
                   "lower-case letters, digits and '-', ");
    assert_refused(RUN("certs", "create", "--host", "a", "--secret", "a", "--context", "b"), 2,
                   "certs create: --context chooses from a kubeconfig: give --kubeconfig too\n");
}

static void test_certs_issue(void **state)
{
    static const char *const keys[] = {"made/here/tls.key", "made/here/ca.key"};
    struct temp_dir dir;
    struct temp_path file;
    struct stat status;

    (void)state;
    temp_dir_make(&dir);
    file = temp_path(&dir, "made/here");
    assert_refused(RUN("certs", "issue", "--dir", file.text, "--host", "a b"), 2, "--host: ");
    assert_refused(RUN("certs", "issue", "--dir", file.text), 2, "\"--host NAME[,NAME...]\"");
    assert_refused(RUN("certs", "issue", "--dir", file.text, "--host", "a", "--days", "0"), 2,
                   "\"--days\" needs a whole number from 1 to 36500");
    assert_printed(RUN("certs", "issue", "--dir", file.text, "--host", "localhost,::1"), "");
    for (size_t i = 0; i < 2; i++) {
        struct temp_path made = temp_path(&dir, keys[i]);

        assert_int_equal(stat(made.text, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    /* The CA that clients trust by now is not replaced by accident. */
    assert_refused(RUN("certs", "issue", "--dir", file.text, "--host", "localhost"), 1, "--force");
    assert_printed(RUN("certs", "issue", "--dir", file.text, "--host", "localhost", "--force"), "");
    temp_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),        cmocka_unit_test(test_version),
        cmocka_unit_test(test_wrong_usage), cmocka_unit_test(test_object_names),
        cmocka_unit_test(test_certs_issue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
