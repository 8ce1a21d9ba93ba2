/* SPDX-License-Identifier: Apache-2.0 */
/* `check --fix` and `--fix --dry-run` as people type them: what is written, printed, and counted.
 */
#include "tests/support/facts.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define VM_HEAD                                                                       \
    "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: vm}\nspec:\n" \
    "  template:\n    spec:\n      domain:\n        devices:\n          gpus:\n"
#define HCO_HEAD                                                                              \
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nmetadata: {name: h}\nspec:\n" \
    "  permittedHostDevices:\n    pciHostDevices:\n"

static const char good_vm[] = VM_HEAD "          - {deviceName: intel.com/qat, name: a}\n";
static const char nameless[] = VM_HEAD "          - deviceName: intel.com/qat # mine\n";
static const char named[] = VM_HEAD "          - deviceName: intel.com/qat # mine\n"
                                    "            name: gpus1\n";
static const char half[] = VM_HEAD "          - deviceName: Intel.com/qat\n"
                                   "          - {deviceName: intel.com/quat, name: a}\n";
static const char half_fixed[] = VM_HEAD "          - deviceName: intel.com/qat\n"
                                         "            name: gpus1\n"
                                         "          - {deviceName: intel.com/quat, name: a}\n";
static const char alias[] = "x: &d A.b/c\n" VM_HEAD "          - {deviceName: *d, name: a b}\n"
                            "          - {deviceName: intel.com/qat, name: *d}\n";
static const char hco[] =
    HCO_HEAD "    - pciDeviceSelector: '0x8086:0x6f54'\r\n      resourceName: INTEL.com/qat";
static const char hco_fixed[] =
    HCO_HEAD "    - pciDeviceSelector: '8086:6f54'\r\n      resourceName: intel.com/qat";

static struct temp_dir dir;

static int setup(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    temp_write(&dir, "good.yaml", good_vm);
    temp_write(&dir, "nameless.yaml", nameless);
    temp_write(&dir, "half.yaml", half);
    temp_write(&dir, "alias.yaml", alias);
    temp_write(&dir, "hco.yaml", hco);
    temp_write(&dir, "broken.yaml", "a: [\n");
    temp_make_dir(&dir, "folder");
    temp_write(&dir, "folder/real.yaml", nameless);
    temp_link(&dir, "link.yaml", "folder/real.yaml");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static void go_there(void)
{
    if (chdir(dir.path) < 0)
        _exit(99);
}

/* Runs `check ARGUMENTS`, split at blanks, in the folder. */
static struct run_result check(const char *arguments)
{
    const char *words[16] = {"check"};
    struct run_result result;
    size_t count = 1;
    char copy[512];

    snprintf(copy, sizeof copy, "%s", arguments);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        assert_true(count + 1 < COUNT(words));
        words[count++] = word;
    }
    if (!server_before_exec)
        server_before_exec = go_there;
    result = run_program(words);
    server_before_exec = NULL;
    return result;
}

static void expect_file(const char *name, const char *text)
{
    char *got = temp_read(temp_path(&dir, name).text, NULL);

    assert_true(text_check(name, text, got));
    free(got);
}

/* `out` is a part of the report; NULL: there is none. */
static void expect(const char *arguments, int exit_code, const char *out, const char *err)
{
    struct run_result result = check(arguments);
    bool good = out ? strstr(result.out, out) != NULL : !result.out || result.out[0] == '\0';

    if (result.exit_code != exit_code || !good || strcmp(result.err, err) != 0)
        fail_msg("check %s: exit code %d\n%s\n%s", arguments, result.exit_code, result.out,
                 result.err);
    run_result_free(&result);
}

#define NO_LIST                                                                              \
    "note: the device names of 1 object were not judged: there is no HyperConverged and no " \
    "KubeVirt among the files; name one with --hyperconverged FILE\n"

static void test_what_is_written(void **state)
{
    (void)state;
    expect("--fix good.yaml hco.yaml", 0, NULL,
           "2 files, 2 objects, 0 skipped: 0 denied, 0 warned, 2 repaired\n");
    expect_file("hco.yaml", hco_fixed);
    expect_file("good.yaml", good_vm);
    expect("--fix half.yaml nameless.yaml hco.yaml", 1,
           "half.yaml:12:26: deny: VirtualMachine vm [device-not-permitted]\n",
           "3 files, 3 objects, 0 skipped: 1 denied, 0 warned, 3 repaired\n");
    expect_file("half.yaml", half_fixed);
    expect_file("nameless.yaml", named);
    expect("--fix half.yaml nameless.yaml hco.yaml", 1, "deny",
           "3 files, 3 objects, 0 skipped: 1 denied, 0 warned, 0 repaired\n");
    expect_file("half.yaml", half_fixed);
}

