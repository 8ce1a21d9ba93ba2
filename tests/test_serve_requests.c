/* SPDX-License-Identifier: Apache-2.0 */
/* The running server over TLS: what it answers to well-formed requests. Others: tests/conformance.
 */
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void test_probes(void **state)
{
    struct serving *serving = *state;
    static const char *const urls[] = {"/livez", "/readyz", "/readyz?a=b"};
    struct http_response response;
    char value[64];

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_true(http_fetch(&serving->target, "GET", urls[i], NULL, 0, &response));
        assert_int_equal(response.status, 200);
        assert_string_equal(response.body, "ok\n");
        http_response_free(&response);
    }
    assert_true(http_fetch(&serving->target, "HEAD", "/livez", NULL, 0, &response));
    assert_int_equal(response.status, 200);
    assert_string_equal(http_header(&response, "Content-Length", value, sizeof value), "3");
    http_response_free(&response);
}

static void test_review(void **state)
{
    struct serving *serving = *state;
    static const char *const urls[] = {"/validate?timeout=5s", "/mutate?timeout=5s"};
    struct http_response response;
    char value[64];

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_true(http_fetch(&serving->target, "POST", urls[i], serving_review,
                               strlen(serving_review), &response));
        assert_int_equal(response.status, 200);
        assert_string_equal(http_header(&response, "Content-Type", value, sizeof value),
                            "application/json");
        assert_non_null(strstr(response.body, "\"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\""));
        assert_non_null(strstr(response.body, "\"allowed\":true"));
        http_response_free(&response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_probes),
        WITH_SERVER(test_review),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
