/* SPDX-License-Identifier: Apache-2.0 */
/* What a list permits, and what it says of a name that it does not permit. */
#include "tests/support/facts.h"
#include "validators/permitted_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ENTRY(the_selector, the_name)                           \
    {                                                           \
        .selector = (the_selector), .resource_name = (the_name) \
    }
#define DISABLED(the_selector, the_name)                                          \
    {                                                                             \
        .selector = (the_selector), .resource_name = (the_name), .disabled = true \
    }

/* All that is said of a name. */
static void explain(const struct permitted_list *list, struct str name, struct text *message)
{
    permitted_list_suggest(list, name, message);
    permitted_list_enumerate(list, message);
}

static void test_every_list_of_devices_permits(void **state)
{
    const struct object_rows rows = {
        .kind = "HyperConverged",
        .section = {.lists = {ENTRIES(ENTRY("10de:1eb8", "a.b/pci"), DISABLED("10de:1", "a.b/off"),
                                      DISABLED("10de:1eb8", "a.b/both"),
                                      ENTRY("not ids", "not a name"), ENTRY(NULL, NULL),
                                      ENTRY(NULL, ""), ENTRY(NULL, MALFORMED), {.no_object = true}),
                              ENTRIES(ENTRY("GRID", "a.b/mdev"), ENTRY("GRID", "a.b/both")),
                              ENTRIES({.resource_name = "a.b/usb", .external = true},
                                      ENTRY(NULL, "a.b/pci"))}}};
    static const struct {
        const char *name;
        enum permission permission;
    } names[] = {
        {"a.b/pci", PERMISSION_GRANTED},    {"a.b/mdev", PERMISSION_GRANTED},
        {"a.b/usb", PERMISSION_GRANTED},    {"a.b/both", PERMISSION_GRANTED},
        {"not a name", PERMISSION_GRANTED}, {"a.b/off", PERMISSION_DISABLED},
        {"a.b/PCI", PERMISSION_NONE},       {"a.b/pc", PERMISSION_NONE},
        {"a.b/pcii", PERMISSION_NONE},      {"", PERMISSION_NONE},
        {"10de:1eb8", PERMISSION_NONE},
    };
    struct permitted_list *list = list_of_rows(&rows);
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (permitted_list_find(list, str_from(names[i].name)) != names[i].permission) {
            fprintf(stderr, "\"%s\"\n", names[i].name);
            wrong++;
        }
    }
    assert_int_equal(permitted_list_find(list, STR("a.b/pci\0")), PERMISSION_NONE);
    assert_int_equal(permitted_list_count(list), 5);
    assert_true(permitted_list_is_present(list));
    permitted_list_unref(list);
    assert_int_equal(wrong, 0);
}

static void test_which_of_two_paths_counts(void **state)
{
    const struct section_rows own = {.lists = {ENTRIES(ENTRY("10de:1eb8", "own/own"))}};
    const struct section_rows other = {.lists = {ENTRIES(ENTRY("10de:1eb8", "other/other"))}};
    const struct section_rows empty = {.present = true};
    const struct {
        const char *what;
        struct object_rows rows;
        bool present, own, other;
    } rows[] = {
        {"neither", {.kind = "HyperConverged"}, false, false, false},
        {"its own", {.kind = "HyperConverged", .section = own}, true, true, false},
        {"the other version's",
         {.kind = "HyperConverged", .other_section = other},
         true,
         false,
         true},
        {"both",
         {.kind = "HyperConverged", .version = "v1", .section = own, .other_section = other},
         true,
         true,
         false},
        {"its own, empty, and the other",
         {.kind = "HyperConverged", .section = empty, .other_section = other},
         true,
         false,
         false},
        {"KubeVirt's", {.kind = "KubeVirt", .section = own}, true, true, false},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct permitted_list *list = list_of_rows(&rows[i].rows);

        if (permitted_list_is_present(list) != rows[i].present ||
            (permitted_list_find(list, STR("own/own")) == PERMISSION_GRANTED) != rows[i].own ||
            (permitted_list_find(list, STR("other/other")) == PERMISSION_GRANTED) !=
                rows[i].other) {
            fprintf(stderr, "row \"%s\"\n", rows[i].what);
            wrong++;
        }
        permitted_list_unref(list);
    }
    assert_int_equal(wrong, 0);
}

