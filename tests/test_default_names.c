/* SPDX-License-Identifier: Apache-2.0 */
/* Which names /mutate gives, and that it leaves everything else alone. */
#include "tests/support/facts.h"
#include "validators/default_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The names that are given, one a line, as "POINTER=NAME" without the prefix of the kind. */
static void describe(const struct default_names *names, const struct kind *kind, struct text *text)
{
    struct text prefix CLEANUP_TEXT = TEXT_INIT(256);
    struct path top = path_list(str_from(kind->prefix), NULL);

    path_add_pointer(&prefix, &top);
    for (size_t i = 0; i < names->count; i++) {
        struct text pointer CLEANUP_TEXT = TEXT_INIT(256);
        const char *at;

        path_add_pointer(&pointer, &names->items[i].path);
        at = text_get(&pointer);
        if (strncmp(at, text_get(&prefix), prefix.len) == 0)
            at += prefix.len + 1;
        text_addf(text, "%s%s=", i > 0 ? "\n" : "", at);
        text_add_str(text, names->items[i].name);
    }
}

struct naming_row {
    const char *what;
    struct object_rows object, old;
    bool update;
    const char *names;
};

static bool play(const struct naming_row *row)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct text got CLEANUP_TEXT = TEXT_INIT(1 << 16);
    struct object_facts facts, old;
    struct default_names names;

    facts_build(&row->object, &arena, &facts);
    facts_build(&row->old, &arena, &old);
    names = default_names_find(&facts, row->update ? &old : NULL, &arena);
    describe(&names, facts.kind, &got);
    return text_check(row->what, row->names, text_get(&got));
}

static size_t play_all(const struct naming_row *rows, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += !play(&rows[i]);
    return wrong;
}

static void test_a_missing_name_gets_the_smallest_free_number(void **state)
{
    const struct naming_row rows[] = {
        {.what = "nothing to name", .names = ""},
        {.what = "all are named",
         .object = {.devices = {DEVICES(DEVICE("a/b", "x"), DEVICE("a/b", "hostdevices1"))}},
         .names = ""},
        {.what = "absent and empty",
         .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/b", ""))}},
         .names = "hostDevices/0/name=hostdevices1\nhostDevices/1/name=hostdevices2"},
        {.what = "GPUs",
         .object = {.devices = {{0}, DEVICES(DEVICE("a/b", NULL), DEVICE("a/b", NULL))}},
         .names = "gpus/0/name=gpus1\ngpus/1/name=gpus2"},
        {.what = "each list counts by itself",
         .object = {.devices = {DEVICES(DEVICE("a/b", NULL)), DEVICES(DEVICE("a/b", NULL))}},
         .names = "hostDevices/0/name=hostdevices1\ngpus/0/name=gpus1"},
        {.what = "a gap is filled",
         .object = {.devices = {DEVICES(DEVICE("a/b", "hostdevices1"), DEVICE("a/b", NULL),
                                        DEVICE("a/b", "hostdevices3"), DEVICE("a/b", NULL))}},
         .names = "hostDevices/1/name=hostdevices2\nhostDevices/3/name=hostdevices4"},
        {.what = "a number that a later entry has is taken",
         .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/b", "hostdevices1"))}},
         .names = "hostDevices/0/name=hostdevices2"},
        {.what = "names of the other list, in other case or with zeros are not taken",
         .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/b", "hostdevices01"),
                                        DEVICE("a/b", "Hostdevices1"), DEVICE("a/b", "gpus1")),
                                DEVICES(DEVICE("a/b", "hostdevices1"))}},
         .names = "hostDevices/0/name=hostdevices1"},
        {.what = "a claim, and an entry without anything",
         .object = {.devices = {DEVICES({.claim_name = "c"}, DEVICE(NULL, NULL))}},
         .names = "hostDevices/0/name=hostdevices1\nhostDevices/1/name=hostdevices2"},
        {.what = "under the mistaken prefix, counted by itself",
         .object = {.devices = {DEVICES(DEVICE("a/b", NULL))},
                    .misplaced = {DEVICES(DEVICE("a/b", NULL))}},
         .names = "hostDevices/0/name=hostdevices1\n"
                  "/spec/domain/devices/hostDevices/0/name=hostdevices1"},
        {.what = "in a pool",
         .object = {.kind = "VirtualMachinePool", .devices = {DEVICES(DEVICE("a/b", NULL))}},
         .old = {.kind = "VirtualMachinePool"},
         .names = "hostDevices/0/name=hostdevices1"},
    };

    (void)state;
    assert_int_equal(play_all(rows, COUNT(rows)), 0);
}

