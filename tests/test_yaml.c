/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/yaml.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS "tests/yaml_vectors.txt"

/* --- what both sides of a comparison need ------------------------------------------------------
 */

/* As json_equal, with 1 and 1.0 equal: the tools write a real without a fraction as an integer. */
static bool same(const json_t *a, const json_t *b)
{
    const char *key;
    const json_t *value;
    size_t i;

    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    if (json_is_array(a) && json_array_size(a) == json_array_size(b)) {
        json_array_foreach(a, i, value) {
            if (!same(value, json_array_get(b, i)))
                return false;
        }
        return json_is_array(b);
    }
    if (json_is_object(a) && json_object_size(a) == json_object_size(b)) {
        json_object_foreach((json_t *)(uintptr_t)a, key, value) {
            if (!same(value, json_object_get(b, key)))
                return false;
        }
        return json_is_object(b);
    }
    return json_equal(a, b);
}

static json_t *expected_json(const char *text)
{
    json_error_t problem;
    json_t *value = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &problem);

    if (!value)
        fail_msg("%s: %s", text, problem.text);
    return value;
}

static json_t *load(struct str text)
{
    struct error err = {.message = "untouched"};
    json_t *documents = yaml_load(text.data, text.len, &err);

    if (!documents)
        fail_msg("%.*s: %s", (int)text.len, text.data, err.message);
    assert_string_equal(err.message, "untouched");
    return documents;
}

/* `json` holds the documents of `text`. */
static void expect_loaded(struct str text, const char *json)
{
    json_t *documents = load(text);
    json_t *expected = expected_json(json);

    if (!same(documents, expected)) {
        char *found = json_dumps(documents, 0);

        print_error("%.*s\n", (int)text.len, text.data);
        fail_msg("%s instead of %s", found, json);
    }
    json_decref(documents);
    json_decref(expected);
}

static void expect_refused(struct str text, const char *message)
{
    struct error err = {.message = ""};
    json_t *documents = yaml_load(text.data, text.len, &err);

    if (documents)
        fail_msg("accepted: %.*s", (int)text.len, text.data);
    assert_string_equal(err.message, message);
}

/* `text` as often as `count` says. */
static void add_times(struct text *to, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(to, text);
}

static struct str text_str(const struct text *text)
{
    return (struct str){text_get(text), text->len};
}

/* --- as Kubernetes tools read ------------------------------------------------------------------
 */

static void check_vector(const json_t *vector, size_t line)
{
    const json_t *text = json_array_get(vector, 0);
    const json_t *expected = json_array_get(vector, 1);
    struct error err = {.message = ""};
    json_t *documents;

    assert_true(json_is_string(text));
    documents = yaml_load(json_string_value(text), json_string_length(text), &err);
    if (!documents && expected)
        fail_msg(VECTORS ":%zu: refused: %s", line, err.message);
    if (documents && !expected)
        fail_msg(VECTORS ":%zu: accepted", line);
    if (documents && !same(documents, expected))
        fail_msg(VECTORS ":%zu: %s", line, json_dumps(documents, 0));
    if (!documents)
        assert_memory_equal(err.message, "line ", strlen("line "));
    json_decref(documents);
}

static void test_vectors(void **state)
{
    FILE *file = fopen(VECTORS, "r");
    char *line = NULL;
    size_t room = 0;
    size_t number = 0;
    size_t count = 0;

    (void)state;
    assert_non_null(file);
    while (getline(&line, &room, file) > 0) {
        json_t *vector;

        number++;
        if (line[0] != '[')
            continue;
        vector = expected_json(line);
        check_vector(vector, number);
        json_decref(vector);
        count++;
    }
    free(line);
    fclose(file);
    assert_in_range(count, 700, 10000);
}

/* kubectl reads only the first document of each part, and drops what follows without a word. */
static void test_what_kubectl_would_drop_is_refused(void **state)
{
    (void)state;
    expect_refused(STR("a: 1\n...\nb: 2\n"),
                   "line 3, column 1: did not find expected <document start>");
    expect_refused(STR("{a: b}\n{c: d}\n"),
                   "line 2, column 1: did not find expected <document start>");
    expect_refused(STR("[a]:b"), "line 1, column 4: did not find expected <document start>");
}

