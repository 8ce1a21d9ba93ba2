/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is picked out of a JSON text in one pass is what the reader with words keeps of it, and what
 * that one refuses is never picked. tests/fuzz/fuzz_pick.c asks the same of any text.
 */
#include "server/admission/admission_mask.h"
#include "server/documents/json_pick.h"
#include "server/documents/json_reader.h"
#include "server/documents/json_write.h"
#include "tests/support/fixture.h"
#include "tests/support/picked.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- what API servers send ---------------------------------------------------------------------
 */

/* Without white space, as an API server writes. */
static char *compact(const struct fixture *fixture)
{
    json_t *root = NULL;
    struct error err;
    char *text = NULL;

    if (json_read(fixture->request, fixture->request_len, &root, &err) == JSON_READ)
        text = json_write(root);
    json_decref(root);
    return text;
}

static void test_every_fixture(void **state)
{
    struct fixtures fixtures = fixtures_load();
    size_t picked = 0, wrong = 0;

    (void)state;
    for (size_t i = 0; i < fixtures.count; i++) {
        const struct fixture *fixture = &fixtures.items[i];
        char *text = compact(fixture);
        enum picked whole, dense;

        assert_non_null(text);
        whole = picked_as_read((struct str){fixture->request, fixture->request_len});
        dense = picked_as_read(str_from(text));
        if (whole == PICKED_OTHERWISE || dense == PICKED_OTHERWISE) {
            fprintf(stderr, "%s: %d, without white space %d\n", fixture->folder, whole, dense);
            wrong++;
        }
        picked += whole == PICKED_THE_SAME;
        free(text);
    }
    /* All but those with fields of a wrong type. */
    assert_true(picked * 10 > fixtures.count * 8);
    assert_int_equal(wrong, 0);
    fixtures_free(&fixtures);
}

/* --- texts one by one --------------------------------------------------------------------------
 */

/* %s is the text in the middle of an AdmissionReview's name, of an annotation, and so on. */
#define REVIEW(member) "{\"kind\":\"AdmissionReview\",\"request\":{" member "}}"
#define KEPT(value) REVIEW("\"name\":" value)
#define PASSED(value) REVIEW("\"options\":" value)

struct row {
    const char *text;
    size_t len; /* 0: up to the NUL */
};

static struct str text_of(const struct row *row)
{
    return (struct str){row->text, row->len > 0 ? row->len : strlen(row->text)};
}

static size_t count_wrong(const struct row *rows, size_t count, enum picked expected)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        enum picked picked = picked_as_read(text_of(&rows[i]));

        if (picked != expected) {
            fprintf(stderr, "%s: %d\n", rows[i].text, picked);
            wrong++;
        }
    }
    return wrong;
}

static const struct row ordinary[] = {
    {"{}", 0},
    {" \t\r\n{ \t\r\n} \t\r\n", 0},
    {KEPT("\"\""), 0},
    {KEPT("\"0123456789abcde\""), 0},
    {KEPT("\"0123456789abcdef\""), 0},
    {KEPT("\"0123456789abcdef0123456789abcdef\""), 0},
    {KEPT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), 0},
    {KEPT("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\""), 0},
    {KEPT("\"\\ud83d\""), 0},
    {KEPT("\"\\ud83dx\\ude00\""), 0},
    {KEPT("\"\\ud83d\\ud83d\\ude00\""), 0},
    {KEPT("\"h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xEF\xBF\xBD\""), 0},
    {KEPT("null"), 0},
    {KEPT("true"), 0},
    {KEPT("false"), 0},
    {KEPT("0"), 0},
    {KEPT("420"), 0},
    {KEPT("123456789012345"), 0},
    {KEPT("{}"), 0},
    {KEPT("[]"), 0},
    {KEPT("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"), 0},
    {KEPT("[ {\"a\" : [1, \"x\", {\"\": null}] , \"b\":{} } , true ]"), 0},
    {REVIEW("\"object\":{\"metadata\":{\"labels\":{\"a.b/c\":\"d\",\"e\":{\"f\":[]}}}}"), 0},
    {KEPT(" \"a\" , \"uid\" : \"b\" "), 0},
    {REVIEW("\"object\":null,\"oldObject\":{}"), 0},
    {REVIEW("\"object\":{\"spec\":{\"hostDevices\":[null,{},{\"name\":\"x\",\"n\":[{}]}]}}"), 0},
    {REVIEW("\"object\":{\"spec\":{\"hostDevices\":[ ]}}"), 0},
    {PASSED("\"\\\"k:{\\\\\\\"x\\\\\\\"}\\ud83d\\ude00h\xC3\xA9\x7F\""), 0},
    {PASSED("[0,-0,10,-17,1.5,0.25,-0.0,123456789012345678901234567890]"), 0},
    {PASSED("[[],[[]],{},{\"\":{}},[{},[]],true,false,null,\"\"]"), 0},
    {PASSED("{\"a\":1,\"a\":2}"), 0},
    {PASSED(" [ 1 , { \"a\" : 2 } ] "), 0},
};