static void test_what_it_says_of_a_name(void **state)
{
    const struct object_rows list_rows = {
        .kind = "HyperConverged",
        .section = {
            .lists = {ENTRIES(ENTRY("10DE:1EB8", "nvidia.com/TU104GL_Tesla_T4"),
                              ENTRY("10de:1db6", "nvidia.com/GV100GL_Tesla_V100"),
                              DISABLED("1002:73bf", "amd.com/navi"),
                              ENTRY("8086:6f54", "intel.com/qat"), ENTRY("abcd", "odd/one"))}}};
#define PERMITTED                                                         \
    "; permitted: \"intel.com/qat\", \"nvidia.com/GV100GL_Tesla_V100\", " \
    "\"nvidia.com/TU104GL_Tesla_T4\", \"odd/one\""
    static const struct {
        const char *what, *name, *says;
    } rows[] = {
        {"far from all", "example.org/something", PERMITTED},
        {"in other case", "NVIDIA.com/tu104gl_tesla_t4",
         "; names are case-sensitive: write \"nvidia.com/TU104GL_Tesla_T4\"" PERMITTED},
        {"two neighbours exchanged", "intel.com/qta",
         " (did you mean \"intel.com/qat\"?)" PERMITTED},
        {"a letter too many", "intel.com/qatt", " (did you mean \"intel.com/qat\"?)" PERMITTED},
        {"a letter too few", "intel.co/qat", " (did you mean \"intel.com/qat\"?)" PERMITTED},
        {"a wrong letter", "intel.com/qaz", " (did you mean \"intel.com/qat\"?)" PERMITTED},
        {"two slips for a device of 3 letters", "intel.com/qbr", PERMITTED},
        {"without its domain", "TU104GL_Tesla_T4",
         " (did you mean \"nvidia.com/TU104GL_Tesla_T4\"?)" PERMITTED},
        {"without its domain, in other case", "QAT",
         " (did you mean \"intel.com/qat\"?)" PERMITTED},
        {"with another domain", "amd.example.org/qat",
         " (did you mean \"intel.com/qat\"?)" PERMITTED},
        {"near to a disabled one only", "amd.com/nave", PERMITTED},
        {"a permitted selector", "10de:1Eb8",
         "; this is a PCI selector: write its resourceName "
         "\"nvidia.com/TU104GL_Tesla_T4\"" PERMITTED},
        {"a disabled selector", "1002:73bf", PERMITTED},
        {"an unknown selector", "1234:5678", PERMITTED},
        {"what is no name at all", "/", PERMITTED},
    };
    struct permitted_list *list = list_of_rows(&list_rows);
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text message CLEANUP_TEXT = TEXT_INIT(4096);

        explain(list, str_from(rows[i].name), &message);
        wrong += !text_check(rows[i].what, rows[i].says, text_get(&message));
    }
    permitted_list_unref(list);
    assert_int_equal(wrong, 0);
}

static void test_the_nearest_is_named(void **state)
{
    static const char *const names[] = {"a.example/gpu-10", "a.example/gpu-11", "a.example/gpu-21",
                                        "b.example/fpga", "c.example/fpga"};
    static const struct {
        const char *what, *name, *says;
    } rows[] = {
        {"one slip is nearer than two", "a.example/gpu-12", "(did you mean \"a.example/gpu-10\"?)"},
        {"the case is nearer than a slip", "a.example/GPU-21", "write \"a.example/gpu-21\""},
        {"of two equally near the first", "fpga", "(did you mean \"b.example/fpga\"?)"},
        {"the domain of a neighbour", "c.example/fpgA", "write \"c.example/fpga\""},
        {"one slip is nearer than a wrong domain and one slip", "c.example/fpgb",
         "(did you mean \"c.example/fpga\"?)"},
    };
    struct permitted_list *list = list_of_names(names, COUNT(names));
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text message CLEANUP_TEXT = TEXT_INIT(4096);

        explain(list, str_from(rows[i].name), &message);
        if (!strstr(text_get(&message), rows[i].says))
            wrong += !text_check(rows[i].what, rows[i].says, text_get(&message));
    }
    permitted_list_unref(list);
    assert_int_equal(wrong, 0);
}

