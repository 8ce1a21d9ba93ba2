/* SPDX-License-Identifier: Apache-2.0 */
/* `hostdev-webhook check` as people type it: what it prints where, and how it ends. */
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char vm[] = "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"
                         "metadata: {name: vm}\nspec:\n  template:\n    spec:\n      domain:\n"
                         "        devices:\n          hostDevices:\n"
                         "          - {deviceName: intel.com/qat, name: a}\n";
static const char bad_vm[] = "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"
                             "metadata: {name: vm}\nspec:\n  template:\n    spec:\n"
                             "      domain:\n        devices:\n          gpus:\n"
                             "          - {deviceName: intel.com/quat, name: a}\n";
static const char butane[] =
    "variant: openshift\nversion: 4.17.0\nmetadata:\n  labels:\n"
    "    machineconfiguration.openshift.io/role: worker\nstorage:\n  files:\n"
    "  - path: /etc/a\n    contents: {local: vm.yaml}\n"
    "  - path: /etc/b\n    contents: {local: gone.conf}\n"
    "  - path: /etc/c\n    contents: {local: ../vm.yaml}\n";
static const char misplaced[] = "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"
                                "metadata: {name: vm}\nspec: {domain: {devices: {gpus: []}}}\n";

static struct temp_dir dir;

static int setup(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    temp_write(&dir, "vm.yaml", vm);
    temp_write(&dir, "bad.yaml", bad_vm);
    temp_write(&dir, "misplaced.yaml", misplaced);
    temp_write(&dir, "broken.yaml", "a: [\n");
    temp_write(&dir, "pod.json", "{\"kind\": \"Pod\"}\n");
    temp_make_dir(&dir, "folder");
    temp_write(&dir, "folder/vm.yaml", vm);
    temp_write(&dir, "x.bu", butane);
    temp_write(&dir, "empty.yaml", "");
    temp_link(&dir, "folder/loop", ".");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

/* Runs `check ARGUMENTS`, split at blanks; what begins with @ is a file of the folder's. */
static struct run_result check(const char *arguments)
{
    struct temp_path paths[8];
    const char *words[16] = {"check"};
    size_t path_count = 0, count = 1;
    char copy[512];

    snprintf(copy, sizeof copy, "%s", arguments);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        assert_true(count + 1 < COUNT(words) && path_count < COUNT(paths));
        if (word[0] == '@') {
            paths[path_count] = temp_path(&dir, word + 1);
            words[count++] = paths[path_count++].text;
        } else {
            words[count++] = word;
        }
    }
    return run_program(words);
}

#define LIST "fixtures/hyperconverged.yaml"
#define NO_LIST                                                                              \
    "note: the device names of 1 object were not judged: there is no HyperConverged and no " \
    "KubeVirt among the files; name one with --hyperconverged FILE\n"