/* Taken by the other reader, and refused by it. */
static const struct row out_of_the_ordinary[] = {
    {KEPT("-1"), 0},
    {KEPT("1.0"), 0},
    {KEPT("1e2"), 0},
    {KEPT("1234567890123456"), 0},
    {KEPT("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), 0},
    {KEPT("{\"a\":{\"b\":1,\"b\":2}}"), 0},
    {KEPT("{\"\\u0061\":1}"), 0},
    {KEPT("[1,2.5]"), 0},
    {KEPT("[1,]"), 0},
    {KEPT("{\"a\":1]"), 0},
    {KEPT("\"\\u0000\""), 0},
    {REVIEW("\"n\\u0061me\":\"x\""), 0},
    {REVIEW("\"object\":[]"), 0},
    {REVIEW("\"object\":\"x\""), 0},
    {REVIEW("\"object\":{\"spec\":{\"hostDevices\":{}}}"), 0},
    {REVIEW("\"object\":{\"spec\":{\"hostDevices\":[1]}}"), 0},
    {PASSED("1e5"), 0},
    {PASSED("{\"a\\u0000\":1}"), 0},
    {"", 0},
    {"[]", 0},
    {"\"x\"", 0},
    {"1", 0},
    {"\xEF\xBB\xBF{}", 0},
    {"{}{}", 0},
    {"{}x", 0},
    {"{}\0", 3},
    {"{", 0},
    {"{\"a\"", 0},
    {"{\"a\":", 0},
    {"{\"a\":1", 0},
    {"{\"a\":1,", 0},
    {"{\"a\":1,}", 0},
    {"{,}", 0},
    {"{a:1}", 0},
    {"{\"a\" 1}", 0},
    {"{\"a\":1 \"b\":2}", 0},
    {"{\"a\":[1,]}", 0},
    {"{\"a\":[,1]}", 0},
    {"{\"a\":[1 2]}", 0},
    {"{\"a\":[1}}", 0},
    {"{\"a\":{\"b\":1]}", 0},
    {"{\"a\":[}", 0},
    {REVIEW("\"name\":\"x\",\"name\":\"y\""), 0},
    {REVIEW("\"options\":1,\"options\":2"), 0},
    {REVIEW("\"object\":{\"metadata\":{\"labels\":{\"a\":\"\",\"a\":\"\"}}}"), 0},
    {KEPT("\"x"), 0},
    {KEPT("\"\\x\""), 0},
    {KEPT("\"\\u12g4\""), 0},
    {KEPT("\"\\u12"), 0},
    {KEPT("\"\\"), 0},
    {KEPT("\"a\tb\""), 0},
    {KEPT("\"a\nb\""), 0},
    {KEPT("\"\xFF\""), 0},
    {KEPT("\"\xC0\x80\""), 0},
    {KEPT("\"\xED\xA0\x80\""), 0},
    {KEPT("\"\xF4\x90\x80\x80\""), 0},
    {KEPT("\"\xE2\x82\""), 0},
    {KEPT("007"), 0},
    {KEPT("12x"), 0},
    {KEPT("tru"), 0},
    {KEPT("nul"), 0},
    {KEPT("True"), 0},
    {KEPT("truex"), 0},
    {KEPT("'x'"), 0},
    {PASSED("01"), 0},
    {PASSED("-"), 0},
    {PASSED("-01"), 0},
    {PASSED("+1"), 0},
    {PASSED("1."), 0},
    {PASSED(".5"), 0},
    {PASSED("1.e5"), 0},
    {PASSED("0x1"), 0},
    {PASSED("1e"), 0},
    {PASSED("1e999"), 0},
    {PASSED("NaN"), 0},
    {PASSED("\xC3\xA9"), 0},
};

static void test_ordinary_texts(void **state)
{
    (void)state;
    assert_int_equal(count_wrong(ordinary, COUNT(ordinary), PICKED_THE_SAME), 0);
}

static void test_texts_out_of_the_ordinary(void **state)
{
    (void)state;
    assert_int_equal(count_wrong(out_of_the_ordinary, COUNT(out_of_the_ordinary), PICKED_NOT), 0);
}

/* Each text ends where its memory does, so that AddressSanitizer sees a byte too far. */
static void test_every_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ordinary); i++) {
        struct str whole = text_of(&ordinary[i]);

        for (size_t len = 0; len < whole.len; len++) {
            char *copy = malloc(len > 0 ? len : 1);

            assert_non_null(copy);
            memcpy(copy, whole.data, len);
            assert_int_not_equal(picked_as_read((struct str){copy, len}), PICKED_OTHERWISE);
            free(copy);
        }
    }
}

