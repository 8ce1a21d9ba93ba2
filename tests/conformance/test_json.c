/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies that are no JSON, or JSON that no API server sends: a 400 that says where and what. What
 * is legal, however odd, is read. The connection stays good either way.
 */
#include "base/text.h"
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A review of a kind that is not judged; `object` is any JSON value that begins an object's end. */
#define BEGIN                                                                            \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{" \
    "\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"       \
    "\"operation\":\"CREATE\",\"object\":"
#define END "}}"

#define BAD(what, text, words)           \
    {                                    \
        what, STR_INIT(text), 400, words \
    }
#define GOOD(what, value)                                                      \
    {                                                                          \
        what, STR_INIT(BEGIN "{\"a\":" value "}" END), 200, "\"allowed\":true" \
    }
#define WRONG(what, value, words)                                 \
    {                                                             \
        what, STR_INIT(BEGIN "{\"a\":" value "}" END), 400, words \
    }

static const struct wire_body broken[] = {
    BAD("nothing", "", "the request body is not JSON: line 1, column 1: the text ends too early"),
    BAD("white space", " \r\n\t", "line 2, column 2: the text ends too early"),
    BAD("ends in an object", BEGIN "{", "the text ends too early"),
    BAD("ends before the last brace", BEGIN "{}}", "the text ends too early"),
    BAD("ends in a string", "{\"apiVersion", "line 1, column 13: the text ends too early"),
    BAD("ends in an escape", "{\"a\\", "unexpected \"\\\\\""),
    BAD("ends in a word", "[tru", "line 1, column 2: unexpected \"t\""),
    BAD("ends in a number", "[1.", "line 1, column 2: unexpected \"1\""),
    BAD("a letter behind", BEGIN "{}" END "x", "unexpected \"x\""),
    BAD("a brace behind", BEGIN "{}" END "}", "unexpected \"}\""),
    BAD("a second review behind", BEGIN "{}" END BEGIN "{}" END, "unexpected \"{\""),
    BAD("a NUL behind", BEGIN "{}" END "\0", "there is a NUL byte, which no text holds"),
    BAD("a NUL in a string", BEGIN "{\"a\":\"b\0c\"}" END, "there is a NUL byte"),
    BAD("a NUL behind a number", BEGIN "{\"a\":1\0}" END, "there is a NUL byte"),
    BAD("a NUL in a number", BEGIN "{\"a\":1\0001}" END, "there is a NUL byte"),
    BAD("a byte order mark", "\xef\xbb\xbf" BEGIN "{}" END,
        "begins with a byte order mark, which JSON does not allow"),
    BAD("UTF-16", "\xff\xfe{\0}\0", "the text is UTF-16, not UTF-8"),
    BAD("UTF-16 without a mark", "{\0}\0", "there is a NUL byte"),
    BAD("gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03", "not UTF-8"),
    BAD("YAML", "apiVersion: admission.k8s.io/v1\n", "line 1, column 1: unexpected \"a\""),
    BAD("a comment", "/* a */ " BEGIN "{}" END, "unexpected \"/\""),
    BAD("single quotes", "{'a':1}", "unexpected \"'\""),
    BAD("a key without quotes", "{a:1}", "unexpected \"a\""),
    BAD("a comma too many",
        BEGIN "{}"
              "},"
              "}",
        "unexpected \"}\""),
};

static const struct wire_body wrong_values[] = {
    WRONG("a key twice", "1,\"a\":2", "duplicate key \"a\", first on line 1"),
    WRONG("a key twice, once escaped", "1,\"\\u0061\":2", "duplicate key \"a\""),
    BAD("a key twice, where a rule reads",
        BEGIN "{\"spec\":{\"hostDevices\":[{\"name\":\"a\",\"name\":\"b\"}]}}" END,
        "duplicate key \"name\""),
    BAD("a key twice, on the way there", BEGIN "{\"spec\":{\"a\":1,\"a\":2}}" END,
        "duplicate key \"a\""),
    WRONG("a byte that is no UTF-8", "\"\xff\"", "the bytes here are not UTF-8"),
    WRONG("an encoding that is too long", "\"\xc0\x80\"", "the bytes here are not UTF-8"),
    WRONG("half a surrogate pair in UTF-8", "\"\xed\xa0\x80\"", "the bytes here are not UTF-8"),
    WRONG("beyond Unicode", "\"\xf4\x90\x80\x80\"", "the bytes here are not UTF-8"),
    WRONG("a character that is cut", "\"\xc3\"", "the bytes here are not UTF-8"),
    WRONG("a line end in a string", "\"b\nc\"", "unexpected \"\\n\""),
    WRONG("an unknown escape", "\"\\x\"", "unexpected \"\\\\\""),
    WRONG("an escape that is cut", "\"\\u00\"", "unexpected \"\\\\\""),
    WRONG("a number beyond a double", "1e400", "unexpected \"1\""),
    WRONG("a number beyond everything", "-1e99999999999999999999", "unexpected \"-\""),
    WRONG("a leading zero", "01", "unexpected \"0\""),
    WRONG("a plus", "+1", "unexpected \"+\""),
    WRONG("a point without a digit", ".5", "unexpected \".\""),
    WRONG("hex", "0x1", "unexpected \"x\""),
    WRONG("NaN", "NaN", "unexpected \"N\""),
    WRONG("Infinity", "-Infinity", "unexpected \"-\""),
    WRONG("nothing", "", "unexpected \"}\""),
    WRONG("a comma too many", "[1,]", "unexpected \"]\""),
    WRONG("a word in capitals", "True", "unexpected \"T\""),
};