static const struct {
    const char *arguments;
    int exit_code;
    const char *out; /* a part of it; NULL: there is nothing */
    const char *err; /* all of it, or a part when it begins with "…" */
} runs[] = {
    {"@vm.yaml " LIST, 0, NULL, "2 files, 2 objects, 0 skipped: 0 denied, 0 warned\n"},
    {LIST " @bad.yaml", 1, ":10:26: deny: VirtualMachine vm [device-not-permitted]\n",
     "2 files, 2 objects, 0 skipped: 1 denied, 0 warned\n"},
    {"--hyperconverged " LIST " @bad.yaml @pod.json", 1, "(did you mean \"intel.com/qat\"?)",
     "2 files, 1 object, 1 skipped: 1 denied, 0 warned\n"},
    {"@bad.yaml", 0, NULL, NO_LIST "1 file, 1 object, 0 skipped: 0 denied, 0 warned\n"},
    {"@misplaced.yaml", 0, "warn: VirtualMachine vm [devices-misplaced]",
     "1 file, 1 object, 0 skipped: 0 denied, 1 warned\n"},
    {"@misplaced.yaml --fail-on warn", 1, "warn: VirtualMachine vm [devices-misplaced]",
     "1 file, 1 object, 0 skipped: 0 denied, 1 warned\n"},
    /* By the system's pci.ids. */
    {"tests/readme/slip.yaml --fail-on warn", 0,
     ":10:21: hint: HyperConverged openshift-cnv/kubevirt-hyperconverged [pci-name-differs]\n",
     "1 file, 1 object, 0 skipped: 0 denied, 0 warned, 1 hint\n"},
    {"@folder -o json " LIST, 0, "\"verdict\":\"allow\"",
     "2 files, 2 objects, 0 skipped: 0 denied, 0 warned\n"},
    {"@broken.yaml @bad.yaml " LIST, 2,
     "deny: ", "3 files, 2 objects, 0 skipped: 1 denied, 0 warned, 1 file not readable\n"},
    {"@gone.yaml -ogithub @vm.yaml " LIST, 2, "title=unreadable::No such file or directory\n",
     "3 files, 2 objects, 0 skipped: 0 denied, 0 warned, 1 file not readable\n"},
    {"@broken.yaml @gone.yaml", 2, "broken.yaml:2:1: error: ",
     "2 files, 0 objects, 0 skipped: 0 denied, 0 warned, 2 files not readable\n"},
    {"", 2, NULL,
     "hostdev-webhook check: there is nothing to check: give files, folders, or - for standard "
     "input, as in \"hostdev-webhook check manifests/\"\n"},
    {"@vm.yaml --hyperconverged @pod.json", 2, NULL, "…holds no HyperConverged"},
    {"@vm.yaml --hyperconverged @gone", 2, NULL, "…: No such file or directory\n"},
    {"@x.bu --files-dir @gone", 2, NULL, "…/gone: No such file or directory\n"},
    {"@x.bu --files-dir @vm.yaml", 2, NULL, "…/vm.yaml: this is no folder\n"},
    {"@x.bu", 0, NULL, "1 file, 1 object, 0 skipped: 0 denied, 0 warned\n"},
    {"@empty.yaml", 0, NULL, "1 file, 0 objects, 0 skipped: 0 denied, 0 warned\n"},
    {"@vm.yaml @folder/../vm.yaml @folder " LIST " " LIST, 0, NULL,
     "3 files, 3 objects, 0 skipped: 0 denied, 0 warned\n"},
    {"@vm.yaml --hyperconverged - -", 2, NULL,
     "hostdev-webhook check: \"-\" and \"--hyperconverged -\" are both standard input, which "
     "is read only once; write one of them to a file\n"},
    {"@vm.yaml - -", 2, NULL, "…\"-\" stands there twice"},
    {"@vm.yaml -o xml", 2, NULL, "…\"--output\" must be one of text, json, junit, sarif, "},
    {"@vm.yaml --fail-on error", 2, NULL, "…\"--fail-on\" must be one of warn, deny"},
    {"-x @vm.yaml", 2, NULL, "…unknown option \"-x\""},
    {"-- --fail-on", 2, "--fail-on: error: No such file or directory\n",
     "1 file, 0 objects, 0 skipped: 0 denied, 0 warned, 1 file not readable\n"},
};

static void test_how_it_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(runs); i++) {
        struct run_result result = check(runs[i].arguments);
        const char *err = result.err ? result.err : "";
        const char *out = result.out ? result.out : "";
        bool good = result.exit_code == runs[i].exit_code;

        good = good && (runs[i].out ? strstr(out, runs[i].out) != NULL : out[0] == '\0');
        good = good && (strncmp(runs[i].err, "…", 3) == 0 ? strstr(err, runs[i].err + 3) != NULL
                                                          : strcmp(err, runs[i].err) == 0);
        if (!good)
            fail_msg("check %s: exit code %d\n%s\n%s", runs[i].arguments, result.exit_code, out,
                     err);
        run_result_free(&result);
    }
}

/* --- standard input -------------------------------------------------------------------------- */

static const char *input;

/* In the child: standard input becomes that file, through a pipe, whose bytes come once. */
static void feed(void)
{
    int fd = open(input, O_RDONLY);
    char bytes[4096];
    int ends[2];
    ssize_t len = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);

    if (len < 0 || pipe(ends) < 0 || write(ends[1], bytes, (size_t)len) != len ||
        dup2(ends[0], STDIN_FILENO) < 0)
        _exit(99);
    close(ends[1]);
    close(ends[0]);
    close(fd);
}

