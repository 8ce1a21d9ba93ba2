/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/store.h"

#include "certs/check.h"
#include "tests/support/certs_fixture.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const time_t now = 1750000000;

static const char *const names[] = {"ca.crt", "ca.key", "tls.crt", "tls.key"};

/* Two bundles, and a folder in which "pki" is not there yet. */
struct world {
    struct temp_dir parent;
    struct temp_dir dir; /* parent/pki */
    struct certs_bundle first;
    struct certs_bundle second;
};

static struct certs_bundle generate(void)
{
    struct certs_request request = {.hosts = STR("localhost"), .days = 1, .now = now};
    struct certs_bundle bundle = {.ca_crt = NULL};
    struct error err;

    assert_true(certs_generate(&request, &bundle, &err));
    return bundle;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    temp_dir_make(&world->parent);
    snprintf(world->dir.path, sizeof world->dir.path, "%.100s/pki", world->parent.path);
    world->first = generate();
    world->second = generate();
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    temp_dir_remove(&world->parent);
    certs_bundle_free(&world->first);
    certs_bundle_free(&world->second);
    free(world);
    return 0;
}

static void expect_written(struct world *world, const struct certs_bundle *bundle, bool overwrite)
{
    struct error err = {.message = "untouched"};

    if (!certs_store_write(world->dir.path, bundle, overwrite, &err))
        fail_msg("%s", err.message);
    assert_string_equal(err.message, "untouched");
}

static void expect_refused(struct world *world, const char *says)
{
    struct error err = {.message = ""};
    char expected[sizeof err.message];

    snprintf(expected, sizeof expected, "%s%s", world->dir.path, says);
    assert_false(certs_store_write(world->dir.path, &world->second, true, &err));
    assert_string_equal(err.message, expected);
}

static void expect_file(struct world *world, const char *name, const char *content)
{
    char *read = temp_read(temp_path(&world->dir, name).text, NULL);

    assert_string_equal(read, content);
    free(read);
}

static void expect_bundle(struct world *world, const struct certs_bundle *bundle)
{
    expect_file(world, "ca.crt", bundle->ca_crt);
    expect_file(world, "ca.key", bundle->ca_key);
    expect_file(world, "tls.crt", bundle->tls_crt);
    expect_file(world, "tls.key", bundle->tls_key);
}

static size_t count_entries(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

/* Four links, ..data, and the one folder that it points to. */
static void expect_tidy(struct world *world)
{
    char target[256];
    ssize_t len = readlink(temp_path(&world->dir, "..data").text, target, sizeof target - 1);

    assert_true(len > 0);
    target[len] = '\0';
    assert_int_equal(count_entries(world->dir.path), 6);
    assert_int_equal(count_entries(temp_path(&world->dir, target).text), 4);
}

static struct certs_pair *load(struct world *world, struct error *err)
{
    return certs_pair_load(temp_path(&world->dir, "tls.crt").text,
                           temp_path(&world->dir, "tls.key").text, now, err);
}

static void expect_pair_loads(struct world *world)
{
    struct error err;
    struct certs_pair *pair = load(world, &err);

    if (!pair)
        fail_msg("%s", err.message);
    certs_pair_free(pair);
}

/* --- what is written ------------------------------------------------------------------------- */

static mode_t mode_of(struct world *world, const char *name)
{
    struct stat info;

    assert_int_equal(stat(temp_path(&world->dir, name).text, &info), 0);
    return info.st_mode & 07777;
}

static void test_layout_and_modes_under_any_umask(void **state)
{
    static const mode_t masks[] = {0, 022, 077, 0177};
    struct world *world = *state;

    expect_written(world, &world->first, false);
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        mode_t before = umask(masks[i]);

        expect_written(world, &world->second, true);
        umask(before);
        assert_int_equal(mode_of(world, "ca.crt"), 0644);
        assert_int_equal(mode_of(world, "ca.key"), 0600);
        assert_int_equal(mode_of(world, "tls.crt"), 0644);
        assert_int_equal(mode_of(world, "tls.key"), 0600);
        assert_int_equal(mode_of(world, "..data"), 0755);
        expect_bundle(world, &world->second);
        expect_tidy(world);
    }
    for (size_t i = 0; i < 4; i++) {
        char target[64] = "";
        char expected[64];

        snprintf(expected, sizeof expected, "..data/%s", names[i]);
        assert_true(readlink(temp_path(&world->dir, names[i]).text, target, sizeof target - 1) > 0);
        assert_string_equal(target, expected);
    }
}