static void test_what_is_malformed_is_left_alone(void **state)
{
    const struct naming_row rows[] = {
        {.what = "entries of the wrong type, the others get names",
         .object = {.devices = {DEVICES(
                        {.no_object = true}, DEVICE("a/b", MALFORMED), DEVICE(MALFORMED, NULL),
                        {.device_name = "a/b", .claim_name = MALFORMED},
                        {.device_name = "a/b", .request_name = MALFORMED}, DEVICE("a/b", NULL))}},
         .names = "hostDevices/5/name=hostdevices1"},
        {.what = "a malformed entry's name is taken",
         .object = {.devices = {DEVICES(DEVICE(MALFORMED, "hostdevices1"), DEVICE("a/b", NULL))}},
         .names = "hostDevices/1/name=hostdevices2"},
    };

    (void)state;
    assert_int_equal(play_all(rows, COUNT(rows)), 0);
}

static const struct naming_row kept_names[] = {
    {.what = "the same device at the same place",
     .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/c", ""))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", "x"), DEVICE("a/c", "y"))}},
     .update = true,
     .names = "hostDevices/0/name=x\nhostDevices/1/name=y"},
    {.what = "another device at that place",
     .object = {.devices = {DEVICES(DEVICE("a/c", NULL))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", "x"))}},
     .update = true,
     .names = "hostDevices/0/name=hostdevices1"},
    {.what = "the same device at another place",
     .object = {.devices = {DEVICES(DEVICE("a/c", "z"), DEVICE("a/b", NULL))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", "x"))}},
     .update = true,
     .names = "hostDevices/1/name=hostdevices1"},
    {.what = "another entry has that name now, before or behind",
     .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/c", "x"), DEVICE("a/d", "y"),
                                    DEVICE("a/e", NULL))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", "x"), DEVICE("a/c", "z"), DEVICE("a/d", "w"),
                                 DEVICE("a/e", "y"))}},
     .update = true,
     .names = "hostDevices/0/name=hostdevices1\nhostDevices/3/name=hostdevices2"},
    {.what = "numbers are given out after the old names",
     .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/c", NULL))}},
     .old = {.devices = {DEVICES(DEVICE("a/z", "q"), DEVICE("a/c", "hostdevices1"))}},
     .update = true,
     .names = "hostDevices/0/name=hostdevices2\nhostDevices/1/name=hostdevices1"},
    {.what = "oldObject had one name twice: the first gets it",
     .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/b", NULL))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", "x"), DEVICE("a/b", "x"))}},
     .update = true,
     .names = "hostDevices/0/name=x\nhostDevices/1/name=hostdevices1"},
    {.what = "oldObject had no name either",
     .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/b", NULL))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/b", MALFORMED))}},
     .update = true,
     .names = "hostDevices/0/name=hostdevices1\nhostDevices/1/name=hostdevices2"},
    {.what = "oldObject had it in the other list only",
     .object = {.devices = {DEVICES(DEVICE("a/b", NULL))}},
     .old = {.devices = {{0}, DEVICES(DEVICE("a/b", "x"))}},
     .update = true,
     .names = "hostDevices/0/name=hostdevices1"},
    {.what = "a list that grew, and one that shrank",
     .object = {.devices = {DEVICES(DEVICE("a/b", NULL), DEVICE("a/c", NULL)),
                            DEVICES(DEVICE("a/d", NULL))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", "x")),
                         DEVICES(DEVICE("a/d", "y"), DEVICE("a/e", "z"))}},
     .update = true,
     .names = "hostDevices/0/name=x\nhostDevices/1/name=hostdevices1\ngpus/0/name=y"},
    {.what = "a name that stands in the new object is never changed",
     .object = {.devices = {DEVICES(DEVICE("a/b", "new"))}},
     .old = {.devices = {DEVICES(DEVICE("a/b", "old"))}},
     .update = true,
     .names = ""},
    {.what = "the same claim, and another",
     .object = {.devices = {DEVICES({.claim_name = "c", .request_name = "r"}, {.claim_name = "d"},
                                    {.claim_name = "e"})}},
     .old = {.devices = {DEVICES({.claim_name = "c", .request_name = "r", .name = "x"},
                                 {.claim_name = "z", .name = "y"},
                                 {.claim_name = "e", .request_name = "s", .name = "w"})}},
     .update = true,
     .names = "hostDevices/0/name=x\nhostDevices/1/name=hostdevices1\n"
              "hostDevices/2/name=hostdevices2"},
};

