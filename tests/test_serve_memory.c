/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running server with little memory for requests: who wants more than there is hears so at
 * once, and as soon as it is given back everybody is answered again.
 */
#include "tests/support/serving.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The least that can be given. An ordinary review takes a third of it. */
#define MEMORY "1Mi"

static int set_up(void **state)
{
    serving_start(&serving_shared, "--max-request-memory", MEMORY);
    *state = &serving_shared;
    return 0;
}

/* --- requests ----------------------------------------------------------------------------------
 */

/* A review of a VM with `count` times `item` in the list at `place`, which ends with `tail`. */
static void write_review(struct text *body, const char *place, const char *item, size_t count,
                         const char *tail)
{
    text_cut(body, 0);
    text_add(body, "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                   "\"request\":{\"uid\":\"u\",\"operation\":\"CREATE\",\"kind\":{\"group\":"
                   "\"kubevirt.io\",\"version\":\"v1\",\"kind\":\"VirtualMachine\"},\"object\":");
    text_add(body, place);
    for (size_t i = 0; i < count; i++)
        text_add(body, item);
    text_add(body, tail);
    text_add(body, "}}");
}

#define SKIPPED "{\"status\":[", "{},"
#define KEPT "{\"spec\":{\"template\":{\"spec\":{\"domain\":{\"devices\":{\"gpus\":[", "{},"
#define SKIPPED_END "{}]}"
#define KEPT_END "{}]}}}}}}"

static void write_large(struct text *body)
{
    write_review(body, SKIPPED, (size_t)600 * 1024, SKIPPED_END);
}

static void expect_no_room(const struct http_response *response)
{
    char value[64];

    assert_int_equal(response->status, 429);
    assert_string_equal(http_header(response, "Retry-After", value, sizeof value), "1");
    assert_string_equal(response->body, "the requests that are under way take all the memory that "
                                        "--max-request-memory allows; try again\n");
}

static int post(struct tls_client *client, const char *body, size_t len)
{
    struct http_response response;
    int status;

    assert_true(http_send(client, "POST", "/validate", body, len));
    assert_true(http_receive(client, false, &response));
    status = response.status;
    if (status == 429)
        expect_no_room(&response);
    http_response_free(&response);
    return status;
}

static int post_review(struct tls_client *client)
{
    return post(client, serving_review, strlen(serving_review));
}

/* --- one at a time -----------------------------------------------------------------------------
 */

/* Each on one connection, which goes on after a refusal; what is not given back would add up. */
static void test_too_large_a_body_again_and_again(void **state)
{
    struct serving *serving = *state;
    struct text body CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    struct tls_client client;

    write_large(&body);
    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 20; i++) {
        assert_int_equal(post(&client, text_get(&body), body.len), 429);
        assert_int_equal(post_review(&client), 200);
    }
    tls_close(&client);
}

static void test_too_large_a_chunked_body(void **state)
{
    struct serving *serving = *state;
    static const char head[] = SERVING_HEAD "Transfer-Encoding: chunked\r\n\r\n";
    struct text request CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    struct text body CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    struct http_response response;
    struct tls_client client;

    write_large(&body);
    text_addf(&request, "%s%zx\r\n", head, body.len);
    text_add_str(&request, (struct str){text_get(&body), body.len});
    text_add(&request, "\r\n0\r\n\r\n");
    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 5; i++) {
        assert_true(tls_send(&client, text_get(&request), request.len));
        assert_true(http_receive(&client, false, &response));
        expect_no_room(&response);
        http_response_free(&response);
        assert_int_equal(post_review(&client), 200);
    }
    tls_close(&client);
}

/* A body that fits, whose tree does not; one that fits because most of it is passed over. */
static void test_too_large_a_tree(void **state)
{
    struct serving *serving = *state;
    struct text body CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 20; i++) {
        write_review(&body, KEPT, 5000, KEPT_END);
        assert_int_equal(post(&client, text_get(&body), body.len), 429);
        write_review(&body, SKIPPED, 50000, SKIPPED_END);
        assert_int_equal(post(&client, text_get(&body), body.len), 200);
    }
    tls_close(&client);
}

