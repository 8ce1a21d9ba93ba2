/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is timed: patience is either none at all, or more than any test takes. */
#include "server/api/api_retry.h"

#include "tests/support/fake_api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LONG_MS 30000

static struct fake_api *api;
static struct cluster_config config;
static struct api_client *client;
static struct api_retry retry;
static struct error told;
static size_t told_count;

/* What the first requests are answered with; 0: the connection is closed. */
static int first_status;
static size_t first_count;
static const char *first_headers;

static void answer(void *test, struct fake_call *call)
{
    (void)test;
    if (fake_api_requests(api) > first_count)
        fake_reply(call, 200, NULL, "done");
    else if (first_status == 0)
        fake_break_off(call);
    else
        fake_reply(call, first_status, first_headers, "{\"message\": \"not now\"}");
}

static void waits(const struct error *problem)
{
    told = *problem;
    told_count++;
}

/* On a connection that was in use before libcurl itself sends a request once more. */
static void renew_client(void)
{
    struct error err;

    api_client_free(client);
    client = api_client_new(&config, &err);
    assert_non_null(client);
    retry.client = client;
}

static int set_up(void **state)
{
    (void)state;
    api = fake_api_start(answer, NULL);
    config = (struct cluster_config){.server = strdup(fake_api_url(api)),
                                     .ca_pem = strdup(fake_api_ca_pem(api))};
    retry = (struct api_retry){NULL, {LONG_MS, LONG_MS, LONG_MS, 1, 4}, waits};
    client = NULL;
    renew_client();
    told_count = first_count = 0;
    first_headers = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    api_client_free(client);
    fake_api_stop(api);
    cluster_config_clear(&config);
    return 0;
}

/* Calls, and expects `status` after `requests`; 0: no answer. */
static void expect(int first, size_t count, long status, size_t requests)
{
    const struct api_request request = {.method = "GET", .path = "/x"};
    struct api_reply reply = {.status = 0};
    struct error err = {.message = ""};
    size_t before = fake_api_requests(api);

    if (first == 0)
        renew_client();
    first_status = first;
    first_count = before + count;
    told_count = 0;
    assert_int_equal(api_retry_call(&retry, &request, &reply, &err), status != 0);
    assert_int_equal(reply.status, status);
    assert_int_equal(fake_api_requests(api) - before, requests);
    assert_int_equal(told_count, requests > 1);
    assert_int_equal(err.message[0] != '\0', status == 0);
    api_reply_clear(&reply);
}

static void test_what_is_tried_again(void **state)
{
    static const int passing[] = {0, 403, 429, 500, 502, 503, 504};

    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        expect(passing[i], 1, 200, 2);
        expect(passing[i], 5, 200, 6);
    }
    expect(429, 1, 200, 2);
    assert_string_equal(told.message, "the API server answers: HTTP 429: not now");
    expect(0, 1, 200, 2);
    assert_non_null(strstr(told.message, "https://127.0.0.1:"));
}

static void test_what_is_final(void **state)
{
    static const int final[] = {200, 201, 400, 401, 404, 405, 409, 410, 415, 422};

    (void)state;
    for (size_t i = 0; i < sizeof final / sizeof final[0]; i++)
        expect(final[i], 1, final[i], 1);
}

static void test_patience_ends(void **state)
{
    (void)state;
    retry.patience.forbidden_ms = 0;
    expect(403, 1, 403, 1);
    expect(500, 1, 200, 2);
    retry.patience.forbidden_ms = LONG_MS;
    retry.patience.transient_ms = 0;
    expect(403, 1, 200, 2);
    expect(500, 1, 500, 1);
    expect(0, 1, 0, 1);
}

/* To wait for what the server asks would take longer than there is patience. */
static void test_retry_after_beyond_patience(void **state)
{
    (void)state;
    first_headers = "Retry-After: 3600\r\n";
    expect(429, 1, 429, 1);
}

static void test_nobody_asks(void **state)
{
    const struct api_request request = {.method = "GET", .path = "/x"};
    struct api_reply reply = {.status = 0};
    struct error err;

    (void)state;
    retry.waits = NULL;
    first_status = 500;
    first_count = 1;
    assert_true(api_retry_call(&retry, &request, &reply, &err));
    assert_string_equal(reply.body, "done");
    api_reply_clear(&reply);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_is_tried_again),         CASE(test_what_is_final), CASE(test_patience_ends),
        CASE(test_retry_after_beyond_patience), CASE(test_nobody_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