static void test_what_kubectl_refuses_without_need(void **state)
{
    (void)state;
    expect_loaded(STR("%YAML 1.1\n---\na: yes\n"), "[{\"a\": true}]");
    expect_loaded(STR("%YAML 1.2\n---\na: yes\n"), "[{\"a\": true}]");
    expect_loaded(STR("%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n"), "[{\"a\": \"1\"}]");
    expect_loaded(STR("{\"a\": 1} # comment"), "[{\"a\": 1}]");
    expect_loaded(STR("{\"a\": 1}{\"b\": 2}\n---\nc: 3\n"), "[{\"a\": 1}, {\"b\": 2}, {\"c\": 3}]");
    expect_loaded(STR("- {\"a\": \"\\/\"}"), "[[{\"a\": \"/\"}]]");
    expect_loaded(STR("a: !!timestamp never"), "[{\"a\": \"never\"}]");
}

static void test_separators_as_kubectl_has_them(void **state)
{
    (void)state;
    expect_loaded(STR("a: 1\n--- # one\nb: 2\n---\t\n---\r\n"), "[{\"a\": 1}, {\"b\": 2}]");
    expect_refused(STR("a: 1\n---#x\nb: 2\n"),
                   "line 2, column 1: write a space between --- and the comment");
    expect_refused(STR("a: 1\n---b: 2\n"),
                   "line 2, column 1: a line that begins with --- divides documents and may only "
                   "hold a comment, as kubectl has it; put the rest on a line of its own");
}

static void test_no_text_at_all(void **state)
{
    (void)state;
    expect_loaded((struct str){NULL, 0}, "[]");
    expect_loaded(STR(""), "[]");
    expect_loaded(STR("\xEF\xBB\xBF"), "[]");
}

static void test_integers_stay_integers(void **state)
{
    json_t *documents = load(STR("{\"a\": 9007199254740993}\n---\na: 9007199254740993\n"));

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *value = json_object_get(json_array_get(documents, i), "a");

        assert_true(json_is_integer(value));
        assert_true(json_integer_value(value) == 9007199254740993);
    }
    json_decref(documents);
}

static void test_json_strings(void **state)
{
    (void)state;
    expect_loaded(
        STR("{\"a\": \"\\b\\f\\n\\r\\t\\\"\\\\\\/\\u0041\\u00e9\\u263A\\ud83d\\ude00é\"}"),
        "[{\"a\": \"\\b\\f\\n\\r\\t\\\"\\\\/Aé☺😀é\"}]");
    expect_loaded(STR("{\"\\ud800\": [\"\\ud800x\", \"\\udc00\\ud800\", \"\\ud800\\u0041\"]}"),
                  "[{\"\uFFFD\": [\"\uFFFDx\", \"\uFFFD\uFFFD\", \"\uFFFDA\"]}]");
    expect_loaded(STR("{\"a\": \"\x7F\", \"<<\": {\"b\": \"\\u0000\"}}"),
                  "[{\"a\": \"\x7F\", \"<<\": {\"b\": \"\\u0000\"}}]");
}

static void test_json_numbers(void **state)
{
    (void)state;
    expect_loaded(STR("{\"a\": [0, -0, 12, -1.25, 1E3, 2.5e-1, 1e+2, 123456789012345678901]}"),
                  "[{\"a\": [0, 0, 12, -1.25, 1000, 0.25, 100, 123456789012345678901]}]");
}

/* kubectl reads these as YAML in its second attempt. */
static void test_what_is_not_quite_json(void **state)
{
    (void)state;
    expect_loaded(STR("{\"a\": 1, b: 017}"), "[{\"a\": 1, \"b\": 15}]");
    expect_loaded(STR("{\"a\": [1., .5, 01, 1e999, yes, nil, fals]}"),
                  "[{\"a\": [1, 0.5, 1, \"1e999\", true, \"nil\", \"fals\"]}]");
    expect_loaded(STR("{\"a\": \"\\x41\", \"b\": \"x\n y\",}"), "[{\"a\": \"A\", \"b\": \"x y\"}]");
    expect_loaded(STR("{\"a\": 1e, \"b\": [2.x]}"), "[{\"a\": \"1e\", \"b\": [\"2.x\"]}]");
    expect_refused(STR("{\"a\": \"\\u12\"}"),
                   "line 1, column 10: did not find expected hexdecimal number");
    expect_refused(STR("{\"a\" 1}"), "line 1, column 6: did not find expected ',' or '}'");
    expect_refused(STR("{\"a\": [1"), "line 2, column 1: did not find expected ',' or ']' (while "
                                      "parsing a flow sequence that begins on line 1)");
}

/* --- refusals ----------------------------------------------------------------------------------
 */