/* The reply is counted until it was sent, and not afterwards. */
static void test_many_ordinary_reviews(void **state)
{
    struct serving *serving = *state;
    struct text body CLEANUP_TEXT = TEXT_INIT(SIZE_MAX / 2);
    struct tls_client client;

    write_review(&body, KEPT, 200, KEPT_END);
    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 300; i++)
        assert_int_equal(post(&client, text_get(&body), body.len), 200);
    tls_close(&client);
}

/* --- many at once ------------------------------------------------------------------------------
 */

#define HOLDERS 8

/* Announces 7 MiB, sends `len` bytes of them and leaves it at that. */
static void hold(struct serving *serving, struct tls_client *client, size_t len)
{
    static const char head[] = SERVING_HEAD "Content-Length: 7340032\r\n\r\n";
    char *spaces = malloc(len);

    assert_non_null(spaces);
    memset(spaces, ' ', len);
    assert_true(tls_connect(client, &serving->target));
    assert_true(tls_send(client, head, sizeof head - 1));
    assert_true(tls_send(client, spaces, len));
    free(spaces);
}

/* Asks until the answer is `status`; a server learns late of what was sent or closed. */
static bool comes_to(struct tls_client *client, int status)
{
    const struct timespec pause = {.tv_nsec = 20000000};

    for (int i = 0; i < 1000; i++) {
        if (post_review(client) == status)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static void test_bodies_that_do_not_end(void **state)
{
    struct serving *serving = *state;
    struct tls_client holders[HOLDERS];
    struct tls_client client;

    assert_true(tls_connect(&client, &serving->target));
    for (int round = 0; round < 3; round++) {
        assert_true(comes_to(&client, 200));
        for (size_t i = 0; i < HOLDERS; i++)
            hold(serving, &holders[i], (size_t)100 * 1024);
        assert_true(comes_to(&client, 429));
        for (size_t i = 0; i < HOLDERS; i++)
            tls_close(&holders[i]);
    }
    assert_true(comes_to(&client, 200));
    assert_int_equal(post_review(&client), 200);
    tls_close(&client);
}

/* Only what has arrived is counted: 700 MiB are announced here. */
static void test_bodies_that_are_only_announced(void **state)
{
    enum { COUNT = 100 };
    struct serving *serving = *state;
    struct tls_client *holders = calloc(COUNT, sizeof *holders);
    struct tls_client client;

    assert_non_null(holders);
    for (size_t i = 0; i < COUNT; i++)
        hold(serving, &holders[i], 1);
    assert_true(tls_connect(&client, &serving->target));
    for (int i = 0; i < 10; i++)
        assert_int_equal(post_review(&client), 200);
    tls_close(&client);
    for (size_t i = 0; i < COUNT; i++)
        tls_close(&holders[i]);
    free(holders);
}

/* What was refused in mid-body is read to its end, and its memory is free before that. */
static void test_a_refused_body_takes_nothing(void **state)
{
    struct serving *serving = *state;
    struct tls_client holders[HOLDERS];
    struct tls_client client;

    for (size_t i = 0; i < HOLDERS; i++)
        hold(serving, &holders[i], (size_t)1100 * 1024);
    assert_true(tls_connect(&client, &serving->target));
    assert_true(comes_to(&client, 200));
    tls_close(&client);
    for (size_t i = 0; i < HOLDERS; i++)
        tls_close(&holders[i]);
}

#define WITH_OWN_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, serving_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OWN_SERVER(test_too_large_a_body_again_and_again),
        WITH_OWN_SERVER(test_too_large_a_chunked_body),
        WITH_OWN_SERVER(test_too_large_a_tree),
        WITH_OWN_SERVER(test_many_ordinary_reviews),
        WITH_OWN_SERVER(test_bodies_that_do_not_end),
        WITH_OWN_SERVER(test_bodies_that_are_only_announced),
        WITH_OWN_SERVER(test_a_refused_body_takes_nothing),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
