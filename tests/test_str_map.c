/* SPDX-License-Identifier: Apache-2.0 */
/* The hash map: what is put is found again, and only that, however many there are. */
#include "base/str_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

enum { MANY = 100000 };

static void test_an_empty_map(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    const struct str_map map = STR_MAP_INIT(&arena);

    (void)state;
    assert_null(str_map_get(&map, STR("a")));
    assert_null(str_map_get(&map, STR("")));
}

static void test_the_first_value_stays(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct str_map map = STR_MAP_INIT(&arena);
    bool added = false;
    size_t *value = str_map_put(&map, STR("a"), 1, &added);

    (void)state;
    assert_true(added);
    assert_int_equal(*value, 1);
    assert_ptr_equal(str_map_put(&map, STR("a"), 2, &added), value);
    assert_false(added);
    assert_int_equal(*str_map_get(&map, STR("a")), 1);
    *value = 3;
    assert_int_equal(*str_map_get(&map, STR("a")), 3);
    str_map_put(&map, STR("b"), 4, NULL);
    assert_int_equal(map.count, 2);
}

static void test_keys_are_told_apart_by_every_byte(void **state)
{
    static const struct str keys[] = {
        STR_INIT(""),
        STR_INIT("\0"),
        STR_INIT("\0\0"),
        STR_INIT("a"),
        STR_INIT("a\0"),
        STR_INIT("A"),
        STR_INIT("1234567"),
        STR_INIT("12345678"),
        STR_INIT("12345678\0"),
        STR_INIT("123456789"),
        STR_INIT("1234567890123456"),
        STR_INIT("1234567890123457"),
        STR_INIT("\xff\xff\xff\xff\xff\xff\xff\xff"),
    };
    const size_t count = sizeof keys / sizeof keys[0];
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct str_map map = STR_MAP_INIT(&arena);

    (void)state;
    for (size_t i = 0; i < count; i++)
        str_map_put(&map, keys[i], i, NULL);
    assert_int_equal(map.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(*str_map_get(&map, keys[i]), i);
    assert_null(str_map_get(&map, STR("123456")));
}

/* A map has no use for the difference, and a slot without a key is a free one. */
static void test_an_absent_key_is_the_empty_key(void **state)
{
    const struct str absent = {NULL, 0};
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    struct str_map map = STR_MAP_INIT(&arena);
    bool added = false;

    (void)state;
    str_map_put(&map, absent, 7, &added);
    assert_true(added);
    str_map_put(&map, absent, 8, &added);
    assert_false(added);
    str_map_put(&map, STR(""), 9, &added);
    assert_false(added);
    assert_int_equal(map.count, 1);
    assert_non_null(str_map_get(&map, absent));
    assert_int_equal(*str_map_get(&map, absent), 7);
    assert_int_equal(*str_map_get(&map, STR("")), 7);
}

static void fill(struct str_map *map, char keys[MANY][16])
{
    for (size_t i = 0; i < MANY; i++) {
        int len = snprintf(keys[i], sizeof keys[i], "key%zu", i);

        assert_non_null(str_map_put(map, (struct str){keys[i], (size_t)len}, i, NULL));
    }
}

/* Looking at each pair would be 5,000,000,000 comparisons. */
static void test_many_keys(void **state)
{
    static char keys[MANY][16];
    struct arena arena CLEANUP_ARENA = ARENA_INIT((size_t)1 << 30);
    struct str_map map = STR_MAP_INIT(&arena);
    char other[16];

    (void)state;
    fill(&map, keys);
    assert_int_equal(map.count, MANY);
    assert_true(map.count <= map.capacity / 4 * 3);
    assert_int_equal(map.capacity & (map.capacity - 1), 0);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(*str_map_get(&map, str_from(keys[i])), i);
    for (int i = MANY; i < 2 * MANY; i++) {
        snprintf(other, sizeof other, "key%d", i);
        assert_null(str_map_get(&map, str_from(other)));
    }
}

/* The growing tables together take at most twice the last one, with the arena's rounding. */
static void test_memory_is_in_proportion(void **state)
{
    static char keys[MANY][16];
    struct arena arena CLEANUP_ARENA = ARENA_INIT((size_t)1 << 30);
    struct str_map map = STR_MAP_INIT(&arena);

    (void)state;
    fill(&map, keys);
    assert_true(arena.held <= 2 * map.capacity * 32 + 65536);
}

static void test_lack_of_memory(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT((size_t)16 * 32);
    struct str_map map = STR_MAP_INIT(&arena);
    static char keys[13][8];
    bool added = true;

    (void)state;
    for (size_t i = 0; i < 12; i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i);
        assert_non_null(str_map_put(&map, str_from(keys[i]), i, NULL));
    }
    assert_null(str_map_put(&map, STR("one more"), 12, &added));
    assert_true(arena.failed);
    /* What was there is there still, and can be put again. */
    assert_int_equal(*str_map_get(&map, STR("11")), 11);
    assert_int_equal(*str_map_put(&map, STR("3"), 9, &added), 3);
    assert_false(added);
}

static void test_lack_of_memory_from_the_start(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(0);
    struct str_map map = STR_MAP_INIT(&arena);

    (void)state;
    assert_null(str_map_put(&map, STR("a"), 1, NULL));
    assert_null(str_map_get(&map, STR("a")));
}

/* Any key of the hash finds what was put under it; run last, as the key is the whole program's. */
static void test_any_seed(void **state)
{
    static const uint64_t seeds[][2] = {{0, 0}, {UINT64_MAX, UINT64_MAX}, {1, 2}};
    static char keys[MANY][16];

    (void)state;
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT((size_t)1 << 30);
        struct str_map map = STR_MAP_INIT(&arena);

        str_map_seed(seeds[i][0], seeds[i][1]);
        fill(&map, keys);
        assert_int_equal(*str_map_get(&map, STR("key4711")), 4711);
        assert_null(str_map_get(&map, STR("key")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_map),
        cmocka_unit_test(test_the_first_value_stays),
        cmocka_unit_test(test_keys_are_told_apart_by_every_byte),
        cmocka_unit_test(test_an_absent_key_is_the_empty_key),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_memory_is_in_proportion),
        cmocka_unit_test(test_lack_of_memory),
        cmocka_unit_test(test_lack_of_memory_from_the_start),
        cmocka_unit_test(test_any_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