static void test_an_update_keeps_the_names_that_were_there(void **state)
{

    (void)state;
    assert_int_equal(play_all(kept_names, COUNT(kept_names)), 0);
}

static void assert_given_names_are_unique(const struct default_names *names,
                                          const struct device items[6], int round)
{
    for (size_t i = 0; i < names->count; i++) {
        for (size_t j = 0; j < 6; j++) {
            if (j != names->items[i].path.index &&
                str_equal(names->items[i].name, items[j].name.text))
                fail_msg("round %d: entries %zu and %zu have one name", round,
                         names->items[i].path.index, j);
        }
    }
}

/* The names that come out, put into the object, leave nothing to do; for many random objects. */
static void test_its_own_output_is_left_as_it_is(void **state)
{
    static const char *const names[] = {NULL,           "",      "hostdevices1", "hostdevices2",
                                        "hostdevices3", "other", "gpus1"};
    static const char *const devices[] = {"a/b", "a/c"};
    unsigned random = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
        struct device_row rows[2][6];
        struct object_rows objects[2] = {{.devices = {{rows[0], 6}}}, {.devices = {{rows[1], 6}}}};
        struct object_facts facts, old;
        struct default_names first, second;
        struct device *items;

        for (size_t i = 0; i < 12; i++) {
            random = random * 1103515245 + 12345;
            rows[i / 6][i % 6] = (struct device_row)DEVICE(devices[random >> 16 & 1],
                                                           names[(random >> 17) % COUNT(names)]);
        }
        facts_build(&objects[0], &arena, &facts);
        facts_build(&objects[1], &arena, &old);
        first = default_names_find(&facts, &old, &arena);
        items = arena_alloc(&arena, 6, sizeof *items);
        memcpy(items, facts.devices[0].items, 6 * sizeof *items);
        for (size_t i = 0; i < first.count; i++)
            items[first.items[i].path.index].name =
                (struct text_field){FIELD_TEXT, first.items[i].name};
        facts.devices[0].items = items;
        second = default_names_find(&facts, &old, &arena);
        assert_false(arena.failed);
        assert_int_equal(second.count, 0);
        assert_given_names_are_unique(&first, items, round);
    }
}

/* 100,000 names to find: looking for each from 1 on would be 5,000,000,000 look-ups. */
static void test_many_names_are_given_in_one_go(void **state)
{
    const size_t count = 100000;
    struct device_row *rows = calloc(count, sizeof *rows);
    const struct object_rows object = {.devices = {{rows, count}}};
    struct arena arena CLEANUP_ARENA = ARENA_INIT((size_t)1 << 30);
    struct object_facts facts;
    struct default_names names;

    (void)state;
    assert_non_null(rows);
    facts_build(&object, &arena, &facts);
    names = default_names_find(&facts, NULL, &arena);
    free(rows);
    assert_int_equal(names.count, count);
    assert_true(str_equal(names.items[count - 1].name, STR("hostdevices100000")));
}

static void test_lack_of_memory_is_remembered(void **state)
{
    const struct object_rows object = {.devices = {DEVICES(DEVICE("a/b", NULL))}};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct object_facts facts;

    (void)state;
    facts_build(&object, &arena, &facts);
    for (size_t limit = 0; limit < 400; limit += 16) {
        struct arena small CLEANUP_ARENA = ARENA_INIT(limit);
        struct default_names names = default_names_find(&facts, NULL, &small);

        assert_true(small.failed || names.count == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_missing_name_gets_the_smallest_free_number),
        cmocka_unit_test(test_what_is_malformed_is_left_alone),
        cmocka_unit_test(test_an_update_keeps_the_names_that_were_there),
        cmocka_unit_test(test_its_own_output_is_left_as_it_is),
        cmocka_unit_test(test_many_names_are_given_in_one_go),
        cmocka_unit_test(test_lack_of_memory_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
