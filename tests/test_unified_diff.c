/* SPDX-License-Identifier: Apache-2.0 */
/* Edits as a diff: as people read it, and as `patch` and `git apply` carry it out. */
#include "server/check/unified_diff.h"
#include "tests/support/facts.h"
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
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HEAD "--- a/f\n+++ b/f\n"

static const struct row {
    const char *what, *text;
    struct {
        size_t at, removed;
        const char *added;
    } edits[3];
    const char *diff;
} rows[] = {
    {"one line", "a\n", {{0, 1, "b"}}, HEAD "@@ -1,1 +1,1 @@\n-a\n+b\n"},
    {"three lines around it",
     "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
     {{8, 1, "five"}},
     HEAD "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
    {"a new line is only added",
     "1\n2\n",
     {{1, 0, "\nnew"}},
     HEAD "@@ -1,2 +1,3 @@\n 1\n+new\n 2\n"},
    {"three lines around a new line, too",
     "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
     {{9, 0, "\nnew"}},
     HEAD "@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 7\n 8\n"},
    {"a changed line with a new one",
     "1\n2\n",
     {{0, 1, "one"}, {1, 0, "\nnew"}},
     HEAD "@@ -1,2 +1,3 @@\n-1\n+one\n+new\n 2\n"},
    {"no line feed at the end",
     "1\n2",
     {{2, 1, "two"}},
     HEAD "@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+two\n"
          "\\ No newline at end of file\n"},
    {"behind a line without a line feed",
     "1\n2",
     {{3, 0, "\nnew"}},
     HEAD "@@ -1,2 +1,3 @@\n 1\n-2\n\\ No newline at end of file\n+2\n+new\n"
          "\\ No newline at end of file\n"},
    {"in lines of Windows",
     "1\r\n2\r\n",
     {{1, 0, "\r\nnew"}},
     HEAD "@@ -1,2 +1,3 @@\n 1\r\n+new\r\n 2\r\n"},
    {"six lines between two: one hunk",
     "a\n1\n2\n3\n4\n5\n6\nb\n",
     {{0, 1, "A"}, {14, 1, "B"}},
     HEAD "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
    {"seven: two hunks",
     "a\n1\n2\n3\n4\n5\n6\n7\nb\n",
     {{1, 0, "\nnew"}, {16, 1, "B"}},
     HEAD "@@ -1,4 +1,5 @@\n a\n+new\n 1\n 2\n 3\n@@ -6,4 +7,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
    {"two in one line", "abc\n", {{0, 1, "A"}, {2, 1, "C"}}, HEAD "@@ -1,1 +1,1 @@\n-abc\n+AbC\n"},
};

static void build(struct text_edits *edits, const struct row *row)
{
    for (size_t i = 0; i < COUNT(row->edits) && row->edits[i].added; i++)
        text_edits_add(edits, (struct text_edit){row->edits[i].at, row->edits[i].removed,
                                                 str_from(row->edits[i].added)});
    assert_true(text_edits_sort(edits, strlen(row->text)));
}

static void test_rows(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(100000);
        struct text_edits edits = TEXT_EDITS_INIT(&arena);
        struct text diff CLEANUP_TEXT = TEXT_INIT(1000);

        build(&edits, &rows[i]);
        unified_diff_add(&diff, "f", str_from(rows[i].text), &edits);
        wrong += !text_check(rows[i].what, rows[i].diff, text_get(&diff));
    }
    assert_int_equal(wrong, 0);
}

static void test_names(void **state)
{
    static const char *const names[][2] = {
        {"./f.yaml", "--- a/f.yaml\n+++ b/f.yaml\n"},
        {"/tmp/.//f", "--- a/tmp/.//f\n+++ b/tmp/.//f\n"},
        {"a b", "--- a/a b\t\n+++ b/a b\t\n"},
        {"\"\\\n\x1b", "--- \"a/\\\"\\\\\\012\\033\"\n+++ \"b/\\\"\\\\\\012\\033\"\n"},
        {"caf\u00e9", "--- a/caf\u00e9\n+++ b/caf\u00e9\n"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(100000);
        struct text_edits edits = TEXT_EDITS_INIT(&arena);
        struct text diff CLEANUP_TEXT = TEXT_INIT(1000);

        build(&edits, &rows[0]);
        unified_diff_add(&diff, names[i][0], STR("a\n"), &edits);
        text_cut(&diff, strlen(names[i][1]));
        wrong += !text_check(names[i][0], names[i][1], text_get(&diff));
    }
    assert_int_equal(wrong, 0);
}

/* --- who carries it out ---------------------------------------------------------------------- */

/* Runs a program in the folder with the file `diff` there as its input; its exit code. */
static int run_in(const struct temp_dir *dir, const char *const *words)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        int fd = chdir(dir->path) == 0 ? open("diff", O_RDONLY) : -1;
        int null = open("/dev/null", O_WRONLY);

        if (fd < 0 || null < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
            _exit(98);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(99);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

/* Any numbers, the same each time. */
static unsigned next_number(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

/* Some lines, with or without an end, and some edits of them, no two in one place. */
static void make_case(unsigned *seed, struct text *text, struct text_edits *edits)
{
    static const char *const ends[] = {"\n", "\r\n", " \n", "\n\n"};
    static const char *const added[] = {"x", "\nnew", "\r\n  new", "y\nz"};
    const char *end = ends[next_number(seed) % COUNT(ends)];
    size_t lines = 1 + next_number(seed) % 40;

    for (size_t i = 0; i < lines; i++) {
        text_addf(text, "line %u", next_number(seed) % 4);
        if (next_number(seed) % 6 == 0 || i + 1 == lines)
            text_edits_add(edits, (struct text_edit){text->len - next_number(seed) % 2, 0,
                                                     str_from(added[next_number(seed) % 4])});
        text_add(text, i + 1 < lines || next_number(seed) % 2 ? end : "");
    }
    assert_true(text_edits_sort(edits, text->len));
}

static void carry_out(const char *const *words)
{
    struct temp_dir dir = {""};
    unsigned seed = 1;

    temp_dir_make(&dir);
    for (int i = 0; i < 60; i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
        struct text_edits edits = TEXT_EDITS_INIT(&arena);
        struct text text CLEANUP_TEXT = TEXT_INIT(100000), result CLEANUP_TEXT = TEXT_INIT(100000);
        struct text diff CLEANUP_TEXT = TEXT_INIT(100000);
        struct str old;
        char *got;

        make_case(&seed, &text, &edits);
        old = (struct str){text_get(&text), text.len};
        unified_diff_add(&diff, "a file", old, &edits);
        text_edits_apply(&edits, old, &result);
        temp_write(&dir, "a file", text_get(&text));
        temp_write(&dir, "diff", text_get(&diff));
        assert_int_equal(run_in(&dir, words), 0);
        got = temp_read(temp_path(&dir, "a file").text, NULL);
        assert_string_equal(got, text_get(&result));
        free(got);
    }
    temp_dir_remove(&dir);
}

static void test_patch(void **state)
{
    static const char *const words[] = {"patch", "--batch", "--binary", "-p1", "--fuzz=0", NULL};

    (void)state;
    carry_out(words);
}

static void test_git_apply(void **state)
{
    static const char *const words[] = {"git", "apply", "--whitespace=nowarn", "-", NULL};
    static const char *const version[] = {"git", "--version", NULL};
    struct temp_dir dir = {""};
    int missing;

    (void)state;
    temp_dir_make(&dir);
    temp_write(&dir, "diff", "");
    missing = run_in(&dir, version);
    temp_dir_remove(&dir);
    if (missing)
        skip(); /* patch is there, as the Makefile sees to */
    carry_out(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_patch),
        cmocka_unit_test(test_git_apply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
