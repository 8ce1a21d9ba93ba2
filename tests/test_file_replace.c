/* SPDX-License-Identifier: Apache-2.0 */
/* A file gets a new text: whole or not at all, and nothing else about it changes. */
#include "server/check/file_replace.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct temp_dir dir;

static int setup(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    temp_make_dir(&dir, "folder");
    temp_write(&dir, "folder/f.yaml", "old");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static void expect_text(const char *name, const char *text)
{
    char *got = temp_read(temp_path(&dir, name).text, NULL);

    assert_string_equal(got, text);
    free(got);
}

/* Nothing is left beside it. */
static void expect_entries(const char *name, int count)
{
    struct dirent **entries = NULL;
    int found = scandir(temp_path(&dir, name).text, &entries, NULL, NULL);

    for (int i = 0; i < found; i++)
        free(entries[i]);
    free(entries);
    assert_int_equal(found, count + 2);
}

static bool replace(const char *name, const char *text, struct error *err)
{
    return file_replace(temp_path(&dir, name).text, str_from(text), err);
}

static void test_text_and_mode(void **state)
{
    static const mode_t modes[] = {0600, 0644, 0664, 0755, 04750};
    struct error err;
    struct stat status;

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        temp_write(&dir, "folder/f.yaml", "old text");
        assert_int_equal(chmod(temp_path(&dir, "folder/f.yaml").text, modes[i]), 0);
        assert_true(replace("folder/f.yaml", i % 2 ? "new" : "", &err));
        expect_text("folder/f.yaml", i % 2 ? "new" : "");
        assert_int_equal(stat(temp_path(&dir, "folder/f.yaml").text, &status), 0);
        assert_int_equal(status.st_mode & 07777, modes[i]);
    }
    expect_entries("folder", 1);
}

static void test_owner(void **state)
{
    struct error err;
    struct stat status;
    struct temp_path path = temp_path(&dir, "folder/f.yaml");

    (void)state;
    if (chown(path.text, 12345, 54321) < 0)
        skip(); /* for root alone */
    assert_true(file_replace(path.text, STR("new"), &err));
    assert_int_equal(stat(path.text, &status), 0);
    assert_int_equal(status.st_uid, 12345);
    assert_int_equal(status.st_gid, 54321);
}

static void test_links_are_followed(void **state)
{
    struct error err;
    struct stat status;

    (void)state;
    temp_link(&dir, "one", "folder/f.yaml");
    temp_link(&dir, "folder/two", "../one");
    assert_true(replace("folder/two", "through both", &err));
    expect_text("folder/f.yaml", "through both");
    assert_int_equal(lstat(temp_path(&dir, "one").text, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(lstat(temp_path(&dir, "folder/two").text, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    expect_entries("folder", 2);
    temp_delete(&dir, "folder/two");
}

static void test_what_is_no_file(void **state)
{
    struct error err;

    (void)state;
    assert_false(replace("gone", "new", &err));
    assert_string_equal(err.message, "No such file or directory");
    assert_false(replace("folder", "new", &err));
    assert_string_equal(err.message, "it is no file on a disk");
    temp_link(&dir, "loop", "loop");
    assert_false(replace("loop", "new", &err));
    assert_int_equal(mkfifo(temp_path(&dir, "pipe").text, 0600), 0);
    assert_false(replace("pipe", "new", &err));
    assert_string_equal(err.message, "it is no file on a disk");
}

/* The disk is full in the middle of it. */
static void test_a_failed_write_leaves_the_old(void **state)
{
    struct rlimit old, limit;
    struct error err;

    (void)state;
    temp_write(&dir, "folder/f.yaml", "old");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(replace("folder/f.yaml", "new text", &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_string_equal(err.message, "File too large");
    expect_text("folder/f.yaml", "old");
    expect_entries("folder", 1);
}

static void test_what_must_not_be_written(void **state)
{
    struct error err;

    (void)state;
    if (geteuid() == 0)
        skip(); /* root may write everything */
    assert_int_equal(chmod(temp_path(&dir, "folder/f.yaml").text, 0444), 0);
    assert_false(replace("folder/f.yaml", "new", &err));
    assert_string_equal(err.message, "Permission denied");
    assert_int_equal(chmod(temp_path(&dir, "folder/f.yaml").text, 0644), 0);
    assert_int_equal(chmod(temp_path(&dir, "folder").text, 0555), 0);
    assert_false(replace("folder/f.yaml", "new", &err));
    assert_string_equal(err.message, "Permission denied");
    assert_int_equal(chmod(temp_path(&dir, "folder").text, 0755), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_mode),
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_links_are_followed),
        cmocka_unit_test(test_what_is_no_file),
        cmocka_unit_test(test_a_failed_write_leaves_the_old),
        cmocka_unit_test(test_what_must_not_be_written),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
