/* SPDX-License-Identifier: Apache-2.0 */
/* The line that says how far `check` is: on a terminal, and nowhere else. */
#include "server/check/progress.h"
#include "server/commands/command.h"
#include "tests/support/facts.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct temp_dir dir;

static int setup(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    temp_write(&dir, "a.yaml", "kind: Pod\n");
    temp_write(&dir, "b.yaml",
               "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"
               "spec: {template: {spec: {domain: {devices: {gpus: [{name: a}]}}}}}\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

struct ends {
    int out, err; /* what the command prints to */
};

/* The command, in a process of its own, with no time to wait. */
static pid_t start(struct ends ends, const char *terminal, long long delay_ms)
{
    char check[] = "check";
    char *arguments[] = {check, dir.path, NULL};
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    progress_delay_ms = delay_ms;
    if (dup2(ends.out, STDOUT_FILENO) < 0 || dup2(ends.err, STDERR_FILENO) < 0 ||
        setenv("TERM", terminal, 1) < 0 || setenv("NO_COLOR", "1", 1) < 0)
        _exit(99);
    _exit(command_run(2, arguments));
}

/* All that comes, up to the end, which a terminal tells as an error. */
static void read_all(int fd, struct text *text)
{
    char bytes[1000];
    ssize_t len;

    while ((len = read(fd, bytes, sizeof bytes)) > 0)
        text_add_str(text, (struct str){bytes, (size_t)len});
    assert_true(len == 0 || errno == EIO);
}

static void end(pid_t pid)
{
    int status = 0;

    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static int open_terminal(int *ret_slave)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY);

    assert_true(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0);
    *ret_slave = open(ptsname(fd), O_RDWR | O_NOCTTY);
    assert_true(*ret_slave >= 0);
    return fd;
}

#define SUMMARY "2 files, 1 object, 1 skipped: 1 denied, 0 warned"

/* What is printed on a terminal; standard output, too, or not. */
static void show(bool both, const char *terminal, long long delay_ms, struct text *text)
{
    int null = open("/dev/null", O_WRONLY);
    int slave;
    int fd = open_terminal(&slave);
    pid_t pid = start((struct ends){both ? slave : null, slave}, terminal, delay_ms);

    close(slave);
    close(null);
    read_all(fd, text);
    close(fd);
    end(pid);
}

static void test_on_a_terminal(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(10000);

    (void)state;
    show(false, "xterm", 0, &text);
    assert_true(text_check(
        "a terminal",
        "\rlooked through 0 of 2 files\033[K\rlooked through 1 of 2 files\033[K"
        "\rchecked 0 of 2 files\033[K\rchecked 1 of 2 files\033[K\r\033[K" SUMMARY "\r\n",
        text_get(&text)));
}

/* The report is not written behind it. */
static void test_the_report_on_the_same_terminal(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT(10000);

    (void)state;
    show(true, "xterm", 0, &text);
    assert_non_null(strstr(text_get(&text), "\rchecked 1 of 2 files\033[K\r\033[K/"));
    assert_non_null(strstr(text_get(&text), "^\r\n" SUMMARY "\r\n"));
}

static void test_when_it_is_not_wanted(void **state)
{
    struct text dumb CLEANUP_TEXT = TEXT_INIT(10000), soon CLEANUP_TEXT = TEXT_INIT(10000);
    struct text piped CLEANUP_TEXT = TEXT_INIT(10000);
    int ends[2];
    pid_t pid;

    (void)state;
    show(false, "dumb", 0, &dumb);
    assert_string_equal(text_get(&dumb), SUMMARY "\r\n");
    show(false, "xterm", 1000LL * 1000, &soon);
    assert_string_equal(text_get(&soon), SUMMARY "\r\n");
    assert_int_equal(pipe(ends), 0);
    pid = start((struct ends){open("/dev/null", O_WRONLY), ends[1]}, "xterm", 0);
    close(ends[1]);
    read_all(ends[0], &piped);
    close(ends[0]);
    end(pid);
    assert_string_equal(text_get(&piped), SUMMARY "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_a_terminal),
        cmocka_unit_test(test_the_report_on_the_same_terminal),
        cmocka_unit_test(test_when_it_is_not_wanted),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
