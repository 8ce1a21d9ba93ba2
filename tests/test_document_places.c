/* SPDX-License-Identifier: Apache-2.0 */
/* Where values stand in a text, and what a path leads to. */
#include "server/documents/document_places.h"
#include "server/documents/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct placed {
    json_t *documents;
    struct document_places places;
};

static void load(struct placed *placed, const char *text)
{
    struct error err = {.message = ""};

    document_places_init(&placed->places);
    placed->documents = yaml_load_placed(text, strlen(text), &placed->places, &err);
    if (!placed->documents)
        fail_msg("%s: %s", text, err.message);
}

static void unload(struct placed *placed)
{
    json_decref(placed->documents);
    document_places_free(&placed->places);
}

static struct document_place find(const struct placed *placed, size_t document, const char *path)
{
    const json_t *root = json_array_get(placed->documents, document);

    return document_places_follow(&placed->places, root,
                                  document_places_root(&placed->places, root), str_from(path));
}

static struct document_place find_key(const struct placed *placed, size_t document,
                                      const char *path)
{
    const json_t *root = json_array_get(placed->documents, document);

    return document_places_follow_to_key(
        &placed->places, root, document_places_root(&placed->places, root), str_from(path));
}

struct row {
    const char *path;
    size_t line, column;
};

static void expect(const char *text, size_t document, const struct row *rows, size_t count,
                   struct document_place (*follow)(const struct placed *, size_t, const char *))
{
    struct placed placed;
    size_t wrong = 0;

    load(&placed, text);
    for (size_t i = 0; i < count; i++) {
        struct document_place place = follow(&placed, document, rows[i].path);

        if (place.line != rows[i].line || place.column != rows[i].column) {
            fprintf(stderr, "\"%s\" of\n%s\nis at %zu:%zu, not %zu:%zu\n", rows[i].path, text,
                    place.line, place.column, rows[i].line, rows[i].column);
            wrong++;
        }
    }
    unload(&placed);
    assert_int_equal(wrong, 0);
}

#define EXPECT(text, document, ...)                               \
    expect((text), (document), (const struct row[]){__VA_ARGS__}, \
           COUNT(((const struct row[]){__VA_ARGS__})), find)
#define EXPECT_KEYS(text, ...)                           \
    expect((text), 0, (const struct row[]){__VA_ARGS__}, \
           COUNT(((const struct row[]){__VA_ARGS__})), find_key)

static void test_yaml(void **state)
{
    (void)state;
    EXPECT("# first\nspec:\n  devices:\n  - name: a\n    deviceName: b/c\n  -   name: d\n"
           "  - {name: e,\n     deviceName: f}\n  empty:\n  text: |\n    two\n    lines\n"
           "  plain: [1,  true, null,\n          \"x\"]\n",
           0, {"", 2, 1}, {"spec", 2, 1}, {"spec.devices", 3, 3}, {"spec.devices[0]", 4, 5},
           {"spec.devices[0].name", 4, 11}, {"spec.devices[0].deviceName", 5, 17},
           {"spec.devices[1]", 6, 7}, {"spec.devices[1].name", 6, 13}, {"spec.devices[2]", 7, 5},
           {"spec.devices[2].name", 7, 12}, {"spec.devices[2].deviceName", 8, 18},
           {"spec.text", 10, 9}, {"spec.plain", 13, 3}, {"spec.plain[0]", 13, 11},
           {"spec.plain[1]", 13, 15}, {"spec.plain[2]", 13, 21}, {"spec.plain[3]", 14, 11});
}

static void test_json(void **state)
{
    (void)state;
    EXPECT("{\"spec\": {\"devices\": [{\"name\": \"a\"},\n {\"name\": 5, \"caf\u00e9\": [ [ ] ,"
           "[7]]}],\n\"t\": true}}\n",
           0, {"", 1, 1}, {"spec", 1, 2}, {"spec.devices", 1, 11}, {"spec.devices[0]", 1, 23},
           {"spec.devices[0].name", 1, 32}, {"spec.devices[1]", 2, 2},
           {"spec.devices[1].name", 2, 11}, {"spec.devices[1].caf\u00e9", 2, 14},
           {"spec.devices[1].caf\u00e9[0]", 2, 24}, {"spec.devices[1].caf\u00e9[1]", 2, 29},
           {"spec.devices[1].caf\u00e9[1][0]", 2, 30}, {"spec.t", 3, 6});
}

/* Of what isn't there, the place is that of the last value on the way. */
static void test_what_is_missing(void **state)
{
    (void)state;
    EXPECT("a:\n  b:\n  - c: 1\n  - null\n", 0, {"x", 1, 1}, {"x.y[3].z", 1, 1}, {"a.x", 1, 1},
           {"a.b[0].x", 3, 5}, {"a.b[0].c.d", 3, 8}, {"a.b[1].c", 4, 5}, {"a.b[2]", 2, 3},
           {"a.b.c", 2, 3}, {"a[0]", 1, 1}, {"a.b[", 2, 3}, {"a.b[]", 2, 3}, {"a.b[x]", 2, 3},
           {"a.b[99999999999999999999999]", 2, 3}, {"a..b", 1, 1});
}

/* In brackets behind an object stands a key, whatever is in it. */
static void test_keys_in_brackets(void **state)
{
    (void)state;
    EXPECT("labels:\n  a.b/c: x\n  7: y\n  d: [z]\n", 0, {"labels[a.b/c]", 2, 10},
           {"labels[7]", 3, 6}, {"labels[d]", 4, 3}, {"labels[d][0]", 4, 7}, {"labels[e]", 1, 1},
           {"labels[d].e", 4, 3}, {"labels[a.b/c", 2, 10});
}

