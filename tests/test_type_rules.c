/* SPDX-License-Identifier: Apache-2.0 */
/* What has the wrong JSON type is denied with its path, wherever it is. */
#include "tests/support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define VM_PREFIX "spec.template.spec.domain.devices"

static struct path list_path(void)
{
    return path_list(str_from(VM_PREFIX), "hostDevices");
}

static void test_a_wrong_type_is_told_with_its_path(void **state)
{
    const struct type_fault list = {NULL,      list_path(), "an array", "object",
                                    {NULL, 0}, 0,           {NULL, 0}};
    const struct type_fault entry = {
        NULL, path_entry(list_path(), 3), "an object", "array", {NULL, 0}, 0, {NULL, 0}};
    const struct type_fault number = {
        NULL,          path_field(path_entry(list_path(), 0), "deviceName"),
        "a string",    "number",
        STR_INIT("5"), 1,
        {NULL, 0}};
    const struct type_fault boolean = {
        &number,       path_field(path_entry(list_path(), 1), "disabled"),
        "a boolean",   "number",
        STR_INIT("1"), 2,
        {NULL, 0}};
    const struct rule_row rows[] = {
        {.what = "a list",
         .object = {.type_faults = &list},
         .lines = "deny wrong-type hostDevices",
         .says = VM_PREFIX ".hostDevices: Invalid value: \"object\": must be an array\n"},
        {.what = "an entry",
         .object = {.type_faults = &entry},
         .lines = "deny wrong-type hostDevices[3]",
         .says = "Invalid value: \"array\": must be an object\n"},
        {.what = "a number for a string",
         .object = {.type_faults = &number},
         .lines = "deny wrong-type hostDevices[0].deviceName",
         .says = "Invalid value: \"number\": must be a string, found 5; write it in quotes\n"},
        {.what = "two at once, a number for a boolean",
         .object = {.type_faults = &boolean},
         .lines = "deny wrong-type hostDevices[1].disabled\n"
                  "deny wrong-type hostDevices[0].deviceName",
         .says = "Invalid value: \"number\": must be a boolean, found 1\n"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", NULL), 0);
}

static void test_what_was_found_is_shown(void **state)
{
    const struct type_fault text = {NULL,
                                    path_field(path_entry(list_path(), 1), "disabled"),
                                    "a boolean",
                                    "string",
                                    STR_INIT("yes\xc2\x85"),
                                    3,
                                    {NULL, 0}};
    const struct type_fault text_entry = {
        NULL, path_entry(list_path(), 3), "an object", "string", STR_INIT("x"), 4, {NULL, 0}};
    const struct type_fault object = {NULL,
                                      path_list(str_from("spec.template"), NULL),
                                      "an object",
                                      "boolean",
                                      STR_INIT("true"),
                                      5,
                                      {NULL, 0}};
    const struct rule_row rows[] = {
        {.what = "a string for a boolean",
         .object = {.type_faults = &text},
         .lines = "deny wrong-type hostDevices[1].disabled",
         .says = "Invalid value: \"string\": must be a boolean, found \"yes\\u0085\"; write true "
                 "or false without quotes\n"},
        {.what = "a string for an object",
         .object = {.type_faults = &text_entry},
         .lines = "deny wrong-type hostDevices[3]",
         .says = "Invalid value: \"string\": must be an object, found \"x\"\n"},
        {.what = "on the way to the lists",
         .object = {.type_faults = &object},
         .lines = "deny wrong-type spec.template",
         .says = "spec.template: Invalid value: \"boolean\": must be an object, found true\n"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", NULL), 0);
}

/* YAML's yes, On and True all arrive as true: what stood there is known to who wrote it. */
static void test_a_boolean_for_a_string(void **state)
{
    const struct type_fault name = {NULL,
                                    path_field(path_entry(list_path(), 0), "name"),
                                    "a string",
                                    "boolean",
                                    STR_INIT("true"),
                                    6,
                                    {NULL, 0}};
    const struct type_fault label = {NULL,
                                     path_key(STR("metadata.labels"), STR("a.b/c")),
                                     "a string",
                                     "boolean",
                                     STR_INIT("false"),
                                     7,
                                     {NULL, 0}};
    const struct rule_row rows[] = {
        {.what = "of a name any will do",
         .object = {.type_faults = &name},
         .lines = "deny wrong-type hostDevices[0].name",
         .says = "must be a string, found true; write it in quotes\n"},
        {.what = "of a label one is meant",
         .object = {.type_faults = &label},
         .lines = "deny wrong-type metadata.labels[a.b/c]",
         .says = "must be a string, found false; write \"false\", with the quotes\n"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", NULL), 0);
}

static void test_an_old_wrong_type_is_a_warning(void **state)
{
    const struct path field = path_field(path_entry(list_path(), 0), "deviceName");
    const struct path moved = path_field(path_entry(list_path(), 7), "deviceName");
    const struct path sub_field = path_sub_field(
        path_sub_entry(path_field(path_entry(list_path(), 0), "selectors"), 2), "vendor");
    const struct type_fault five = {NULL, field, "a string", "number", STR_INIT("5"), 1, {NULL, 0}};
    const struct type_fault five_moved = {NULL,          moved, "a string", "number",
                                          STR_INIT("5"), 1,     {NULL, 0}};
    const struct type_fault six = {NULL, field, "a string", "number", STR_INIT("6"), 6, {NULL, 0}};
    const struct type_fault array = {NULL, field, "a string", "array", {NULL, 0}, 0, {NULL, 0}};
    const struct type_fault vendor = {NULL,          sub_field, "a string", "number",
                                      STR_INIT("5"), 1,         {NULL, 0}};
    const struct rule_row rows[] = {
        {.what = "elsewhere",
         .object = {.type_faults = &five_moved},
         .old = {.type_faults = &five},
         .lines = "warn wrong-type hostDevices[7].deviceName"},
        {.what = "another number",
         .object = {.type_faults = &six},
         .old = {.type_faults = &five},
         .lines = "deny wrong-type hostDevices[0].deviceName"},
        {.what = "another type",
         .object = {.type_faults = &array},
         .old = {.type_faults = &five},
         .lines = "deny wrong-type hostDevices[0].deviceName"},
        {.what = "in another field",
         .object = {.type_faults = &vendor},
         .old = {.type_faults = &five},
         .lines = "deny wrong-type hostDevices[0].selectors[2].vendor"},
    };

    (void)state;
    assert_int_equal(rule_rows_play(rows, COUNT(rows), "VirtualMachine", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_wrong_type_is_told_with_its_path),
        cmocka_unit_test(test_what_was_found_is_shown),
        cmocka_unit_test(test_a_boolean_for_a_string),
        cmocka_unit_test(test_an_old_wrong_type_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