static void test_duplicate_keys(void **state)
{
    (void)state;
    expect_refused(STR("a: 1\nb:\n  a: 2\n\n'a': 3\n"),
                   "line 5, column 1: duplicate key \"a\", first on line 1; remove one of the two");
    expect_refused(STR("1: a\n0x1: b\n"),
                   "line 2, column 1: duplicate key \"1\", first on line 1; remove one of the two");
    expect_refused(STR("- yes: a\n  \"true\": b\n"), "line 2, column 3: duplicate key \"true\", "
                                                     "first on line 1; remove one of the two");
    expect_refused(STR("{\"a\": 1,\n \"\\u0061\": 2}"),
                   "line 2, column 2: duplicate key \"a\", first on line 1; remove one of the two");
    expect_refused(STR("\"\\e[1m\": a\n\"\\e[1m\": b\n"),
                   "line 2, column 1: duplicate key \"\\u001b[1m\", first on line 1; remove one of "
                   "the two");
    expect_refused(STR("<<: {a: 1}\na: 2\nb: 3\na: 4\n"),
                   "line 4, column 1: duplicate key \"a\", first on line 2; remove one of the two");
}

static void test_long_key_in_a_message(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)10000);
    struct error err = {.message = ""};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        add_times(&text, "k", 1000);
        text_add(&text, ": v\n");
    }
    assert_null(yaml_load(text_get(&text), text.len, &err));
    assert_in_range(strlen(err.message), 150, 250);
    assert_non_null(strstr(err.message, "k…\", first on line 1"));
}

static void test_keys_that_json_does_not_have(void **state)
{
    (void)state;
    expect_refused(STR("a:\n  [b]: c\n"), "line 2, column 3: a key is a mapping or a sequence; "
                                          "JSON keys are strings");
    expect_refused(STR("a: &x [b]\n*x : c\n"), "line 2, column 1: a key is an alias of a mapping "
                                               "or a sequence; JSON keys are strings");
    expect_refused(STR("a: 1\n~: 2\n"), "line 2, column 1: a key is null or missing; put it in "
                                        "quotes if text is meant");
    expect_refused(STR("\"a\\0b\": c\n"), "line 1, column 1: a key holds a NUL character");
    expect_refused(STR("{\"a\\u0000b\": 1}\n"), "line 1, column 2: a key holds a NUL character");
}

static void test_values_that_json_does_not_have(void **state)
{
    (void)state;
    expect_refused(STR("a:\n- .inf\n"), "line 2, column 3: JSON has no infinity and no "
                                        "not-a-number; put it in quotes if text is meant");
    expect_refused(STR("a: !!int x\n"),
                   "line 1, column 4: \"x\" is not a !!int; correct it or remove the tag");
}

static void test_syntax_errors_name_the_place(void **state)
{
    (void)state;
    expect_refused(STR("a:\n\tb: 1\n"), "line 2, column 1: found character that cannot start any "
                                        "token; indent with spaces, not with a tab");
    expect_refused(STR("a: [\n  b\nc: d\n"),
                   "line 3, column 2: did not find expected ',' or ']' (while parsing a flow "
                   "sequence that begins on line 1)");
    expect_refused(STR("a: b: c\n"),
                   "line 1, column 5: mapping values are not allowed in this context");
    expect_refused(STR("é: \"ü\" x\n"), "line 1, column 8: did not find expected key");
}

static void test_places_count_from_the_beginning_of_the_text(void **state)
{
    (void)state;
    expect_refused(STR("{\"a\": 1}\n{\"b\": \"é\"} }\n"),
                   "line 2, column 12: did not find expected node content");
    expect_refused(STR("{\"a\": 1}\n---\nb: 1\nb: 2\n"),
                   "line 4, column 1: duplicate key \"b\", first on line 3; remove one of the two");
    expect_refused(STR("\xEF\xBB\xBF"
                       "a: 1\r\na: 2\r\n"),
                   "line 2, column 1: duplicate key \"a\", first on line 1; remove one of the two");
}