/* Every byte, in a string at every place of a block that is looked at in one go, and outside. */
static void test_every_byte(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t at = 0; at < 40; at++) {
            char text[] = KEPT("\"01234567890123456789012345678901234567\"");
            size_t start = strlen("{\"kind\":\"AdmissionReview\",\"request\":{\"name\":");

            text[start + at] = (char)byte;
            assert_int_not_equal(picked_as_read((struct str){text, sizeof text - 1}),
                                 PICKED_OTHERWISE);
        }
    }
}

/* --- limits ------------------------------------------------------------------------------------
 */

static void add_times(struct text *text, const char *part, size_t times)
{
    for (size_t i = 0; i < times; i++)
        text_add(text, part);
}

static enum picked pick_nested(size_t depth)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(1 << 20);

    text_add(&text, "{\"a\":");
    add_times(&text, "[", depth);
    add_times(&text, "]", depth);
    text_add(&text, "}");
    return picked_as_read((struct str){text_get(&text), text.len});
}

static void test_depth(void **state)
{
    (void)state;
    assert_int_equal(pick_nested(1), PICKED_THE_SAME);
    assert_int_equal(pick_nested(64), PICKED_THE_SAME);
    assert_int_equal(pick_nested(65), PICKED_THE_SAME);
    assert_int_equal(pick_nested(256), PICKED_THE_SAME);
    assert_int_not_equal(pick_nested(499), PICKED_OTHERWISE);
    assert_int_equal(pick_nested(500), PICKED_NOT);
    assert_int_equal(pick_nested(100000), PICKED_NOT);
}

static enum picked pick_list(size_t items, const char *item)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(8 << 20);

    text_add(&text, "{\"request\":{\"object\":{\"spec\":{\"hostDevices\":[");
    text_add(&text, item);
    for (size_t i = 1; i < items; i++) {
        text_add(&text, ",");
        text_add(&text, item);
    }
    text_add(&text, "]}}}}");
    return picked_as_read((struct str){text_get(&text), text.len});
}

/* Beside the items there are five values. */
static void test_how_much_is_kept(void **state)
{
    (void)state;
    assert_int_equal(pick_list(99995, "{}"), PICKED_THE_SAME);
    assert_int_equal(pick_list(99996, "{}"), PICKED_NOT);
    assert_int_equal(pick_list(49997, "{\"name\":\"a\"}"), PICKED_THE_SAME);
    assert_int_equal(pick_list(49998, "{\"name\":\"a\"}"), PICKED_NOT);
    /* What is left out counts as well. */
    assert_int_equal(pick_list(49997, "{\"x\":1}"), PICKED_THE_SAME);
    assert_int_equal(pick_list(49998, "{\"x\":1}"), PICKED_NOT);
}

static enum picked pick_keys(size_t count)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(1 << 20);

    text_add(&text, "{\"k0\":0");
    for (size_t i = 1; i < count; i++)
        text_addf(&text, ",\"k%zu\":0", i);
    text_add(&text, "}");
    return picked_as_read((struct str){text_get(&text), text.len});
}

static void test_many_keys(void **state)
{
    (void)state;
    assert_int_equal(pick_keys(256), PICKED_THE_SAME);
    assert_int_equal(pick_keys(257), PICKED_NOT);
}

static void test_lack_of_memory(void **state)
{
    const struct str text = STR(KEPT("\"a\\nb\",\"object\":{\"spec\":{\"hostDevices\":[{}]}}"));

    (void)state;
    for (size_t limit = 0; limit < 2000; limit += 16) {
        struct arena small CLEANUP_ARENA = ARENA_INIT(limit);
        const struct value *value = json_pick(text, admission_mask(), &small);

        assert_true(value ? !small.failed : small.failed);
        assert_true(value || limit < 1900);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fixture),
        cmocka_unit_test(test_ordinary_texts),
        cmocka_unit_test(test_texts_out_of_the_ordinary),
        cmocka_unit_test(test_every_beginning),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_how_much_is_kept),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
