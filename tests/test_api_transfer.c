/* SPDX-License-Identifier: Apache-2.0 */
/* The words for what libcurl reports, where a server that does it can't be had. */
#include "server/api/api_transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* An outage is logged once for each reason: one with a duration in it would never be the same. */
static void test_reasons_without_numbers(void **state)
{
    static const struct {
        CURLcode code;
        const char *detail, *expected;
    } rows[] = {
        {CURLE_COULDNT_CONNECT, "Failed to connect to host port 1 after 3 ms: No route",
         "can't connect: Couldn't connect to server"},
        {CURLE_OPERATION_TIMEDOUT, "Connection timeout after 10001 ms",
         "can't connect in time: it was resolving the server's name"},
        {CURLE_COULDNT_RESOLVE_HOST, "Could not resolve host: h",
         "can't resolve the server's name: Couldn't resolve host name"},
        {CURLE_PARTIAL_FILE, "transfer closed with 17 bytes remaining to read",
         "the connection broke off: Transferred a partial file"},
        {CURLE_PEER_FAILED_VERIFICATION, "certificate \x1b has expired\n",
         "TLS: the server's certificate is not trusted: certificate \\u001b has expired"},
        {CURLE_GOT_NOTHING, "",
         "the connection broke off: Server returned nothing (no headers, no data)"},
    };
    CURL *easy = curl_easy_init();

    (void)state;
    assert_non_null(easy);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = {.no_memory = false};

        assert_false(api_transfer_error(easy, rows[i].code, rows[i].detail, &err));
        assert_string_equal(err.message, rows[i].expected);
    }
    curl_easy_cleanup(easy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reasons_without_numbers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
