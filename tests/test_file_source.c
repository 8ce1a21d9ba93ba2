/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real files, a real thread that looks often. Nothing is timed: a test waits until the list or the
 * log says what it expects, and only how long it waits before it gives up is bounded.
 */
#include "server/permitted/file_source.h"

#include "server/log.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INTERVAL_MS 10
#define GIVE_UP_MS 30000
/* Many looks: what has not happened after them does not happen. */
#define SOME_LOOKS_MS (30 * INTERVAL_MS)

struct fixture {
    struct temp_dir dir;
    struct temp_path path;
    struct policy policy;
    struct current_list *current;
    struct file_source *source;
    int log[2];
    char text[65536]; /* the log so far */
    size_t len;
};

#define HEAD                                                                           \
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nmetadata: {name: a}\n" \
    "spec:\n  permittedHostDevices:\n    pciHostDevices:\n"
#define ONE "    - {pciDeviceSelector: '10DE:0001', resourceName: a.b/one}\n"
#define TWO "    - {pciDeviceSelector: '10DE:0002', resourceName: a.b/two}\n"
#define BROKEN "spec: {permittedHostDevices: ["

static int set_up(void **state)
{
    static struct fixture fixture;
    struct error err;

    fixture = (struct fixture){.len = 0};
    temp_dir_make(&fixture.dir);
    fixture.path = temp_path(&fixture.dir, "hc.yaml");
    fixture.current = current_list_new(&err);
    *state = &fixture;
    if (!fixture.current || pipe2(fixture.log, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    log_configure(LOG_FORMAT_TEXT, LOG_INFO, fixture.log[1]);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    file_source_stop(fixture->source);
    current_list_free(fixture->current);
    temp_dir_remove(&fixture->dir);
    log_configure(LOG_FORMAT_TEXT, LOG_INFO, STDERR_FILENO);
    close(fixture->log[0]);
    close(fixture->log[1]);
    return 0;
}

static void start(struct fixture *fixture)
{
    const struct file_source_config config = {
        .path = fixture->path.text,
        .policy = &fixture->policy,
        .current = fixture->current,
        .interval_ms = INTERVAL_MS,
    };
    struct error err;

    fixture->source = file_source_start(&config, &err);
    assert_non_null(fixture->source);
}

static const char *log_so_far(struct fixture *fixture)
{
    ssize_t got = read(fixture->log[0], fixture->text + fixture->len,
                       sizeof fixture->text - fixture->len - 1);

    fixture->len += got > 0 ? (size_t)got : 0;
    fixture->text[fixture->len] = '\0';
    return fixture->text;
}

static size_t times_logged(struct fixture *fixture, const char *what)
{
    size_t count = 0;

    for (const char *at = log_so_far(fixture); (at = strstr(at, what)); at++)
        count++;
    return count;
}

static void wait_logged(struct fixture *fixture, const char *what, size_t times)
{
    for (int waited = 0; times_logged(fixture, what) < times; waited += INTERVAL_MS) {
        if (waited > GIVE_UP_MS)
            fail_msg("\"%s\" was not logged %zu times:\n%s", what, times, fixture->text);
        poll(NULL, 0, INTERVAL_MS);
    }
}

/* Whether `name` is permitted now; false as well when nothing is known. */
static bool permits(struct fixture *fixture, const char *name)
{
    struct error problem;
    struct permitted_list *list = current_list_get(fixture->current, &problem);
    bool is = list && permitted_list_find(list, str_from(name)) == PERMISSION_GRANTED;

    permitted_list_unref(list);
    return is;
}

static void wait_until(struct fixture *fixture, const char *name, bool permitted)
{
    for (int waited = 0; permits(fixture, name) != permitted; waited += INTERVAL_MS) {
        if (waited > GIVE_UP_MS)
            fail_msg("%s is still %spermitted", name, permitted ? "not " : "");
        poll(NULL, 0, INTERVAL_MS);
    }
}

static void assert_problem(struct fixture *fixture, const char *what)
{
    struct error problem;

    assert_null(current_list_get(fixture->current, &problem));
    if (!strstr(problem.message, what))
        fail_msg("%s", problem.message);
}

static void test_good_at_start(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    start(fixture);
    /* Known before start() returned, not some time later. */
    assert_true(permits(fixture, "a.b/one"));
    wait_logged(fixture, "devices=1", 1);
    poll(NULL, 0, SOME_LOOKS_MS);
    assert_int_equal(times_logged(fixture, "loaded"), 1);
}

static void test_replaced(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    start(fixture);
    temp_replace(&fixture->dir, "hc.yaml", HEAD ONE TWO);
    wait_until(fixture, "a.b/two", true);
    assert_true(permits(fixture, "a.b/one"));
    wait_logged(fixture, "devices=2", 1);
    temp_replace(&fixture->dir, "hc.yaml", HEAD TWO);
    wait_until(fixture, "a.b/one", false);
}

/* Same size, perhaps the same clock tick. */
static void test_edited_in_place(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    start(fixture);
    temp_write(&fixture->dir, "hc.yaml", HEAD TWO);
    wait_until(fixture, "a.b/two", true);
    assert_false(permits(fixture, "a.b/one"));
}

/* While somebody writes, what is there so far is not taken for the file. */
static void test_written_slowly(void **state)
{
    struct fixture *fixture = *state;
    int fd;

    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    start(fixture);
    wait_logged(fixture, "loaded", 1);
    poll(NULL, 0, SOME_LOOKS_MS);
    fd = open(fixture->path.text, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    for (const char *at = HEAD ONE TWO; *at != '\0'; at++) {
        assert_int_equal(write(fd, at, 1), 1);
        poll(NULL, 0, 1);
    }
    close(fd);
    wait_until(fixture, "a.b/two", true);
    assert_int_equal(times_logged(fixture, "stays in force"), 0);
}

/* A kubelet's volume: the file is a link into ..data, which is a link that is swapped. */
static void test_link_swapped(void **state)
{
    struct fixture *fixture = *state;

    temp_make_dir(&fixture->dir, "..1");
    temp_make_dir(&fixture->dir, "..2");
    temp_write(&fixture->dir, "..1/hc.yaml", HEAD ONE);
    temp_write(&fixture->dir, "..2/hc.yaml", HEAD TWO);
    temp_link(&fixture->dir, "..data", "..1");
    temp_link(&fixture->dir, "hc.yaml", "..data/hc.yaml");
    start(fixture);
    assert_true(permits(fixture, "a.b/one"));
    temp_link(&fixture->dir, "..data", "..2");
    wait_until(fixture, "a.b/two", true);
    assert_false(permits(fixture, "a.b/one"));
}

static void test_broken_later(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    start(fixture);
    temp_replace(&fixture->dir, "hc.yaml", BROKEN);
    wait_logged(fixture, "the last good one stays in force", 1);
    assert_true(permits(fixture, "a.b/one"));
    poll(NULL, 0, SOME_LOOKS_MS);
    /* Once for the change, not at each look. */
    assert_int_equal(times_logged(fixture, "the last good one stays in force"), 1);
    /* Another change that is just as broken is worth another line. */
    temp_replace(&fixture->dir, "hc.yaml", BROKEN);
    wait_logged(fixture, "the last good one stays in force", 2);
    temp_replace(&fixture->dir, "hc.yaml", HEAD TWO);
    wait_until(fixture, "a.b/two", true);
}

/* Back to the very same content: the log says that all is well again. */
static void test_broken_and_restored(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    start(fixture);
    temp_replace(&fixture->dir, "hc.yaml", BROKEN);
    wait_logged(fixture, "stays in force", 1);
    temp_replace(&fixture->dir, "hc.yaml", HEAD ONE);
    wait_logged(fixture, "loaded", 2);
    assert_true(permits(fixture, "a.b/one"));
}

static void test_missing_later(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    start(fixture);
    temp_delete(&fixture->dir, "hc.yaml");
    wait_logged(fixture, "No such file or directory", 1);
    assert_true(permits(fixture, "a.b/one"));
    poll(NULL, 0, SOME_LOOKS_MS);
    assert_int_equal(times_logged(fixture, "No such file or directory"), 1);
    temp_write(&fixture->dir, "hc.yaml", HEAD TWO);
    wait_until(fixture, "a.b/two", true);
}

static void test_missing_at_start(void **state)
{
    struct fixture *fixture = *state;

    start(fixture);
    assert_problem(fixture, "the permitted list is not known: ");
    assert_problem(fixture, "/hc.yaml: No such file or directory");
    wait_logged(fixture, "not ready", 1);
    poll(NULL, 0, SOME_LOOKS_MS);
    assert_int_equal(times_logged(fixture, "not ready"), 1);
    temp_replace(&fixture->dir, "hc.yaml", HEAD ONE);
    wait_until(fixture, "a.b/one", true);
}

static void test_broken_at_start(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml", BROKEN);
    start(fixture);
    assert_problem(fixture, "/hc.yaml: ");
    temp_write(&fixture->dir, "hc.yaml", HEAD ONE);
    wait_until(fixture, "a.b/one", true);
}

static void test_not_a_file(void **state)
{
    struct fixture *fixture = *state;

    temp_make_dir(&fixture->dir, "hc.yaml");
    start(fixture);
    assert_problem(fixture, "not a regular file");
    temp_delete(&fixture->dir, "hc.yaml");
    /* A FIFO without a writer: whoever opened it to read would hang. */
    assert_int_equal(mkfifo(fixture->path.text, 0600), 0);
    wait_logged(fixture, "not a regular file", 2);
    temp_replace(&fixture->dir, "hc.yaml", HEAD ONE);
    wait_until(fixture, "a.b/one", true);
}

static void test_size(void **state)
{
    struct fixture *fixture = *state;
    char *content = malloc(FILE_SOURCE_MAX_BYTES + 2);

    assert_non_null(content);
    memset(content, '#', FILE_SOURCE_MAX_BYTES + 1);
    memcpy(content, HEAD ONE, strlen(HEAD ONE));
    content[FILE_SOURCE_MAX_BYTES + 1] = '\0';
    temp_write(&fixture->dir, "hc.yaml", content);
    start(fixture);
    assert_problem(fixture, "7340033 bytes, where at most 7340032 are read");
    content[FILE_SOURCE_MAX_BYTES] = '\0';
    temp_write(&fixture->dir, "hc.yaml", content);
    free(content);
    wait_until(fixture, "a.b/one", true);
}

/* Entries with faults are permitted or not as KubeVirt has it, and each fault is a line. */
static void test_faults(void **state)
{
    struct fixture *fixture = *state;

    temp_write(&fixture->dir, "hc.yaml",
               HEAD ONE "    - {pciDeviceSelector: '0x10DE:0x0002', resourceName: a.b/two}\n"
                        "    - {pciDeviceSelector: '10DE:0001', resourceName: a.b/three}\n");
    start(fixture);
    wait_logged(fixture, "warn  fault in the permitted list", 2);
    assert_true(permits(fixture, "a.b/one"));
}

static void test_path_is_escaped(void **state)
{
    struct fixture *fixture = *state;

    fixture->path = temp_path(&fixture->dir, "a\x1b[31m\n.yaml");
    start(fixture);
    assert_problem(fixture, "/a\\u001b[31m\\n.yaml: No such file");
}

static void test_stop_of_nothing(void **state)
{
    (void)state;
    file_source_stop(NULL);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_good_at_start),
        WITH_FILE(test_replaced),
        WITH_FILE(test_edited_in_place),
        WITH_FILE(test_written_slowly),
        WITH_FILE(test_link_swapped),
        WITH_FILE(test_broken_later),
        WITH_FILE(test_broken_and_restored),
        WITH_FILE(test_missing_later),
        WITH_FILE(test_missing_at_start),
        WITH_FILE(test_broken_at_start),
        WITH_FILE(test_not_a_file),
        WITH_FILE(test_size),
        WITH_FILE(test_faults),
        WITH_FILE(test_path_is_escaped),
        cmocka_unit_test(test_stop_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