/* Read once, and looked at twice: for its list, and for its faults. */
static void test_standard_input(void **state)
{
    char both[4096];
    struct temp_path path = temp_path(&dir, "both");
    struct run_result result;
    char *list = temp_read(LIST, NULL);

    (void)state;
    snprintf(both, sizeof both, "%s---\n%s", list, bad_vm);
    free(list);
    temp_write(&dir, "both", both);
    input = path.text;
    server_before_exec = feed;
    result = check("-");
    server_before_exec = NULL;
    assert_int_equal(result.exit_code, 1);
    assert_true(strncmp(result.out, "<stdin>:", 8) == 0);
    assert_non_null(strstr(result.out, ": deny: VirtualMachine vm [device-not-permitted]\n"));
    assert_string_equal(result.err, "1 file, 2 objects, 0 skipped: 1 denied, 0 warned\n");
    run_result_free(&result);
}

static void test_standard_input_with_the_list(void **state)
{
    struct run_result result;

    (void)state;
    input = LIST;
    server_before_exec = feed;
    result = check("--hyperconverged - @bad.yaml");
    server_before_exec = NULL;
    assert_int_equal(result.exit_code, 1);
    assert_non_null(strstr(result.out, ": deny: VirtualMachine vm [device-not-permitted]\n"));
    assert_string_equal(result.err, "1 file, 1 object, 0 skipped: 1 denied, 0 warned\n");
    run_result_free(&result);
}

/* A command that failed has written nothing. */
static void test_standard_input_that_is_empty(void **state)
{
    struct run_result result;

    (void)state;
    input = "/dev/null";
    server_before_exec = feed;
    result = check("-");
    server_before_exec = NULL;
    assert_int_equal(result.exit_code, 2);
    assert_string_equal(result.out, "<stdin>: error: standard input is empty; see whether the "
                                    "command that should write to it failed\n");
    run_result_free(&result);
}

/* --- local files ----------------------------------------------------------------------------- */

/* butane would fail for them; told on standard error, and by the formats that have notes. */
static void test_local_files_that_are_not_there(void **state)
{
    static const struct {
        const char *format, *part;
    } rows[] = {
        {"text", ""},
        {"junit", "<testcase"},
        {"json", "\"skipped\":0,\"notes\":[{\"message\":\"the local file \\\"gone.conf\\\" can't"},
        {"json", "No such file or directory\",\"line\":11,\"column\":23},{\"message\":"},
        {"sarif",
         "\"toolExecutionNotifications\":[{\"level\":\"note\",\"message\":{\"text\":\"the "},
        {"sarif", "\"region\":{\"startLine\":13,\"startColumn\":23}}}]}]}]}]}\n"},
        {"github", "line=11,col=23,title=note::the local file \"gone.conf\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct run_result result;
        char arguments[100];

        snprintf(arguments, sizeof arguments, "--files-dir @folder @x.bu -o %s", rows[i].format);
        result = check(arguments);
        assert_int_equal(result.exit_code, 0);
        if (!strstr(result.out ? result.out : "", rows[i].part))
            fail_msg("%s: %s", rows[i].format, result.out);
        assert_true(strncmp(result.err, "note: ", 6) == 0);
        assert_non_null(strstr(result.err,
                               "/x.bu:11:23: the local file \"gone.conf\" can't be read from the "
                               "folder of --files-dir, so that butane fails: No such file or "
                               "directory\nnote: "));
        assert_non_null(strstr(result.err, "/x.bu:13:23: the local file \"../vm.yaml\""));
        assert_non_null(strstr(result.err, ": its name leads out of the folder\n1 file, "));
        run_result_free(&result);
    }
}

/* --- where it goes --------------------------------------------------------------------------- */

static void test_no_colour_in_a_pipe(void **state)
{
    struct run_result result = check("@bad.yaml @misplaced.yaml " LIST);

    (void)state;
    assert_int_equal(result.exit_code, 1);
    assert_null(strchr(result.out, '\033'));
    run_result_free(&result);
}

static const char *terminal;
static const char *no_color;

static void open_terminal(void)
{
    int fd = open(terminal, O_RDWR | O_NOCTTY);

    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || setenv("NO_COLOR", no_color, 1) < 0 ||
        setenv("TERM", "xterm", 1) < 0)
        _exit(99);
    close(fd);
}

