/* SPDX-License-Identifier: Apache-2.0 */
/* From operands to files, and to their texts. */
#include "server/check/check_inputs.h"

#include "server/check/same_inputs.h"
#include "tests/support/facts.h"
#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
    struct temp_dir dir;
    struct check_inputs inputs;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    if (!world)
        return -1;
    temp_dir_make(&world->dir);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    check_inputs_free(&world->inputs);
    temp_dir_remove(&world->dir);
    free(world);
    return 0;
}

static void add(struct world *world, const char *name)
{
    struct error err = {.message = ""};

    if (!check_inputs_add(&world->inputs, temp_path(&world->dir, name).text, &err))
        fail_msg("%s: %s", name, err.message);
}

/* The names below the folder, one a line, and what can't be read with its reason. */
static void expect(struct world *world, const char *lines)
{
    struct text got CLEANUP_TEXT = TEXT_INIT(10000);

    for (size_t i = 0; i < world->inputs.count; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct error err;

        text_add(&got, world->inputs.items[i].name + strlen(world->dir.path) + 1);
        if (!check_inputs_read(&world->inputs, i, &bytes, &err))
            text_addf(&got, ": %s", err.message);
        text_add(&got, "\n");
    }
    assert_true(text_check("inputs", lines, text_get(&got)));
}

static void test_a_folder_in_order(void **state)
{
    struct world *world = *state;

    temp_make_dir(&world->dir, "b");
    temp_make_dir(&world->dir, "b/z");
    temp_make_dir(&world->dir, ".git");
    temp_write(&world->dir, "c.yaml", "");
    temp_write(&world->dir, "a.yml", "");
    temp_write(&world->dir, "b.bu", "");
    temp_write(&world->dir, "B.json", "");
    temp_write(&world->dir, "b/2.yaml", "");
    temp_write(&world->dir, "b/10.yaml", "");
    temp_write(&world->dir, "b/z/x.yaml", "");
    temp_write(&world->dir, "README.md", "");
    temp_write(&world->dir, "yaml", "");
    temp_write(&world->dir, ".hidden.yaml", "");
    temp_write(&world->dir, ".git/x.yaml", "");
    add(world, "");
    expect(world, "B.json\na.yml\nb/10.yaml\nb/2.yaml\nb/z/x.yaml\nb.bu\nc.yaml\n");
}

static void test_operands_in_their_order(void **state)
{
    struct world *world = *state;

    temp_make_dir(&world->dir, "b");
    temp_write(&world->dir, "b/x.yaml", "");
    temp_write(&world->dir, "plain", "");
    add(world, "plain");
    add(world, "b");
    add(world, "b/x.yaml");
    expect(world, "plain\nb/x.yaml\nb/x.yaml\n");
}

static void test_links(void **state)
{
    struct world *world = *state;

    temp_make_dir(&world->dir, "a");
    temp_make_dir(&world->dir, "a/b");
    temp_write(&world->dir, "a/real.yaml", "");
    temp_link(&world->dir, "a/b/loop", "..");
    temp_link(&world->dir, "a/b/self", ".");
    temp_link(&world->dir, "a/b/file.yaml", "../real.yaml");
    temp_link(&world->dir, "a/b/gone.yaml", "nowhere");
    temp_link(&world->dir, "a/b/round.yaml", "round.yaml");
    temp_link(&world->dir, "given", "a");
    add(world, "a");
    add(world, "given");
    expect(world, "a/b/file.yaml\na/b/gone.yaml: No such file or directory\n"
                  "a/b/round.yaml: Too many levels of symbolic links\na/real.yaml\n"
                  "given/b/file.yaml\ngiven/b/gone.yaml: No such file or directory\n"
                  "given/b/round.yaml: Too many levels of symbolic links\ngiven/real.yaml\n");
}

static void test_what_is_not_there(void **state)
{
    struct world *world = *state;

    temp_make_dir(&world->dir, "empty");
    temp_make_dir(&world->dir, "folder.yaml");
    temp_write(&world->dir, "folder.yaml/x", "");
    add(world, "gone");
    add(world, "empty");
    add(world, "folder.yaml");
    expect(world, "gone: No such file or directory\n"
                  "empty: there is no *.yaml, *.yml, *.json or *.bu in this folder\n"
                  "folder.yaml: there is no *.yaml, *.yml, *.json or *.bu in this folder\n");
}

/* A pipe that is found in a folder would be waited for; one that is given is read. */
static void test_what_is_no_file(void **state)
{
    struct world *world = *state;

    assert_int_equal(mkfifo(temp_path(&world->dir, "pipe.yaml").text, 0600), 0);
    temp_write(&world->dir, "file.yaml", "");
    add(world, "");
    expect(world, "file.yaml\n");
}

static void *write_to_pipe(void *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, "a: 1\n", 5) != 5)
        abort();
    close(fd);
    return NULL;
}

/* It gives its bytes once, and they are there a second time. */
static void test_a_pipe_that_is_given(void **state)
{
    struct world *world = *state;
    struct temp_path path = temp_path(&world->dir, "pipe");
    pthread_t writer;

    assert_int_equal(mkfifo(path.text, 0600), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_to_pipe, path.text), 0);
    add(world, "pipe");
    for (int i = 0; i < 2; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct error err;

        assert_true(check_inputs_read(&world->inputs, 0, &bytes, &err));
        assert_true(str_equal(bytes.text, STR("a: 1\n")));
        assert_null(bytes.owned);
    }
    pthread_join(writer, NULL);
}

/* What was read of it is gone: it must not be taken for less than it is the second time. */
static void *write_much_to_pipe(void *path)
{
    static char much[65536];
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t written;

    if (fd < 0)
        abort();
    do {
        written = write(fd, much, sizeof much);
    } while (written > 0);
    close(fd);
    return NULL;
}