static void test_documents(void **state)
{
    static const char text[] = "---\n# none\n---\na: 1\n---\n- b\n---\n  text\n";

    (void)state;
    EXPECT(text, 0, {"", 4, 1}, {"a", 4, 4});
    EXPECT(text, 1, {"", 6, 1}, {"[0]", 6, 3});
    EXPECT(text, 2, {"", 8, 3});
    EXPECT("{\"a\": 1}\n {\"a\": [2]}\n---\na: 3\n", 1, {"", 2, 2}, {"a", 2, 3}, {"a[0]", 2, 9});
    EXPECT("{\"a\": 1}\n {\"a\": [2]}\n---\na: 3\n", 2, {"", 4, 1}, {"a", 4, 4});
    /* Begun as JSON, and read anew as YAML. */
    EXPECT("{\"a\": {\"b\": 1}, c: {\"d\": 2}}\n", 0, {"", 1, 1}, {"a.b", 1, 13}, {"c", 1, 17},
           {"c.d", 1, 26});
    EXPECT("\xEF\xBB\xBF"
           "a: 1\n",
           0, {"a", 1, 4});
}

/* An alias stands where it is used, and what it stands for where that is written. */
static void test_aliases(void **state)
{
    (void)state;
    EXPECT("a: &list\n- b: &name c\n  d: e\nf: *list\ng:\n  b: *name\nh: [*list, *name]\n", 0,
           {"a", 1, 1}, {"f", 4, 1}, {"f[0]", 2, 3}, {"f[0].b", 2, 6}, {"f[0].d", 3, 6},
           {"g.b", 6, 6}, {"h[0]", 7, 5}, {"h[0][0].d", 3, 6}, {"h[1]", 7, 12});
}

static void test_merges(void **state)
{
    (void)state;
    EXPECT("a: &a\n  b: c\n  d: [1]\ne:\n  <<: *a\n  b: f\ng:\n  <<: [*a, {b: c, h: i}]\n", 0,
           {"e", 4, 1}, {"e.b", 6, 6}, {"e.d", 3, 3}, {"e.d[0]", 3, 7}, {"g.b", 2, 6},
           {"g.h", 8, 22}, {"g.missing", 7, 1});
}

/* What is no member has no key, and stands where it does for everybody. */
static void test_keys(void **state)
{
    (void)state;
    EXPECT_KEYS("a:\n  b.c/d: x\n  ? e\n  : 1\n  f:\n  - {g: 2}\n  \"h\":\n    3\n", {"", 1, 1},
                {"a", 1, 1}, {"a[b.c/d]", 2, 3}, {"a.e", 3, 5}, {"a.f", 5, 3}, {"a.f[0]", 6, 5},
                {"a.f[0].g", 6, 6}, {"a.h", 7, 3}, {"a.h.i", 7, 3}, {"a.missing", 1, 1},
                {"a[missing]", 1, 1});
    EXPECT_KEYS("{\"a\": {\"b\":\n 1}}\n", {"a.b", 1, 8});
    EXPECT_KEYS("a: &a\n  b: c\nd:\n  <<: *a\n  e: f\ng: *a\n", {"d.b", 2, 3}, {"d.e", 5, 3},
                {"g", 6, 1}, {"g.b", 2, 3});
}

/* More values than the map begins with, and keys of every length. */
static void test_many(void **state)
{
    static char text[200000];
    char long_path[902];
    struct placed placed;
    size_t len = 0;

    (void)state;
    for (int i = 0; i < 3000; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "k%0*d: %d\n", i % 40, i, i);
    snprintf(text + len, sizeof text - len, "x%0*d: end\n", 900, 0);
    load(&placed, text);
    for (int i = 0; i < 3000; i++) {
        char path[64];

        snprintf(path, sizeof path, "k%0*d", i % 40, i);
        assert_int_equal(find(&placed, 0, path).line, i + 1);
    }
    snprintf(long_path, sizeof long_path, "x%0*d", 900, 0);
    assert_int_equal(find(&placed, 0, long_path).line, 3001);
    unload(&placed);
}

/* What ends a line in YAML 1.1 and in no editor does not count. */
static void test_odd_line_ends(void **state)
{
    struct error err;

    (void)state;
    EXPECT("# \u2028 \u2029\na: \"\u2028x\u2029\"\nb: [\"\xC2\x85\", c]\n---\nd: 1\n", 0,
           {"", 2, 1}, {"a", 2, 4}, {"b", 3, 1}, {"b[0]", 3, 5}, {"b[1]", 3, 10});
    EXPECT("{\"a\": \"\u2028\"}\n---\nb: \"\u2028\"\nc: 1\n", 1, {"b", 3, 4}, {"c", 4, 4});
    assert_null(yaml_load("a: \"\u2028\"\nb: c: d\n", strlen("a: \"\u2028\"\nb: c: d\n"), &err));
    assert_string_equal(err.message,
                        "line 2, column 5: mapping values are not allowed in this context");
}

static void test_messages(void **state)
{
    static const struct {
        const char *message, *rest;
        size_t line, column;
    } rows[] = {
        {"line 3, column 14: did not find it", "did not find it", 3, 14},
        {"line 3, column 14", "line 3, column 14", 0, 0},
        {"the text is UTF-16", "the text is UTF-16", 0, 0},
        {"", "", 0, 0},
    };
    struct error err;
    struct document_place place;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(document_place_unwrap(rows[i].message, &place), rows[i].rest);
        assert_int_equal(place.line, rows[i].line);
        assert_int_equal(place.column, rows[i].column);
    }
    error_set(&err, "line of sight");
    document_place_wrap((struct document_place){7, 8}, &err);
    assert_string_equal(document_place_unwrap(err.message, &place), "line of sight");
    assert_int_equal(place.column, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_keys_in_brackets),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_merges),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_odd_line_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