static void test_folders_are_made(void **state)
{
    struct world *world = *state;
    mode_t before = umask(027);
    struct error err;
    struct temp_path deep = temp_path(&world->dir, "a//b/c/");

    assert_true(certs_store_write(deep.text, &world->first, false, &err));
    umask(before);
    assert_int_equal(mode_of(world, "a/b/c"), 0750);
    expect_file(world, "a/b/c/tls.key", world->first.tls_key);
}

static void test_relative_folder(void **state)
{
    struct world *world = *state;
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct error err;

    assert_true(here >= 0);
    assert_int_equal(chdir(world->parent.path), 0);
    assert_true(certs_store_write("pki", &world->first, false, &err));
    assert_int_equal(fchdir(here), 0);
    close(here);
    expect_bundle(world, &world->first);
}

/* --- the CA key is not overwritten unasked --------------------------------------------------- */

static void expect_ca_key_refused(struct world *world)
{
    struct error err = {.message = ""};
    char expected[sizeof err.message];

    snprintf(expected, sizeof expected,
             "%s/ca.key: exists already, and a CA key is not overwritten unasked: add --force to "
             "replace the CA and its certificate, or choose another folder",
             world->dir.path);
    assert_false(certs_store_write(world->dir.path, &world->second, false, &err));
    assert_string_equal(err.message, expected);
}

static void test_ca_key_is_kept(void **state)
{
    struct world *world = *state;

    expect_written(world, &world->first, false);
    expect_ca_key_refused(world);
    expect_bundle(world, &world->first);
    expect_tidy(world);
    expect_written(world, &world->second, true);
    expect_bundle(world, &world->second);
    expect_tidy(world);
}

static void test_ca_key_from_elsewhere_is_kept(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_write(&world->dir, "ca.key", "mine");
    expect_ca_key_refused(world);
    expect_file(world, "ca.key", "mine");
    assert_int_equal(count_entries(world->dir.path), 1);
}

static void test_link_to_a_ca_key_that_is_not_mounted_is_kept(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_link(&world->dir, "ca.key", "/nowhere/ca.key");
    expect_ca_key_refused(world);
    assert_int_equal(count_entries(world->dir.path), 1);
}

static void test_other_files_are_no_ca_key(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_write(&world->dir, "tls.crt", world->first.tls_crt);
    temp_write(&world->dir, "tls.key", world->first.tls_key);
    temp_write(&world->dir, "README", "stays");
    expect_written(world, &world->second, false);
    expect_bundle(world, &world->second);
    expect_file(world, "README", "stays");
    temp_delete(&world->dir, "README");
    expect_tidy(world);
}

/* --- leftovers ------------------------------------------------------------------------------- */

static void test_leftovers_of_a_killed_run_go(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_make_dir(&world->dir, "..hostdev-webhook-0123456789abcdef");
    temp_write(&world->dir, "..hostdev-webhook-0123456789abcdef/ca.key", "half");
    temp_link(&world->dir, "..hostdev-webhook-fedcba9876543210", "..data/tls.key");
    temp_link(&world->dir, "ca.key", "..data/ca.key"); /* its own, to nowhere yet */
    expect_written(world, &world->first, false);
    expect_bundle(world, &world->first);
    expect_tidy(world);
}