/* The names of a list are compared as they will be, so that two repairs never undo each other. */
static void test_the_list_is_the_repaired_one(void **state)
{
    (void)state;
    expect("--fix --dry-run half.yaml hco.yaml", 1, "+          - deviceName: intel.com/qat\n",
           "2 files, 2 objects, 0 skipped: 1 denied, 0 warned, 4 could be repaired\n");
    /* A name that is no resource name itself is not handed on. */
    expect("--fix hco.yaml --hyperconverged hco.yaml good.yaml", 1, "write \"INTEL.com/qat\"",
           "2 files, 2 objects, 0 skipped: 1 denied, 0 warned, 2 repaired\n");
    expect_file("good.yaml", good_vm);
}

static void test_every_format(void **state)
{
    static const struct {
        const char *format, *part;
    } rows[] = {
        {"text", "(not repaired: its value stands where an alias puts it, too)"},
        {"json", ",\"unjudged\":1,\"repaired\":0,\"unwritten\":0}"},
        {"github", "name: Invalid value: \"A.b/c\": only"},
    };

    (void)state;
    temp_write(&dir, "alias.yaml",
               "x: &d [{deviceName: a.b/c, name: a b}]\napiVersion: kubevirt.io/v1\n"
               "kind: VirtualMachine\nspec: {template: {spec: {domain: {devices: {gpus: *d}}}}}\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char arguments[100];

        snprintf(arguments, sizeof arguments, "--fix alias.yaml -o %s", rows[i].format);
        expect(arguments, 1, i == 2 ? "(not repaired: its value" : rows[i].part,
               NO_LIST "1 file, 1 object, 0 skipped: 1 denied, 0 warned, 0 repaired\n");
    }
}

