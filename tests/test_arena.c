/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one review: zeroed, aligned, bounded, freed at once. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

static void test_pieces_are_zeroed_and_aligned(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);

    (void)state;
    for (size_t size = 0; size < 300; size++) {
        unsigned char *piece = arena_alloc(&arena, 1, size);

        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xFF, size);
    }
    assert_false(arena.failed);
}

static void test_pieces_do_not_overlap(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 24);
    unsigned *pieces[1000];

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        pieces[i] = arena_alloc(&arena, 1 + i % 50, sizeof **pieces);
        for (unsigned j = 0; j < 1 + i % 50; j++)
            pieces[i][j] = i;
    }
    for (unsigned i = 0; i < 1000; i++) {
        for (unsigned j = 0; j < 1 + i % 50; j++)
            assert_int_equal(pieces[i][j], i);
    }
}

static void test_the_first_memory_is_used_up_first(void **state)
{
    alignas(max_align_t) unsigned char first[256];
    struct account account = {0};
    struct arena arena CLEANUP_ARENA = {
        .first = first, .first_left = sizeof first, .limit = 1 << 20, .account = &account};
    unsigned char *piece = arena_alloc(&arena, 1, 200);

    (void)state;
    memset(first, 0xFF, sizeof first);
    assert_ptr_equal(piece, first);
    piece = arena_alloc(&arena, 1, 40);
    assert_in_range(piece - first, 200, 216);
    assert_int_equal(piece[39], 0);
    assert_int_equal(account.taken, 0);
    piece = arena_alloc(&arena, 1, 40);
    assert_non_null(piece);
    assert_true(piece + 40 <= first || piece >= first + sizeof first);
    assert_true(account.taken > 0);
    assert_null(arena_alloc(&arena, 1, 1 << 20));
    assert_true(arena.limited);
    arena_free(&arena);
    assert_false(arena.failed);
    assert_int_equal(account.taken, 0);
    assert_non_null(arena_alloc(&arena, 1, 100));
}

static void test_a_piece_may_be_larger_than_a_block(void **state)
{
    const size_t size = 1000000;
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    unsigned char *piece = arena_alloc(&arena, size, 1);

    (void)state;
    assert_non_null(piece);
    assert_int_equal(piece[size - 1], 0);
    assert_non_null(arena_alloc(&arena, 1, 1));
}

static void test_the_limit_holds(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(100000);
    size_t taken = 0;

    (void)state;
    while (arena_alloc(&arena, 1, 16))
        taken += 16;
    assert_true(arena.failed && arena.limited);
    assert_true(arena.held <= arena.limit);
    assert_in_range(taken, 99000, 100000);
}

/* The last block is made as small as what is left allows. */
static void test_a_small_limit_can_be_used_up(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(64);

    (void)state;
    assert_non_null(arena_alloc(&arena, 4, 16));
    assert_false(arena.failed);
    assert_null(arena_alloc(&arena, 1, 1));
    assert_true(arena.failed);
}

static void test_failure_is_remembered(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1000);

    (void)state;
    assert_false(arena.limited);
    assert_null(arena_alloc(&arena, 1, 2000));
    assert_true(arena.failed && arena.limited);
    assert_non_null(arena_alloc(&arena, 1, 16));
    assert_true(arena.failed && arena.limited);
}

static void test_sizes_that_overflow_are_refused(void **state)
{
    static const size_t sizes[][2] = {{SIZE_MAX, 2}, {2, SIZE_MAX},         {SIZE_MAX, 1},
                                      {1, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX - 8, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT(SIZE_MAX);

        assert_null(arena_alloc(&arena, sizes[i][0], sizes[i][1]));
        assert_true(arena.failed);
    }
}

static void test_copies(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    char original[] = "a\0b";
    struct str copy = arena_copy(&arena, (struct str){original, 3});

    (void)state;
    original[0] = 'x';
    assert_true(str_equal(copy, STR("a\0b")));
    assert_int_equal(copy.data[3], '\0');
    assert_true(str_equal(arena_copy(&arena, STR("")), STR("")));
    assert_null(arena_copy(&arena, (struct str){NULL, 0}).data);
    assert_false(arena.failed);
}

static void test_a_copy_that_does_not_fit_is_absent(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(0);

    (void)state;
    assert_null(arena_copy(&arena, STR("abc")).data);
    assert_true(arena.failed);
}

static void test_freeing_twice(void **state)
{
    struct arena arena = ARENA_INIT(1024);

    (void)state;
    arena_alloc(&arena, 1, 1000);
    arena_free(&arena);
    assert_int_equal(arena.held, 0);
    assert_non_null(arena_alloc(&arena, 1, 1000));
    arena_free(&arena);
    arena_free(&arena);
}

static void test_lower_case(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(4096);

    (void)state;
    assert_true(str_equal(arena_lower(&arena, STR("10DE:1eB8\xc3\x84")), STR("10de:1eb8\xc3\x84")));
    assert_true(str_equal(arena_lower(&arena, STR("")), STR("")));
    assert_null(arena_lower(&arena, (struct str){NULL, 0}).data);
    assert_false(arena.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lower_case),
        cmocka_unit_test(test_pieces_are_zeroed_and_aligned),
        cmocka_unit_test(test_pieces_do_not_overlap),
        cmocka_unit_test(test_the_first_memory_is_used_up_first),
        cmocka_unit_test(test_a_piece_may_be_larger_than_a_block),
        cmocka_unit_test(test_the_limit_holds),
        cmocka_unit_test(test_a_small_limit_can_be_used_up),
        cmocka_unit_test(test_failure_is_remembered),
        cmocka_unit_test(test_sizes_that_overflow_are_refused),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_a_copy_that_does_not_fit_is_absent),
        cmocka_unit_test(test_freeing_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