static void test_what_is_not_its_own_stays(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_make_dir(&world->dir, "..2025_06_15"); /* as the kubelet names its folders */
    temp_write(&world->dir, "..2025_06_15/tls.crt", "theirs");
    temp_make_dir(&world->dir, "..hostdev-webhook-notes");
    temp_write(&world->dir, "..hostdev-webhook-notes/mine", "mine");
    temp_write(&world->dir, "..hostdev-webhook-file", "mine");
    temp_link(&world->dir, "..data", "..2025_06_15");
    expect_written(world, &world->first, false);
    expect_bundle(world, &world->first);
    expect_file(world, "..2025_06_15/tls.crt", "theirs");
    expect_file(world, "..hostdev-webhook-notes/mine", "mine");
    expect_file(world, "..hostdev-webhook-file", "mine");
}

/* --- failures -------------------------------------------------------------------------------- */

static void test_path_through_a_file(void **state)
{
    struct world *world = *state;

    temp_write(&world->parent, "pki", "a file");
    expect_refused(world, ": cannot open the folder: Not a directory");
    temp_delete(&world->parent, "pki");
    temp_write(&world->parent, "file", "a file");
    snprintf(world->dir.path, sizeof world->dir.path, "%.100s/file/pki", world->parent.path);
    expect_refused(world, ": cannot make the folder: Not a directory");
}

static void test_paths_that_are_no_paths(void **state)
{
    struct world *world = *state;
    struct error err;
    char long_path[5000];

    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    assert_false(certs_store_write("", &world->first, false, &err));
    assert_string_equal(err.message, ": cannot make the folder: No such file or directory");
    assert_false(certs_store_write(long_path, &world->first, false, &err));
    assert_non_null(strstr(err.message, ": cannot make the folder: File name too long"));
}

static void test_folder_that_is_read_only(void **state)
{
    struct world *world = *state;

    if (geteuid() == 0)
        skip(); /* root writes everywhere */
    expect_written(world, &world->first, false);
    assert_int_equal(chmod(world->dir.path, 0555), 0);
    expect_refused(world, ": cannot make a folder: Permission denied");
    assert_int_equal(chmod(world->dir.path, 0755), 0);
    expect_bundle(world, &world->first);
}

static void test_folder_in_place_of_a_file(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_write(&world->dir, "tls.crt", "theirs");
    temp_make_dir(&world->dir, "tls.key");
    expect_refused(world, ": tls.key: is a folder, not a file");
    expect_file(world, "tls.crt", "theirs");
    assert_int_equal(count_entries(world->dir.path), 2);
}

static void test_folder_in_place_of_data(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_make_dir(&world->dir, "..data");
    expect_refused(world, ": cannot put a link in its place: Is a directory");
    assert_int_equal(count_entries(temp_path(&world->dir, "..data").text), 0);
    assert_int_equal(count_entries(world->dir.path), 5); /* the links are made, nothing else */
}

static void test_another_run_at_the_same_time(void **state)
{
    struct world *world = *state;
    int fd;

    expect_written(world, &world->first, false);
    fd = open(world->dir.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    expect_refused(world, ": another run is writing there: try again when it has finished");
    close(fd);
    expect_bundle(world, &world->first);
    expect_written(world, &world->second, true);
}

/* Runs `work` in a child process; true when it returned true. */
static bool in_child(struct world *world, bool (*work)(struct world *world))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(work(world) ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A limit on the size of files fails a write half-way, as a full disk does. */
static bool fails_on_a_full_disk(struct world *world)
{
    struct rlimit limit = {.rlim_cur = 100, .rlim_max = 100};
    struct error err = {.message = ""};

    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
           !certs_store_write(world->dir.path, &world->second, true, &err) &&
           strstr(err.message, "/pki: ca.crt: cannot write it: File too large");
}

static void test_full_disk_keeps_the_earlier_issue(void **state)
{
    struct world *world = *state;

    expect_written(world, &world->first, false);
    assert_true(in_child(world, fails_on_a_full_disk));
    expect_bundle(world, &world->first);
    expect_tidy(world);
}

static void test_full_disk_keeps_files_from_elsewhere(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkdir(world->dir.path, 0755), 0);
    temp_write(&world->dir, "tls.crt", "theirs"); /* small enough to be copied */
    temp_write(&world->dir, "tls.key", "theirs too");
    assert_true(in_child(world, fails_on_a_full_disk));
    expect_file(world, "tls.crt", "theirs");
    expect_file(world, "tls.key", "theirs too");
    assert_int_equal(access(temp_path(&world->dir, "ca.key").text, F_OK), -1);
    expect_written(world, &world->first, false);
    expect_bundle(world, &world->first);
    expect_tidy(world);
}

/* --- readers and kills ----------------------------------------------------------------------- */

/* A child that replaces the files by one bundle and the other until it is killed. */
static pid_t start_writer(struct world *world)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            struct error err;

            if (!certs_store_write(world->dir.path, &world->second, true, &err) ||
                !certs_store_write(world->dir.path, &world->first, true, &err))
                _exit(1);
        }
    }
    return child;
}