static void test_colour_on_a_terminal(void **state)
{
    static const char *const values[] = {"", "1"};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        int fd = posix_openpt(O_RDWR | O_NOCTTY);
        char shown[2048] = "";
        struct run_result result;
        ssize_t len;

        assert_true(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0);
        terminal = ptsname(fd);
        no_color = values[i];
        server_before_exec = open_terminal;
        result = check("@bad.yaml " LIST);
        server_before_exec = NULL;
        len = read(fd, shown, sizeof shown - 1);
        assert_true(len > 0);
        assert_int_equal(result.exit_code, 1);
        assert_int_equal(strstr(shown, "\033[1;31mdeny\033[0m: Virt") != NULL, i == 0);
        assert_int_equal(strchr(shown, '\033') != NULL, i == 0);
        run_result_free(&result);
        close(fd);
    }
}

static void fill_the_disk(void)
{
    int fd = open("/dev/full", O_WRONLY);

    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(99);
    close(fd);
}

static void test_a_report_that_cannot_be_written(void **state)
{
    struct run_result result;

    (void)state;
    server_before_exec = fill_the_disk;
    result = check("@bad.yaml " LIST);
    server_before_exec = NULL;
    assert_int_equal(result.exit_code, 2);
    assert_string_equal(result.err, "hostdev-webhook check: can't write the report\n");
    run_result_free(&result);
}

/* The list of a HyperConverged with a fault of its own still counts; one of the wrong type not. */
static void test_lists_among_the_files(void **state)
{
    struct run_result result;

    (void)state;
    temp_write(&dir, "h.yaml",
               "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nmetadata: {name: h}\n"
               "spec:\n  permittedHostDevices:\n    pciHostDevices:\n"
               "    - {pciDeviceSelector: 8086-6f54, resourceName: intel.com/qat}\n");
    result = check("@h.yaml @vm.yaml");
    assert_int_equal(result.exit_code, 1);
    assert_string_equal(result.err, "2 files, 2 objects, 0 skipped: 1 denied, 0 warned\n");
    run_result_free(&result);
    temp_write(&dir, "h.yaml",
               "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nmetadata: {name: h}\n"
               "spec:\n  permittedHostDevices:\n    pciHostDevices: 7\n");
    result = check("@vm.yaml @h.yaml");
    assert_int_equal(result.exit_code, 1);
    assert_non_null(strstr(result.err, "note: the device names of 1 object were not judged: the "
                                       "HyperConverged in "));
    assert_non_null(strstr(result.err, "must be an array, found 7"));
    run_result_free(&result);
}

static void test_policy(void **state)
{
    static const struct {
        const char *arguments;
        int exit_code;
    } rows[] = {
        {"@p.yaml", 1},
        {"--duplicate-resource-names warn @p.yaml", 0},
        {"--duplicate-resource-names warn --fail-on warn @p.yaml", 1},
        {"@none.yaml @vm.yaml", 1},
        {"@none.yaml @vm.yaml --absent-list allow", 0},
    };

    (void)state;
    temp_write(&dir, "p.yaml",
               "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n"
               "  permittedHostDevices:\n    pciHostDevices:\n"
               "    - {pciDeviceSelector: 8086:6f54, resourceName: a.b/c}\n"
               "    - {pciDeviceSelector: 8086:6f55, resourceName: a.b/c}\n");
    temp_write(&dir, "none.yaml", "apiVersion: hco.kubevirt.io/v1\nkind: HyperConverged\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct run_result result = check(rows[i].arguments);

        if (result.exit_code != rows[i].exit_code)
            fail_msg("%s: %d", rows[i].arguments, result.exit_code);
        run_result_free(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_it_ends),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_standard_input_with_the_list),
        cmocka_unit_test(test_standard_input_that_is_empty),
        cmocka_unit_test(test_local_files_that_are_not_there),

        cmocka_unit_test(test_no_colour_in_a_pipe),
        cmocka_unit_test(test_colour_on_a_terminal),
        cmocka_unit_test(test_a_report_that_cannot_be_written),
        cmocka_unit_test(test_lists_among_the_files),
        cmocka_unit_test(test_policy),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