static void test_links_and_modes(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(chmod(temp_path(&dir, "folder/real.yaml").text, 0640), 0);
    expect("--fix link.yaml", 0, NULL,
           NO_LIST "1 file, 1 object, 0 skipped: 0 denied, 0 warned, 1 repaired\n");
    expect_file("folder/real.yaml", named);
    assert_int_equal(lstat(temp_path(&dir, "link.yaml").text, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat(temp_path(&dir, "link.yaml").text, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
}

static void test_what_can_not_be_read(void **state)
{
    (void)state;
    expect("--fix broken.yaml nameless.yaml", 2, "broken.yaml:2:1: error: ",
           NO_LIST "2 files, 1 object, 0 skipped: 0 denied, 0 warned, 1 file not readable, "
                   "1 repaired\n");
    expect_file("broken.yaml", "a: [\n");
    expect_file("nameless.yaml", named);
}

static void test_usage(void **state)
{
    (void)state;
    expect("--dry-run good.yaml", 2, NULL,
           "hostdev-webhook check: \"--dry-run\" says how \"--fix\" is meant; give both\n");
    expect("--fix -", 2, NULL,
           "hostdev-webhook check: standard input can't be written back; name a file, or add "
           "\"--dry-run\" for a diff\n");
    expect("--fix --dry-run -o json good.yaml", 2, NULL,
           "hostdev-webhook check: \"--dry-run\" prints a diff in place of the report; leave "
           "\"--output\" out\n");
}

/* --- what is not written --------------------------------------------------------------------- */

#define DIFF                                                      \
    "--- a/nameless.yaml\n+++ b/nameless.yaml\n@@ -8,3 +8,4 @@\n" \
    "         devices:\n           gpus:\n"                       \
    "           - deviceName: intel.com/qat # mine\n+            name: gpus1\n"

static void test_dry_run(void **state)
{
    (void)state;
    expect("--fix --dry-run nameless.yaml", 1, DIFF,
           NO_LIST "1 file, 1 object, 0 skipped: 0 denied, 0 warned, 1 could be repaired\n");
    expect_file("nameless.yaml", nameless);
    expect("--fix --dry-run good.yaml", 0, NULL,
           NO_LIST "1 file, 1 object, 0 skipped: 0 denied, 0 warned, 0 could be repaired\n");
}

static void test_dry_run_tells_what_it_can_not_do(void **state)
{
    struct run_result result = check("--fix --dry-run alias.yaml broken.yaml");

    (void)state;
    assert_int_equal(result.exit_code, 2);
    assert_non_null(strstr(result.err, "broken.yaml:2:1: error: "));
    assert_non_null(strstr(result.err, "1 file not readable, 1 could be repaired\n"));
    assert_non_null(strstr(
        result.err, "note: alias.yaml:12:47: spec.template.spec.domain.devices.gpus[1].name: not "
                    "repaired: its value comes from an alias\n"));
    run_result_free(&result);
}

static const char *input;

static void feed(void)
{
    int fd = open(input, O_RDONLY);

    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
        _exit(99);
    close(fd);
}

static void test_dry_run_of_standard_input(void **state)
{
    struct temp_path path = temp_path(&dir, "nameless.yaml");

    (void)state;
    input = path.text;
    server_before_exec = feed;
    expect("--fix --dry-run -", 1, "--- a/<stdin>\n+++ b/<stdin>\n@@ -8,3 +8,4 @@\n",
           NO_LIST "1 file, 1 object, 0 skipped: 0 denied, 0 warned, 1 could be repaired\n");
}

/* Runs a program in the folder with the file `diff` there as its input; its exit code. */
static int run_there(const char *const *words)
{
    int status = 1;
    pid_t pid = fork();

    if (pid == 0) {
        int fd = chdir(dir.path) == 0 ? open("diff", O_RDONLY) : -1;

        if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
            _exit(98);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(99);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

/* Prints a diff, and gives it to a program that carries it out in the folder. */
static void carry_out(const char *arguments, const char *const *words)
{
    struct run_result result = check(arguments);

    temp_write(&dir, "diff", result.out);
    run_result_free(&result);
    assert_int_equal(run_there(words), 0);
}

static const char *const patch[] = {"patch",    "--quiet", "--batch", "--binary",
                                    "--fuzz=0", "-p1",     NULL};

/* A link, an absolute path, and one with steps upwards: the file itself is what is named. */
static void test_names_in_diffs(void **state)
{
    static const char *const git[] = {"git", "apply", NULL};
    static const char *const version[] = {"git", "--version", NULL};
    static const char *const names[] = {"link.yaml", "folder/../folder/real.yaml", "./link.yaml",
                                        "link.yaml folder"};
    char absolute[512];
    bool has_git;

    (void)state;
    temp_write(&dir, "diff", "");
    has_git = run_there(version) == 0;
    snprintf(absolute, sizeof absolute, "--fix --dry-run %s",
             temp_path(&dir, "folder/real.yaml").text);
    for (size_t i = 0; i <= 2 * COUNT(names) + 1; i++) {
        char arguments[100];

        temp_write(&dir, "folder/real.yaml", nameless);
        snprintf(arguments, sizeof arguments, "--fix --dry-run %s", names[i / 2 % COUNT(names)]);
        carry_out(i / 2 < COUNT(names) ? arguments : absolute, i % 2 && has_git ? git : patch);
        expect_file("folder/real.yaml", named);
    }
}

static void go_into_the_folder(void)
{
    if (chdir(temp_path(&dir, "folder").text) < 0)
        _exit(99);
}

/* From the root on, where `patch -d / -p1` finds it. */
static void test_names_outside_of_the_folder(void **state)
{
    static const char *const from_the_root[] = {
        "patch", "--quiet", "--batch", "--binary", "--fuzz=0", "-d", "/", "-p1", NULL};

    (void)state;
    server_before_exec = go_into_the_folder;
    carry_out("--fix --dry-run ../nameless.yaml", from_the_root);
    expect_file("nameless.yaml", named);
}

/* The diff of many files makes of them what --fix does. */
static void test_patch_does_the_same(void **state)
{
    (void)state;
    carry_out("--fix --dry-run half.yaml nameless.yaml hco.yaml folder", patch);
    expect_file("half.yaml", half_fixed);
    expect_file("nameless.yaml", named);
    expect_file("hco.yaml", hco_fixed);
    expect_file("folder/real.yaml", named);
}

/* --- what can't be written ------------------------------------------------------------------- */

static void test_a_pipe(void **state)
{
    struct temp_path path = temp_path(&dir, "pipe");
    pid_t pid;
    int status;

    (void)state;
    assert_int_equal(mkfifo(path.text, 0600), 0);
    pid = fork();
    if (pid == 0) {
        int fd = open(path.text, O_WRONLY);

        _exit(fd >= 0 && write(fd, nameless, sizeof nameless - 1) == sizeof nameless - 1 ? 0 : 1);
    }
    expect("--fix pipe", 2, "[name-required]\n",
           "note: pipe: not repaired, as it can't be written: it is no file on a disk\n" NO_LIST
           "1 file, 1 object, 0 skipped: 1 denied, 0 warned, 0 repaired, 1 file not writable\n");
    assert_true(waitpid(pid, &status, 0) == pid && status == 0);
}

/* The program is named from the project's root, and run elsewhere. */
static int name_program(void **state)
{
    const char *name = getenv("HOSTDEV_WEBHOOK");
    char *path = realpath(name ? name : "build/asan/hostdev-webhook", NULL);
    int failed = path ? setenv("HOSTDEV_WEBHOOK", path, 1) : -1;

    (void)state;
    free(path);
    return failed;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_written),
        TEST(test_the_list_is_the_repaired_one),
        TEST(test_every_format),
        TEST(test_links_and_modes),
        TEST(test_what_can_not_be_read),
        TEST(test_usage),
        TEST(test_dry_run),
        TEST(test_dry_run_tells_what_it_can_not_do),
        TEST(test_dry_run_of_standard_input),
        TEST(test_names_in_diffs),
        TEST(test_names_outside_of_the_folder),
        TEST(test_patch_does_the_same),
        TEST(test_a_pipe),
    };

    return cmocka_run_group_tests(tests, name_program, NULL);
}
