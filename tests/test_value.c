/* SPDX-License-Identifier: Apache-2.0 */
/* Values: what is found in them, and what tells one from another. */
#include "server/documents/json_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static uint64_t digest_of(const char *text)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    const struct value *value = value_from_json(json, &arena);
    uint64_t digest;

    assert_non_null(value);
    digest = value_digest(value);
    json_decref(json);
    return digest;
}

static void test_the_order_of_members_is_no_difference(void **state)
{
    (void)state;
    assert_true(digest_of("{\"a\":1,\"b\":[{\"c\":2,\"d\":3}]}") ==
                digest_of("{\"b\":[{\"d\":3,\"c\":2}],\"a\":1}"));
}

static void test_other_values_have_other_digests(void **state)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "1",
        "\"\"",
        "\"0\"",
        "\"null\"",
        "[]",
        "{}",
        "[1,2]",
        "[2,1]",
        "[[1],2]",
        "[[1,2]]",
        "{\"a\":1}",
        "{\"a\":2}",
        "{\"b\":1}",
        "{\"a\":1,\"b\":1}",
        "{\"a\":{\"b\":1}}",
        "[{\"a\":1}]",
        "[\"a\",1]",
        "{\"ab\":\"c\"}",
        "{\"a\":\"bc\"}",
        "[\"ab\",\"c\"]",
        "[\"a\",\"bc\"]",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t j = 0; j < COUNT(texts); j++) {
            if ((digest_of(texts[i]) == digest_of(texts[j])) != (i == j))
                fail_msg("%s and %s", texts[i], texts[j]);
        }
    }
}

static void test_what_is_found(void **state)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(1 << 20);
    json_t *json = json_loads("{\"a\":\"x\",\"n\":null,\"t\":true,\"l\":[1.5,{}],\"\":7}", 0, NULL);
    const struct value *object = value_from_json(json, &arena);
    const struct value *list = value_get(object, STR("l"));

    (void)state;
    assert_int_equal(object->count, 5);
    assert_true(str_equal(value_string(value_get(object, STR("a"))), STR("x")));
    assert_null(value_get(object, STR("n")));
    assert_null(value_get(object, STR("b")));
    assert_null(value_get(NULL, STR("a")));
    assert_null(value_get(list, STR("a")));
    assert_null(value_string(list).data);
    assert_null(value_string(NULL).data);
    assert_true(value_is_bool(value_get(object, STR("t"))));
    assert_false(value_is_bool(NULL));
    assert_string_equal(value_type_name(list), "array");
    assert_int_equal(list->count, 2);
    assert_true(str_equal(list->first->text, STR("1.5")));
    assert_true(value_is(list->first->next, VALUE_OBJECT));
    assert_true(str_equal(value_get(object, STR(""))->text, STR("7")));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_order_of_members_is_no_difference),
        cmocka_unit_test(test_other_values_have_other_digests),
        cmocka_unit_test(test_what_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