static void test_texts_that_are_not_utf8(void **state)
{
    (void)state;
    expect_refused(STR("\xFF\xFE"
                       "a\0:\0"),
                   "the text is UTF-16, not UTF-8; save it as UTF-8");
    expect_refused(STR("\xFE\xFF\0a"), "the text is UTF-16, not UTF-8; save it as UTF-8");
    expect_refused(STR("a: 1\nb: \xE4\n"), "line 2, column 4: the bytes here are not UTF-8; save "
                                           "the text as UTF-8");
    expect_refused(STR("{\"a\": \"\xED\xA0\x80\"}"), "line 1, column 8: the bytes here are not "
                                                     "UTF-8; save the text as UTF-8");
    expect_refused(STR("a: 1\0"), "line 1, column 5: there is a NUL byte, which no text holds");
    expect_refused(STR("{\"a\": 1\0}"),
                   "line 1, column 8: there is a NUL byte, which no text holds");
    expect_refused(STR("a: \x1B[31m\n"), "line 1, column 4: the control character U+001B is not "
                                         "allowed in YAML; remove it, or write it as an escape in "
                                         "double quotes");
}

/* --- anchors, aliases, merges ------------------------------------------------------------------
 */

static void test_aliases(void **state)
{
    (void)state;
    expect_refused(STR("a: *none\n"),
                   "line 1, column 4: the alias \"none\" has no anchor before it in its document");
    expect_refused(STR("a: &x 1\n---\nb: *x\n"),
                   "line 3, column 4: the alias \"x\" has no anchor before it in its document");
    expect_refused(STR("a: &x\n  b: [*x]\n"),
                   "line 2, column 7: the alias \"x\" stands inside the value that it names");
    expect_refused(STR("&k a: 1\n*k : 2\n"),
                   "line 2, column 1: duplicate key \"a\", first on line 1; remove one of the two");
    expect_loaded(STR("&x a: &y !!binary /w==\nb: [*x, *y]\n"),
                  "[{\"a\": \"\\uFFFD\", \"b\": [\"a\", \"\\uFFFD\"]}]");
}

static void test_merges(void **state)
{
    const char *wrong = "line 1, column 5: the << on line 1 takes a mapping, an alias of one, or a "
                        "sequence of these";

    (void)state;
    expect_refused(STR("<<: a\n"), wrong);
    expect_refused(STR("<<: null\n"), wrong);
    expect_refused(STR("- &s [{}]\n- <<: *s\n"),
                   "line 2, column 7: the << on line 2 takes a "
                   "mapping, an alias of one, or a sequence of these");
    expect_loaded(STR("- &m {a: 1, b: {c: 2}}\n- {<<: *m, a: 3}\n- {a: 3, <<: *m}\n"),
                  "[[{\"a\": 1, \"b\": {\"c\": 2}}, {\"a\": 3, \"b\": {\"c\": 2}},"
                  " {\"a\": 1, \"b\": {\"c\": 2}}]]");
}

/* --- limits ------------------------------------------------------------------------------------
 */

static const char *const too_many_values =
    "the text holds too many values (an alias counts as all that it stands for); divide it into "
    "smaller ones";

static void expect_refused_somewhere(struct str text, const char *message)
{
    struct error err = {.message = ""};

    assert_null(yaml_load(text.data, text.len, &err));
    assert_memory_equal(err.message, "line ", strlen("line "));
    assert_non_null(strstr(err.message, message));
}

static void test_alias_bomb(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)10000);

    (void)state;
    text_add(&text, "- &a0 [x]\n");
    for (unsigned i = 0; i < 30; i++)
        text_addf(&text, "- &a%u [*a%u, *a%u]\n", i + 1, i, i);
    expect_refused_somewhere(text_str(&text), too_many_values);
    text_cut(&text, 0);
    text_add(&text, "- &a0 {k0: x}\n");
    for (unsigned i = 0; i < 30; i++)
        text_addf(&text, "- &a%u {<<: *a%u, k%u: *a%u}\n", i + 1, i, i + 1, i);
    expect_refused_somewhere(text_str(&text), too_many_values);
}

static void test_alias_bomb_of_one_long_string(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)1000000);

    (void)state;
    text_add(&text, "- &a ");
    add_times(&text, "x", 500000);
    text_add(&text, "\n");
    add_times(&text, "- *a\n", 66);
    json_decref(load(text_str(&text)));
    text_add(&text, "- *a\n");
    expect_refused_somewhere(text_str(&text), "the strings of the text take too much memory");
}

static void test_number_of_values(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)3000000);
    json_t *documents;

    (void)state;
    add_times(&text, "- 1\n", 399999);
    documents = load(text_str(&text));
    assert_int_equal(json_array_size(json_array_get(documents, 0)), 399999);
    json_decref(documents);
    text_add(&text, "- 1\n");
    expect_refused_somewhere(text_str(&text), too_many_values);
    text_cut(&text, 0);
    text_add(&text, "{\"a\": [");
    add_times(&text, "{},", 400000);
    text_add(&text, "{}]}");
    expect_refused_somewhere(text_str(&text), too_many_values);
    text_cut(&text, 0);
    add_times(&text, "{}", 400001);
    expect_refused_somewhere(text_str(&text), too_many_values);
}

