/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in both of their spellings. */
#include "tests/support/facts.h"
#include "validators/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_both_spellings(void **state)
{
    const struct path list = path_list(STR("spec.a.b"), "list");
    const struct path entry = path_entry(list, 0);
    const struct path field = path_field(entry, "field");
    const struct path sub_entry = path_sub_entry(field, 12);
    const struct path sub_field = path_sub_field(sub_entry, "leaf");
    const struct path last = path_entry(list, 4294967294U);
    const struct path prefix = path_list(STR("spec"), NULL);
    const struct path key = path_key(STR("metadata.labels"), STR("example.com/a/b.c"));
    const struct path odd = path_key(STR("metadata.labels"), STR("a]b"));
    const struct path whole = path_list(STR(""), NULL);
    const struct {
        const struct path *path;
        const char *dotted, *pointer;
    } rows[] = {
        {&whole, "", ""},
        {&prefix, "spec", "/spec"},
        {&key, "metadata.labels[example.com/a/b.c]", "/metadata/labels/example.com~1a~1b.c"},
        {&odd, "metadata.labels", "/metadata/labels"},
        {&list, "spec.a.b.list", "/spec/a/b/list"},
        {&entry, "spec.a.b.list[0]", "/spec/a/b/list/0"},
        {&field, "spec.a.b.list[0].field", "/spec/a/b/list/0/field"},
        {&sub_entry, "spec.a.b.list[0].field[12]", "/spec/a/b/list/0/field/12"},
        {&sub_field, "spec.a.b.list[0].field[12].leaf", "/spec/a/b/list/0/field/12/leaf"},
        {&last, "spec.a.b.list[4294967294]", "/spec/a/b/list/4294967294"},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text dotted CLEANUP_TEXT = TEXT_INIT(256);
        struct text pointer CLEANUP_TEXT = TEXT_INIT(256);

        path_add_dotted(&dotted, rows[i].path);
        path_add_pointer(&pointer, rows[i].path);
        wrong += !text_check("dotted", rows[i].dotted, text_get(&dotted));
        wrong += !text_check("pointer", rows[i].pointer, text_get(&pointer));
    }
    assert_int_equal(wrong, 0);
}

static void test_a_part_of_a_dotted_prefix_is_enough(void **state)
{
    const char *all = "spec.template.spec";
    const struct path path = path_list((struct str){all, 13}, NULL);
    struct text pointer CLEANUP_TEXT = TEXT_INIT(256);

    (void)state;
    path_add_pointer(&pointer, &path);
    assert_string_equal(text_get(&pointer), "/spec/template");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_spellings),
        cmocka_unit_test(test_a_part_of_a_dotted_prefix_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