static void test_ten_are_named_and_the_rest_is_counted(void **state)
{
    static const struct {
        size_t count;
        const char *rest;
    } rows[] = {{1, "\"n/00000\""},
                {10, "\"n/00009\""},
                {11, "\"n/00009\" and 1 more"},
                {10000, "\"n/00009\" and 9990 more"}};
    static char names[10000][8];
    const char *pointers[10000];
    size_t wrong = 0;

    (void)state;
    /* In the opposite order, as the message sorts them. */
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(names[i], sizeof names[i], "n/%05u", (unsigned)i % 100000U);
        pointers[COUNT(names) - 1 - i] = names[i];
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct permitted_list *list =
            list_of_names(pointers + COUNT(names) - rows[i].count, rows[i].count);
        struct text message CLEANUP_TEXT = TEXT_INIT(4096);
        struct str said;

        explain(list, STR("something.else/entirely"), &message);
        said = (struct str){text_get(&message), message.len};
        if (!str_ends_with(said, str_from(rows[i].rest)) ||
            !str_starts_with(said, STR("; permitted: \"n/00000\"")))
            wrong += !text_check("the end of", rows[i].rest, text_get(&message));
        permitted_list_unref(list);
    }
    assert_int_equal(wrong, 0);
}

static void test_disabled_entries_are_neither_named_nor_counted(void **state)
{
    const struct object_rows rows = {.kind = "HyperConverged",
                                     .section = {.lists = {ENTRIES(DISABLED("10de:1eb8", "a.b/c"),
                                                                   ENTRY("10de:1eb9", "a.b/d"))}}};
    struct permitted_list *list = list_of_rows(&rows);
    struct text message CLEANUP_TEXT = TEXT_INIT(4096);

    (void)state;
    assert_int_equal(permitted_list_count(list), 1);
    explain(list, STR("x"), &message);
    assert_string_equal(text_get(&message), "; permitted: \"a.b/d\"");
    permitted_list_unref(list);
}

static void test_a_list_of_disabled_entries_permits_nothing(void **state)
{
    const struct object_rows rows = {
        .kind = "HyperConverged", .section = {.lists = {ENTRIES(DISABLED("10de:1eb8", "a.b/c"))}}};
    struct permitted_list *list = list_of_rows(&rows);
    struct text message CLEANUP_TEXT = TEXT_INIT(4096);

    (void)state;
    explain(list, STR("x"), &message);
    assert_string_equal(text_get(&message),
                        "; no device is permitted: every entry of the permitted list is disabled");
    permitted_list_unref(list);
}

static void test_a_name_that_is_a_beginning_sorts_first(void **state)
{
    static const char *const names[] = {"a/bc", "a/b", "a/bb"};
    struct permitted_list *list = list_of_names(names, COUNT(names));
    struct text message CLEANUP_TEXT = TEXT_INIT(4096);

    (void)state;
    explain(list, STR("something else"), &message);
    assert_string_equal(text_get(&message), "; permitted: \"a/b\", \"a/bb\", \"a/bc\"");
    permitted_list_unref(list);
}

/* The object that it was made from may go: list_of_names() has freed it by now. */
static void *read_often(void *list)
{
    for (int i = 0; i < 1000; i++) {
        struct permitted_list *mine = permitted_list_ref(list);

        if (permitted_list_find(mine, STR("a/b")) != PERMISSION_GRANTED)
            abort();
        permitted_list_unref(mine);
    }
    permitted_list_unref(list);
    return NULL;
}

static void test_threads_share_a_list_until_the_last_lets_go(void **state)
{
    static const char *const names[] = {"a/b"};
    struct permitted_list *list = list_of_names(names, COUNT(names));
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, permitted_list_ref(list)),
                         0);
    permitted_list_unref(list);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    permitted_list_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_list_of_devices_permits),
        cmocka_unit_test(test_which_of_two_paths_counts),
        cmocka_unit_test(test_what_it_says_of_a_name),
        cmocka_unit_test(test_the_nearest_is_named),
        cmocka_unit_test(test_ten_are_named_and_the_rest_is_counted),
        cmocka_unit_test(test_disabled_entries_are_neither_named_nor_counted),
        cmocka_unit_test(test_a_list_of_disabled_entries_permits_nothing),
        cmocka_unit_test(test_a_name_that_is_a_beginning_sorts_first),
        cmocka_unit_test(test_threads_share_a_list_until_the_last_lets_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
