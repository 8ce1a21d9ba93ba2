/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads that are too long: a request line, one header, many headers, a query of many arguments.
 * The connection's memory (64 KiB, see listener.c) is the limit of them all.
 */
#include "base/text.h"
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define GET "GET /livez HTTP/1.1\r\nHost: a\r\n"

/* `before`, `part` until there are `size` bytes, and `after`. */
struct long_head {
    const char *what, *before, *part, *after;
    size_t size;
    int status;
    enum wire_after after_it;
};

static const struct long_head heads[] = {
    {"method", "", "A", " /livez HTTP/1.1\r\nHost: a\r\n\r\n", 1000, 405, WIRE_STAYS},
    {"method, too long", "", "A", " /livez HTTP/1.1\r\nHost: a\r\n\r\n", 70000, 414, WIRE_CLOSES},
    {"path", "GET /", "a", " HTTP/1.1\r\nHost: a\r\n\r\n", 30000, 404, WIRE_STAYS},
    {"path, too long", "GET /", "a", " HTTP/1.1\r\nHost: a\r\n\r\n", 70000, 414, WIRE_CLOSES},
    {"query", "GET /livez?", "a", " HTTP/1.1\r\nHost: a\r\n\r\n", 30000, 200, WIRE_STAYS},
    {"query, too long", "GET /livez?", "a", " HTTP/1.1\r\nHost: a\r\n\r\n", 70000, 414,
     WIRE_CLOSES},
    {"a line that never ends", "GET /", "a", "", 200000, 414, WIRE_CLOSES},
    {"nothing but line ends", "", "\r\n", "", 200000, 0, WIRE_CLOSES},
    {"header", GET "X: ", "a", "\r\n\r\n", 30000, 200, WIRE_STAYS},
    {"header, at the limit", GET "X: ", "a", "\r\n\r\n", 60000, 200, WIRE_STAYS},
    {"header, too long", GET "X: ", "a", "\r\n\r\n", 70000, 431, WIRE_CLOSES},
    {"header name", GET, "a", ": x\r\n\r\n", 30000, 200, WIRE_STAYS},
    {"header name, too long", GET, "a", ": x\r\n\r\n", 70000, 431, WIRE_CLOSES},
    {"a header that never ends", GET "X: ", "a", "", 200000, 431, WIRE_CLOSES},
    {"host, too long", "GET /livez HTTP/1.1\r\nHost: ", "a", "\r\n\r\n", 70000, 431, WIRE_CLOSES},
    {"300 headers", GET, "X: a\r\n", "\r\n", 1800, 200, WIRE_STAYS},
    {"2,000 headers", GET, "X: a\r\n", "\r\n", 12000, 431, WIRE_CLOSES},
    {"10,000 headers", GET, "X: a\r\n", "\r\n", 60000, 431, WIRE_CLOSES},
    {"headers without an end", GET, "X: a\r\n", "", 200000, 431, WIRE_CLOSES},
    {"cookies", GET "Cookie: ", "a=b; ", "\r\n\r\n", 1000, 200, WIRE_STAYS},
    {"10,000 cookies", GET "Cookie: ", "a=b; ", "\r\n\r\n", 50000, 0, WIRE_CLOSES},
    {"headers of a POST", SERVING_HEAD, "X: a\r\n", "Content-Length: 2\r\n\r\n{}", 1800, 400,
     WIRE_STAYS},
    {"headers of a POST, too long", SERVING_HEAD, "X: a\r\n", "Content-Length: 2\r\n\r\n{}", 70000,
     431, WIRE_CLOSES},
};

static void test_long_heads(void **state)
{
    size_t failed = 0;

    for (size_t i = 0; i < COUNT(heads); i++) {
        CLEANUP_TEXT struct text request = TEXT_INIT(300000);

        text_add(&request, heads[i].before);
        while (request.len < heads[i].size)
            text_add(&request, heads[i].part);
        text_add(&request, heads[i].after);
        failed += !wire_check_one(*state, &(struct wire_case){heads[i].what,
                                                              {text_get(&request), request.len},
                                                              heads[i].status,
                                                              heads[i].after_it,
                                                              NULL});
    }
    assert_int_equal(failed, 0);
}

/* A head that leaves little of the connection's memory leaves enough to read a body with. */
static void test_a_body_behind_a_long_head(void **state)
{
    static const size_t sizes[] = {30000, 50000, 60000, 64000};
    size_t failed = 0;

    for (size_t i = 0; i < COUNT(sizes); i++) {
        CLEANUP_TEXT struct text request = TEXT_INIT(300000);

        text_add(&request, SERVING_HEAD "X: ");
        while (request.len < sizes[i])
            text_add(&request, "a");
        text_addf(&request, "\r\nContent-Length: %zu\r\n\r\n%s", strlen(serving_review) + 100000,
                  serving_review);
        for (size_t j = 0; j < 100000; j++)
            text_add(&request, " ");
        failed += !wire_check_one(*state, &(struct wire_case){"a body behind a long head",
                                                              {text_get(&request), request.len},
                                                              200,
                                                              WIRE_STAYS,
                                                              "\"allowed\":true"});
    }
    assert_int_equal(failed, 0);
}

/* The connection ends or is answered, at once, however many there are. */
static void test_many_arguments(void **state)
{
    static const size_t counts[] = {64, 65, 500, 1000, 3000, 5000, 20000};
    size_t failed = 0;

    for (size_t i = 0; i < COUNT(counts); i++) {
        CLEANUP_TEXT struct text request = TEXT_INIT(65536);
        bool few = counts[i] <= 64;

        text_add(&request, "GET /livez?");
        for (size_t j = 0; j < counts[i]; j++)
            text_add(&request, j > 0 ? "&a" : "a");
        text_add(&request, " HTTP/1.1\r\nHost: a\r\n\r\n");
        failed += !wire_check_one(*state, &(struct wire_case){"a query of many arguments",
                                                              {text_get(&request), request.len},
                                                              few ? 200 : 0,
                                                              few ? WIRE_STAYS : WIRE_CLOSES,
                                                              NULL});
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_long_heads),
        WITH_SERVER(test_a_body_behind_a_long_head),
        WITH_SERVER(test_many_arguments),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
