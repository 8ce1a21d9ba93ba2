/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of modprobe.d and modules-load.d, and their numbers. */
#include "validators/machine_config/modprobe.h"

#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_lines(void **state)
{
    static const struct {
        const char *text, *lines; /* "NUMBER:TEXT|", "NUMBER:TEXT, cut, behind one|" */
    } rows[] = {
        {"", ""},
        {"\n\n", ""},
        {"a", "1:a|"},
        {"a\nb\n", "1:a|2:b|"},
        {"# a\n\n#b\nc", "4:c|"},
        {" # a", "1: # a|"}, /* no comment, as the hash is not where the line begins */
        {" \t\r\nb", "2:b|"},
        {"a\\\nb\nc", "1:ab|3:c|"},
        {"a \\\n b\\\n\\\nc\nd", "1:a  bc|5:d|"},
        {"# a\\\nb\nc", "3:c|"},
        {"a\\b\\\\c", "1:ab\\c|"},
        {"a\\", "1:a|"},
        {"a\\\n", "1:a|"},
        {"\\\n\\\n", ""},
        {"a\r\nb\r\n", "1:a\r|2:b\r|"},
        {"a\\\r\nb\\\r\n", "1:a\r, cut|2:b\r, cut, behind one|"},
        {"a\\\nb\\\r\n\n c\n", "1:ab\r, cut|4: c|"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
        struct text got CLEANUP_TEXT = TEXT_INIT(1000);
        struct modprobe_lines lines = MODPROBE_LINES_INIT(str_from(rows[i].text), &arena);
        struct modprobe_line line;

        while (modprobe_lines_next(&lines, &line)) {
            text_addf(&got, "%zu:", line.number);
            text_add_str(&got, line.text);
            text_addf(&got, "%s%s|", line.is_cut ? ", cut" : "",
                      line.behind_cut ? ", behind one" : "");
        }
        if (!text_check(rows[i].text, rows[i].lines, text_get(&got)))
            fail();
    }
}

static void test_where_a_byte_stands(void **state)
{
    static const char text[] = "#\nab\\\nc\\\\d\\\n\\\n\\ef\n";
    static const size_t numbers[] = {2, 2, 3, 3, 3, 5, 5, 5};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct modprobe_lines lines = MODPROBE_LINES_INIT(str_from(text), &arena);
    struct modprobe_line line;

    (void)state;
    assert_true(modprobe_lines_next(&lines, &line));
    assert_true(str_equal(line.text, STR("abc\\def")));
    for (size_t i = 0; i < COUNT(numbers); i++)
        assert_int_equal(modprobe_line_number(&line, i), numbers[i]);
    for (size_t i = COUNT(numbers); i-- > 0;)
        assert_int_equal(modprobe_line_number(&line, i), numbers[i]);
    assert_int_equal(modprobe_line_number(&line, 100), 5);
}

static void test_words(void **state)
{
    struct str rest = STR(" options\tvfio-pci  ids=a b ");

    (void)state;
    assert_true(str_equal(modprobe_word(&rest), STR("options")));
    assert_true(str_equal(modprobe_word(&rest), STR("vfio-pci")));
    assert_true(str_equal(rest, STR("  ids=a b ")));
    assert_true(str_equal(modprobe_word(&rest), STR("ids=a")));
    assert_true(str_equal(modprobe_word(&rest), STR("b")));
    assert_int_equal(modprobe_word(&rest).len, 0);
    assert_int_equal(modprobe_word(&rest).len, 0);
}

static void test_modules_load(void **state)
{
    struct text_place next = {0, 1};
    struct str text = STR("# a\n;b\n\n vfio-pci \r\n\tvfio#x\nlast");
    struct str module;
    size_t line;

    (void)state;
    assert_true(modules_load_next(text, &next, &module, &line));
    assert_true(str_equal(module, STR("vfio-pci")));
    assert_int_equal(line, 4);
    assert_true(modules_load_next(text, &next, &module, &line));
    assert_true(str_equal(module, STR("vfio#x")));
    assert_int_equal(line, 5);
    assert_true(modules_load_next(text, &next, &module, &line));
    assert_true(str_equal(module, STR("last")));
    assert_int_equal(line, 6);
    assert_false(modules_load_next(text, &next, &module, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_where_a_byte_stands),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_modules_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