static void kill_writer(pid_t child)
{
    int status = 0;

    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* no write of it had failed */
}

static void test_readers_never_see_a_mixed_pair(void **state)
{
    enum { LOADS = 500 };
    struct world *world = *state;
    pid_t writer;

    expect_written(world, &world->first, false);
    writer = start_writer(world);
    for (int i = 0; i < LOADS; i++)
        expect_pair_loads(world);
    kill_writer(writer);
}

/* One after the other, without a second look: whatever the moment, the files are of one issue. */
static void test_killed_writer_leaves_a_whole_issue(void **state)
{
    enum { KILLS = 40 };
    struct world *world = *state;

    expect_written(world, &world->first, false);
    for (int i = 0; i < KILLS; i++) {
        pid_t writer = start_writer(world);
        char *cert;

        for (int loads = i % 8; loads > 0; loads--)
            expect_pair_loads(world);
        kill_writer(writer);
        cert = temp_read(temp_path(&world->dir, "tls.crt").text, NULL);
        expect_bundle(world,
                      strcmp(cert, world->first.tls_crt) == 0 ? &world->first : &world->second);
        free(cert);
    }
    expect_written(world, &world->first, true);
    expect_tidy(world);
}

/* The same from files that have no links yet, which takes several steps to replace. */
static void test_killed_writer_leaves_a_whole_pair_from_elsewhere(void **state)
{
    enum { KILLS = 40 };
    struct world *world = *state;

    for (int i = 0; i < KILLS; i++) {
        struct temp_dir made = world->dir;
        pid_t writer;

        assert_int_equal(mkdir(world->dir.path, 0755), 0);
        temp_write(&world->dir, "tls.crt", world->first.tls_crt);
        temp_write(&world->dir, "tls.key", world->first.tls_key);
        writer = start_writer(world);
        for (int loads = i % 8; loads > 0; loads--)
            expect_pair_loads(world);
        kill_writer(writer);
        expect_pair_loads(world);
        temp_dir_remove(&made);
    }
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        EACH(test_layout_and_modes_under_any_umask),
        EACH(test_folders_are_made),
        EACH(test_relative_folder),
        EACH(test_ca_key_is_kept),
        EACH(test_ca_key_from_elsewhere_is_kept),
        EACH(test_link_to_a_ca_key_that_is_not_mounted_is_kept),
        EACH(test_other_files_are_no_ca_key),
        EACH(test_leftovers_of_a_killed_run_go),
        EACH(test_what_is_not_its_own_stays),
        EACH(test_path_through_a_file),
        EACH(test_paths_that_are_no_paths),
        EACH(test_folder_that_is_read_only),
        EACH(test_folder_in_place_of_a_file),
        EACH(test_folder_in_place_of_data),
        EACH(test_another_run_at_the_same_time),
        EACH(test_full_disk_keeps_the_earlier_issue),
        EACH(test_full_disk_keeps_files_from_elsewhere),
        EACH(test_readers_never_see_a_mixed_pair),
        EACH(test_killed_writer_leaves_a_whole_issue),
        EACH(test_killed_writer_leaves_a_whole_pair_from_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