static const struct wire_body odd_values[] = {
    GOOD("an escaped NUL", "\"b\\u0000c\""),
    GOOD("half a surrogate pair, escaped", "\"\\ud800\""),
    GOOD("a surrogate pair", "\"\\ud83d\\ude00\""),
    GOOD("the last character", "\"\xf4\x8f\xbf\xbf\""),
    GOOD("beyond 64 bits", "18446744073709551616"),
    GOOD("below 64 bits", "-9223372036854775809"),
    GOOD("thirty digits", "123456789012345678901234567890"),
    GOOD("a large double", "1.7976931348623157e308"),
    GOOD("next to nothing", "1e-400"),
    GOOD("minus zero", "-0.0"),
    GOOD("white space everywhere", " \r\n\t[ 1 , 2 ]\t"),
    GOOD("an empty key", "1,\"\":2"),
    GOOD("keys that differ in case", "1,\"A\":2"),
    /* The API server writes its requests itself: what no rule reads is not searched for them. */
    GOOD("a key twice where no rule reads", "[[{\"b\":1,\"c\":2,\"b\":3}]]"),
};

static const struct wire_body roots[] = {
    BAD("an empty array", "[]",
        "the request body is not an AdmissionReview: must be an "
        "AdmissionReview object\n"),
    BAD("an array of reviews", "[" BEGIN "{}" END "]", "must be an AdmissionReview object"),
    BAD("a string", "\"AdmissionReview\"", "must be an AdmissionReview object"),
    BAD("a number", "1", "must be an AdmissionReview object"),
    BAD("true", "true", "must be an AdmissionReview object"),
    BAD("false", "false", "must be an AdmissionReview object"),
    BAD("null", "null", "must be an AdmissionReview object"),
    BAD("an empty object", "{}",
        "the request body is not an AdmissionReview: apiVersion: "
        "Required value: must be a string that is not empty\n"),
};

static void test_broken(void **state)
{
    wire_check_bodies(*state, broken, COUNT(broken));
}

static void test_wrong_values(void **state)
{
    wire_check_bodies(*state, wrong_values, COUNT(wrong_values));
}

static void test_odd_values(void **state)
{
    wire_check_bodies(*state, odd_values, COUNT(odd_values));
}

static void test_roots(void **state)
{
    wire_check_bodies(*state, roots, COUNT(roots));
}

/* --- as long as a body may be ----------------------------------------------------------------- */

/* `before`, `part` `count` times, `after`. */
static const struct {
    const char *what, *before, *part;
    size_t count;
    const char *after;
    int status;
    const char *words;
} long_bodies[] = {
    {"nested as deep as may be", BEGIN "{\"a\":", "[", 490, "", 400, "the text ends too early"},
    {"nested too deep", BEGIN "{\"a\":", "[", 500, "", 400, "nested deeper than 500 levels"},
    {"arrays without an end", "", "[", 1000000, "", 400, "nested deeper than 500 levels"},
    {"objects without an end", "", "{\"a\":", 200000, "", 400, "nested deeper than 500 levels"},
    {"a number of 300 digits", BEGIN "{\"a\":", "9", 300, "}" END, 200, "\"allowed\":true"},
    {"a number of 1,000,000 digits", BEGIN "{\"a\":", "9", 1000000, "}" END, 400,
     "unexpected \"9\""},
    {"a fraction of 1,000,000 digits", BEGIN "{\"a\":0.", "1", 1000000, "}" END, 200,
     "\"allowed\":true"},
    {"a key of 1,000,000 bytes", BEGIN "{\"", "k", 1000000, "\":1}" END, 200, "\"allowed\":true"},
    {"a string of 1,000,000 bytes", BEGIN "{\"a\":\"", "s", 1000000, "\"}" END, 200,
     "\"allowed\":true"},
    {"a string of 200,000 escapes", BEGIN "{\"a\":\"", "\\u0000", 200000, "\"}" END, 200,
     "\"allowed\":true"},
    {"white space", BEGIN "{}" END, " ", 1000000, "", 200, "\"allowed\":true"},
    {"more values than are kept", BEGIN "{\"spec\":{\"hostDevices\":[0", ",0", 100000, "]}}" END,
     413, "the request body is too large: holds more than"},
    {"nothing but empty objects", BEGIN "{\"spec\":{\"hostDevices\":[0", ",{}", 2200000, "]}}" END,
     413, "the request body is too large: holds more than"},
    {"as many where no rule reads", BEGIN "{\"a\":[0", ",{}", 2200000, "]}" END, 200,
     "\"allowed\":true"},
    {"nothing but empty arrays", "[0", ",[]", 2200000, "]", 413,
     "the request body is too large: holds more than"},
};

static void test_long_bodies(void **state)
{
    size_t failed = 0;

    for (size_t i = 0; i < COUNT(long_bodies); i++) {
        CLEANUP_TEXT struct text body = TEXT_INIT((size_t)8 * 1024 * 1024);

        text_add(&body, long_bodies[i].before);
        for (size_t j = 0; j < long_bodies[i].count; j++)
            text_add(&body, long_bodies[i].part);
        text_add(&body, long_bodies[i].after);
        failed += !wire_check_body(*state, &(struct wire_body){long_bodies[i].what,
                                                               {text_get(&body), body.len},
                                                               long_bodies[i].status,
                                                               long_bodies[i].words});
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_broken), WITH_SERVER(test_wrong_values), WITH_SERVER(test_odd_values),
        WITH_SERVER(test_roots),  WITH_SERVER(test_long_bodies),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