static void test_depth(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)1000000);

    (void)state;
    add_times(&text, "[", 500);
    add_times(&text, "]", 500);
    json_decref(load(text_str(&text)));
    text_cut(&text, 0);
    add_times(&text, "[", 501);
    expect_refused(text_str(&text), "line 1, column 501: nested deeper than 500 levels");
    text_cut(&text, 0);
    add_times(&text, "{\"a\":", 501);
    text_add(&text, "1");
    add_times(&text, "}", 501);
    expect_refused(text_str(&text), "line 1, column 2501: nested deeper than 500 levels");
    text_cut(&text, 0);
    add_times(&text, "- ", 100000);
    expect_refused(text_str(&text), "line 1, column 1001: nested deeper than 500 levels");
}

/* Each alias adds a level to what the one before it stands for. */
static void test_depth_by_aliases(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)100000);

    (void)state;
    text_add(&text, "- &a0 []\n");
    for (unsigned i = 0; i < 498; i++)
        text_addf(&text, "- &a%u [*a%u]\n", i + 1, i);
    json_decref(load(text_str(&text)));
    text_add(&text, "- &a499 [*a498]\n");
    expect_refused(text_str(&text), "line 500, column 10: nested deeper than 500 levels");
}

static void test_number_of_tag_directives(void **state)
{
    struct text text CLEANUP_TEXT = TEXT_INIT((size_t)100000);

    (void)state;
    for (unsigned i = 0; i < 101; i++)
        text_addf(&text, "%%TAG !t%u! x\n", i);
    text_add(&text, "---\na\n");
    expect_refused(text_str(&text),
                   "line 101, column 1: too many %TAG directives; write the tags in full");
}

/* --- memory ------------------------------------------------------------------------------------
 */

static size_t allocations_left;

static void *limited_malloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(size);
}

static int restore_allocation(void **state)
{
    (void)state;
    json_set_alloc_funcs(malloc, free);
    return 0;
}

/* Whichever allocation of jansson fails: a clean error. */
static void test_each_failed_allocation(void **state)
{
    const struct str text = STR("{\"j\": [1, \"s\", 12345678901234567890123]}\n---\n"
                                "a: &x {b: 1, c: [2.5, ~]}\nd: {<<: [*x, {e: yes}], f: *x}\n");
    json_t *expected = load(text);
    json_t *documents = NULL;
    size_t failures = 0;

    (void)state;
    json_set_alloc_funcs(limited_malloc, free);
    for (size_t limit = 0; !documents; limit++) {
        struct error err = {.message = ""};

        allocations_left = limit;
        documents = yaml_load(text.data, text.len, &err);
        if (!documents) {
            assert_non_null(strstr(err.message, "out of memory"));
            failures++;
        }
    }
    assert_true(same(documents, expected));
    assert_in_range(failures, 30, 1000);
    json_decref(documents);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_what_kubectl_would_drop_is_refused),
        cmocka_unit_test(test_what_kubectl_refuses_without_need),
        cmocka_unit_test(test_separators_as_kubectl_has_them),
        cmocka_unit_test(test_no_text_at_all),
        cmocka_unit_test(test_integers_stay_integers),
        cmocka_unit_test(test_json_strings),
        cmocka_unit_test(test_json_numbers),
        cmocka_unit_test(test_what_is_not_quite_json),
        cmocka_unit_test(test_duplicate_keys),
        cmocka_unit_test(test_long_key_in_a_message),
        cmocka_unit_test(test_keys_that_json_does_not_have),
        cmocka_unit_test(test_values_that_json_does_not_have),
        cmocka_unit_test(test_syntax_errors_name_the_place),
        cmocka_unit_test(test_places_count_from_the_beginning_of_the_text),
        cmocka_unit_test(test_texts_that_are_not_utf8),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_merges),
        cmocka_unit_test(test_alias_bomb),
        cmocka_unit_test(test_alias_bomb_of_one_long_string),
        cmocka_unit_test(test_number_of_values),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_by_aliases),
        cmocka_unit_test(test_number_of_tag_directives),
        cmocka_unit_test_teardown(test_each_failed_allocation, restore_allocation),
    };

    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
