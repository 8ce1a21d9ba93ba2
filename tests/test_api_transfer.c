/* SPDX-License-Identifier: Apache-2.0 */
/* The words for what libcurl reports, where a server that does it can't be had. */
#include "server/api/api_transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* An outage is logged once for each reason: one with a duration in it would never be the same. */
static void test_reasons_without_numbers(void **state)
{
    static const struct {
        CURLcode code;
        const char *detail, *expected; /* ends in ": " where libcurl's own words follow */
    } rows[] = {
        {CURLE_COULDNT_CONNECT, "Failed to connect to host port 1 after 3 ms: No route",
         "can't connect: "},
        {CURLE_OPERATION_TIMEDOUT, "Connection timeout after 10001 ms",
         "can't connect in time: it was resolving the server's name"},
        {CURLE_COULDNT_RESOLVE_HOST, "Could not resolve host: h",
         "can't resolve the server's name: "},
        {CURLE_PARTIAL_FILE, "transfer closed with 17 bytes remaining to read",
         "the connection broke off: "},
        {CURLE_PEER_FAILED_VERIFICATION, "certificate \x1b has expired\n",
         "TLS: the server's certificate is not trusted: certificate \\u001b has expired"},
        {CURLE_GOT_NOTHING, "", "the connection broke off: "},
    };
    CURL *easy = curl_easy_init();

    (void)state;
    assert_non_null(easy);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool by_libcurl = rows[i].expected[strlen(rows[i].expected) - 1] == ' ';
        struct error err = {.no_memory = false};
        char expected[256];

        snprintf(expected, sizeof expected, "%s%s", rows[i].expected,
                 by_libcurl ? curl_easy_strerror(rows[i].code) : "");
        assert_false(api_transfer_error(easy, rows[i].code, rows[i].detail, &err));
        assert_string_equal(err.message, expected);
    }
    curl_easy_cleanup(easy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reasons_without_numbers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
