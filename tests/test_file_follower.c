/* SPDX-License-Identifier: Apache-2.0 */
#include "server/file_follower.h"

#include "tests/support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
    struct temp_dir dir;
    struct temp_path first, second;
    struct file_follower follower;
};

static int set_up(void **state)
{
    static struct world world;

    temp_dir_make(&world.dir);
    world.first = temp_path(&world.dir, "first");
    world.second = temp_path(&world.dir, "second");
    temp_write(&world.dir, "first", "a");
    temp_write(&world.dir, "second", "a");
    world.follower = (struct file_follower){.paths = {world.first.text, world.second.text},
                                            .looks_between_tries = 3};
    file_follower_begin(&world.follower);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    temp_dir_remove(&world->dir);
    return 0;
}

/* As after the reading that follows the first one. */
static struct file_follower *settled(struct world *world, enum file_outcome outcome)
{
    assert_true(file_follower_look(&world->follower));
    file_follower_settle(&world->follower, outcome);
    return &world->follower;
}

static void test_read_once_more_after_the_first(void **state)
{
    struct world *world = *state;
    struct file_follower *follower = settled(world, FILE_USED);

    for (int i = 0; i < 10; i++)
        assert_false(file_follower_look(follower));
    assert_true(file_follower_is_settled(follower));
}

/* Either file; once it has looked the same twice. */
static void test_change(void **state)
{
    struct world *world = *state;
    struct file_follower *follower = settled(world, FILE_USED);
    static const char *const names[] = {"first", "second"};

    for (size_t i = 0; i < 2; i++) {
        temp_replace(&world->dir, names[i], "bb");
        assert_false(file_follower_look(follower));
        assert_false(file_follower_is_settled(follower));
        temp_replace(&world->dir, names[i], "ccc");
        assert_false(file_follower_look(follower));
        assert_true(file_follower_look(follower));
        file_follower_settle(follower, FILE_USED);
        assert_false(file_follower_look(follower));
    }
}

static void test_gone(void **state)
{
    struct world *world = *state;
    struct file_follower *follower = settled(world, FILE_USED);

    temp_delete(&world->dir, "second");
    assert_false(file_follower_look(follower));
    assert_true(file_follower_look(follower));
    file_follower_settle(follower, FILE_FAILED);
    temp_write(&world->dir, "second", "a");
    assert_false(file_follower_look(follower));
    assert_true(file_follower_look(follower));
}

static void test_failure_is_tried_again(void **state)
{
    struct world *world = *state;
    struct file_follower *follower = settled(world, FILE_FAILED);

    for (int i = 0; i < 3; i++) {
        assert_false(file_follower_look(follower));
        assert_false(file_follower_look(follower));
        assert_true(file_follower_look(follower));
        assert_true(file_follower_is_settled(follower));
        file_follower_settle(follower, FILE_FAILED);
    }
    for (int i = 0; i < 2; i++)
        assert_false(file_follower_look(follower));
    assert_true(file_follower_look(follower));
    file_follower_settle(follower, FILE_USED);
    for (int i = 0; i < 10; i++)
        assert_false(file_follower_look(follower));
}

/* Nothing was decided: it is due at each look until something is. */
static void test_unsteady(void **state)
{
    struct world *world = *state;
    struct file_follower *follower = settled(world, FILE_UNSTEADY);

    assert_false(file_follower_is_settled(follower));
    assert_true(file_follower_look(follower));
    file_follower_settle(follower, FILE_UNSTEADY);
    assert_true(file_follower_look(follower));
    file_follower_settle(follower, FILE_USED);
    assert_false(file_follower_look(follower));
}

/* The second slot may be empty. */
static void test_one_file(void **state)
{
    struct world *world = *state;
    struct file_follower follower = {.paths = {world->first.text}, .looks_between_tries = 3};

    file_follower_begin(&follower);
    assert_true(file_follower_look(&follower));
    file_follower_settle(&follower, FILE_USED);
    temp_replace(&world->dir, "second", "bb");
    assert_false(file_follower_look(&follower));
    assert_false(file_follower_look(&follower));
    temp_replace(&world->dir, "first", "bb");
    assert_false(file_follower_look(&follower));
    assert_true(file_follower_look(&follower));
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILES(test_read_once_more_after_the_first),
        WITH_FILES(test_change),
        WITH_FILES(test_gone),
        WITH_FILES(test_failure_is_tried_again),
        WITH_FILES(test_unsteady),
        WITH_FILES(test_one_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