static void test_a_pipe_that_gives_too_much(void **state)
{
    struct world *world = *state;
    struct temp_path path = temp_path(&world->dir, "pipe");
    pthread_t writer;

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(mkfifo(path.text, 0600), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_much_to_pipe, path.text), 0);
    add(world, "pipe");
    for (int i = 0; i < 2; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct error err;

        assert_false(check_inputs_read(&world->inputs, 0, &bytes, &err));
        assert_string_equal(err.message, "is larger than 32 MiB; divide it into smaller files");
    }
    pthread_join(writer, NULL);
}

static void test_sizes(void **state)
{
    static const struct {
        off_t size;
        const char *message; /* NULL: it is read */
    } rows[] = {
        {0, NULL},
        {100000, NULL},
        {CHECK_TEXT_MAX, NULL},
        {CHECK_TEXT_MAX + 1, "is larger than 32 MiB; divide it into smaller files"},
        {(off_t)1 << 40, "is larger than 32 MiB; divide it into smaller files"},
    };
    struct world *world = *state;
    struct temp_path path = temp_path(&world->dir, "file");

    temp_write(&world->dir, "file", "");
    add(world, "file");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};
        struct error err = {.message = ""};
        bool good;

        assert_int_equal(truncate(path.text, rows[i].size), 0);
        good = check_inputs_read(&world->inputs, 0, &bytes, &err);
        assert_int_equal(good, rows[i].message == NULL);
        if (good)
            assert_int_equal(bytes.text.len, rows[i].size);
        else
            assert_string_equal(err.message, rows[i].message);
    }
}

/* As many links as there are ways through them: none is followed, so this ends. */
static void test_a_maze_of_links(void **state)
{
    struct world *world = *state;
    char name[64];

    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "d%d", i);
        temp_make_dir(&world->dir, name);
        for (int j = 0; j < 30; j++) {
            char target[64];

            snprintf(name, sizeof name, "d%d/l%d", i, j);
            snprintf(target, sizeof target, "../d%d", j);
            temp_link(&world->dir, name, target);
        }
    }
    temp_write(&world->dir, "d7/x.yaml", "");
    add(world, "");
    expect(world, "d7/x.yaml\n");
}

/* Deeper than a path can say. */
static void test_a_deep_folder(void **state)
{
    struct world *world = *state;
    int top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char name[201];

    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(chdir(world->dir.path), 0);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(mkdir(name, 0700), 0);
        assert_int_equal(chdir(name), 0);
    }
    assert_int_equal(fchdir(top), 0);
    add(world, "");
    assert_int_equal(chdir(world->dir.path), 0);
    for (int i = 0; i < 30; i++)
        assert_int_equal(chdir(name), 0);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(chdir(".."), 0);
        assert_int_equal(rmdir(name), 0);
    }
    assert_int_equal(fchdir(top), 0);
    close(top);
    assert_int_equal(world->inputs.count, 1);
    assert_int_not_equal(world->inputs.items[0].error, 0);
}

static void test_standard_input_once(void **state)
{
    struct world *world = *state;
    struct error err;

    assert_true(check_inputs_add(&world->inputs, "-", &err));
    assert_string_equal(world->inputs.items[0].name, "<stdin>");
    assert_false(check_inputs_add(&world->inputs, "-", &err));
    assert_string_equal(err.message, "\"-\" stands there twice; standard input is read only once");
}

/* What may be a command's that failed. */
static void test_standard_input_that_is_empty(void **state)
{
    struct world *world = *state;
    int saved = dup(STDIN_FILENO);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct error err;

    assert_true(saved >= 0 && null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO);
    assert_true(check_inputs_add(&world->inputs, "-", &err));
    for (int i = 0; i < 2; i++) {
        struct check_bytes bytes CLEANUP_CHECK_BYTES = {{NULL, 0}, NULL};

        assert_false(check_inputs_read(&world->inputs, 0, &bytes, &err));
        assert_string_equal(err.message, "standard input is empty; see whether the command that "
                                         "should write to it failed");
    }
    assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    close(saved);
    close(null);
}

/* --- one file by several names --------------------------------------------------------------- */

static void test_same_files(void **state)
{
    struct world *world = *state;
    struct error err;

    temp_make_dir(&world->dir, "a");
    temp_write(&world->dir, "a/real.yaml", "");
    temp_write(&world->dir, "b.yaml", "");
    temp_link(&world->dir, "given", "a");
    temp_link(&world->dir, "link.yaml", "b.yaml");
    assert_int_equal(
        link(temp_path(&world->dir, "b.yaml").text, temp_path(&world->dir, "hard.yaml").text), 0);
    add(world, "link.yaml");
    add(world, "gone");
    add(world, "given/real.yaml");
    add(world, "gone");
    add(world, "");
    add(world, "a/../b.yaml");
    assert_true(same_inputs_drop(&world->inputs, &err));
    expect(world, "link.yaml\ngone: No such file or directory\ngiven/real.yaml\n"
                  "gone: No such file or directory\nhard.yaml\n");
    check_inputs_free(&world->inputs);
    assert_true(same_inputs_drop(&world->inputs, &err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_folder_in_order),
        TEST(test_operands_in_their_order),
        TEST(test_links),
        TEST(test_what_is_not_there),
        TEST(test_what_is_no_file),
        TEST(test_a_pipe_that_is_given),
        TEST(test_a_pipe_that_gives_too_much),
        TEST(test_sizes),
        TEST(test_a_maze_of_links),
        TEST(test_a_deep_folder),
        TEST(test_standard_input_once),
        TEST(test_standard_input_that_is_empty),
        TEST(test_same_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
