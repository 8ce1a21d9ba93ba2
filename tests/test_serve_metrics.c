/* SPDX-License-Identifier: Apache-2.0 */
/* /metrics of the running server: what was asked is counted, exactly, and nothing of it is shown.
 */
#include "tests/support/review_json.h"
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "hostdev_webhook_"
#define DEVICES "request.object.spec.template.spec.domain.devices.hostDevices"

/* --- asking ---------------------------------------------------------------------------------- */

/* The page; the caller frees it. */
static char *scrape(void)
{
    struct http_response response = {.status = 0};
    char value[128];

    assert_true(http_fetch(&serving_shared.probes, "GET", "/metrics", NULL, 0, &response));
    assert_int_equal(response.status, 200);
    assert_string_equal(http_header(&response, "Content-Type", value, sizeof value),
                        "text/plain; version=0.0.4; charset=utf-8");
    free(response.head);
    return response.body;
}

/* The value of one series, written as on the page without the prefix; -1: not there. */
static double value_in(const char *page, const char *series)
{
    char start[256];
    const char *line;

    snprintf(start, sizeof start, "\n" PREFIX "%s ", series);
    line = strstr(page, start);
    return line ? strtod(line + strlen(start), NULL) : -1;
}

static double value_of(const char *series)
{
    char *page = scrape();
    double value = value_in(page, series);

    free(page);
    return value;
}

static void expect(const char *series, double value)
{
    char *page = scrape();

    if (value_in(page, series) != value)
        fail_msg("%s: %f instead of %f", series, value_in(page, series), value);
    free(page);
}

/* For what comes a moment after the log told it. */
static void await(const char *series, double value)
{
    for (int tries = 0; tries < 300 && value_of(series) != value; tries++)
        usleep(100000);
    expect(series, value);
}

/* Frees the review. Returns how many bytes it took. */
static size_t send_review(const char *url, json_t *review)
{
    char *body = json_dumps(review, JSON_COMPACT);
    size_t len = strlen(body);

    assert_int_equal(serving_post(&serving_shared, url, body, len), 200);
    free(body);
    json_decref(review);
    return len;
}

static json_t *new_review(const char *devices)
{
    json_t *review = review_json_new();

    if (devices)
        review_json_set(review, DEVICES, devices);
    return review;
}

static size_t send_devices(const char *url, const char *devices)
{
    return send_review(url, new_review(devices));
}

#define GOOD "[{'deviceName':'nvidia.com/TU104GL_Tesla_T4','name':'a'}]"
#define GOOD_WITHOUT_NAME "[{'deviceName':'nvidia.com/TU104GL_Tesla_T4'}]"
#define BAD "[{'deviceName':'x.com/a','name':'a'},{'deviceName':'x.com/b','name':'a'}]"

/* --- reviews --------------------------------------------------------------------------------- */

#define REVIEWS(path, operation, verdict)                                            \
    "reviews_total{path=\"" path "\",kind=\"VirtualMachine\",operation=\"" operation \
    "\",verdict=\"" verdict "\"}"

static void test_reviews(void **state)
{
    json_t *update = new_review(BAD);
    json_t *deletion = new_review(NULL);

    (void)state;
    expect(REVIEWS("validate", "CREATE", "allow"), 0);
    review_json_set(update, "request.operation", "'UPDATE'");
    json_object_set(json_object_get(update, "request"), "oldObject",
                    json_object_get(json_object_get(update, "request"), "object"));
    review_json_set(deletion, "request.operation", "'DELETE'");
    for (int i = 0; i < 3; i++)
        send_devices("/validate", GOOD);
    send_devices("/validate", BAD);
    send_review("/validate", update);
    send_review("/validate", deletion);
    send_devices("/mutate", GOOD);
    send_devices("/mutate?timeout=5s", GOOD_WITHOUT_NAME);
    send_devices("/mutate", GOOD_WITHOUT_NAME);

    expect(REVIEWS("validate", "CREATE", "allow"), 3);
    expect(REVIEWS("validate", "CREATE", "deny"), 1);
    expect(REVIEWS("validate", "CREATE", "error"), 0);
    expect(REVIEWS("validate", "UPDATE", "warn"), 1);
    expect(REVIEWS("validate", "DELETE", "allow"), 1);
    expect(REVIEWS("mutate", "CREATE", "allow"), 1);
    expect(REVIEWS("mutate", "CREATE", "patch"), 2);
    expect("review_duration_seconds_count{path=\"validate\"}", 6);
    expect("review_duration_seconds_bucket{path=\"mutate\",le=\"+Inf\"}", 3);
}

/* Of the UPDATE all is old, so it only warns. */
static void test_findings(void **state)
{
    json_t *update = new_review(BAD);

    (void)state;
    review_json_set(update, "request.operation", "'UPDATE'");
    json_object_set(json_object_get(update, "request"), "oldObject",
                    json_object_get(json_object_get(update, "request"), "object"));
    send_devices("/validate", BAD);
    send_devices("/validate", BAD);
    send_review("/validate", update);
    expect("findings_total{rule=\"device-not-permitted\",severity=\"deny\"}", 4);
    expect("findings_total{rule=\"device-not-permitted\",severity=\"warn\"}", 2);
    expect("findings_total{rule=\"name-duplicate\",severity=\"deny\"}", 2);
    expect("findings_total{rule=\"name-duplicate\",severity=\"warn\"}", 1);
    expect("findings_total{rule=\"name-format\",severity=\"deny\"}", 0);
}

static void test_warn_mode(void **state)
{
    (void)state;
    serving_stop(&serving_shared);
    serving_start(&serving_shared, "--mode", "warn");
    send_devices("/validate", BAD);
    expect(REVIEWS("validate", "CREATE", "warn"), 1);
    expect("findings_total{rule=\"device-not-permitted\",severity=\"deny\"}", 0);
    expect("findings_total{rule=\"device-not-permitted\",severity=\"warn\"}", 2);
}

static void test_bytes(void **state)
{
    size_t sent;
    struct http_response response = {.status = 0};

    (void)state;
    sent = send_devices("/validate", GOOD);
    sent += send_devices("/mutate", GOOD);
    expect("request_bytes_total", (double)sent);
    assert_true(http_fetch(&serving_shared.target, "POST", "/validate", serving_review,
                           strlen(serving_review), &response));
    serving_get(&serving_shared, "/livez");
    expect("request_bytes_total", (double)(sent + strlen(serving_review)));
    assert_true(value_of("reply_bytes_total") > (double)response.body_len);
    http_response_free(&response);
}

/* --- what is refused ------------------------------------------------------------------------- */

#define REJECTED(reason) "rejected_requests_total{reason=\"" reason "\"}"

static int send_text(const char *request)
{
    return serving_send(&serving_shared, request, strlen(request));
}

static void test_rejections(void **state)
{
    static const char values_head[] = "[";
    static const char no_request[] = "{\"apiVersion\":\"admission.k8s.io/v1\"}";
    size_t len = 700000;
    char *many = malloc(len + 1);

    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < len; i++)
        many[i] = i == 0 ? values_head[0] : i % 2 ? '0' : ',';
    many[len - 1] = ']';

    send_text(SERVING_HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}");
    send_text("GET /livez?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n");
    send_text("GET /livez?b=%00 HTTP/1.1\r\nHost: a\r\n\r\n");
    serving_get(&serving_shared, "/nothing");
    serving_get(&serving_shared, "/validate");
    send_text("POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
              "Content-Length: 2\r\n\r\n{}");
    send_text(SERVING_HEAD "\r\n");
    send_text(SERVING_HEAD "Content-Length: 99999999\r\n\r\n");
    assert_int_equal(serving_post(&serving_shared, "/validate", "{", 1), 400);
    assert_int_equal(serving_post(&serving_shared, "/mutate", no_request, strlen(no_request)), 400);
    assert_int_equal(serving_post(&serving_shared, "/validate", many, len), 413);
    free(many);

    expect(REJECTED("framing"), 1);
    expect(REJECTED("target"), 2);
    expect(REJECTED("not_found"), 1);
    expect(REJECTED("method"), 1);
    expect(REJECTED("content_type"), 1);
    expect(REJECTED("length_required"), 1);
    expect(REJECTED("too_large"), 1);
    expect(REJECTED("malformed_json"), 1);
    expect(REJECTED("not_admission_review"), 1);
    expect(REJECTED("too_many_values"), 1);
    expect(REJECTED("memory_limit"), 0);
    expect(REJECTED("no_memory"), 0);
    expect(REJECTED("list_unknown"), 0);
    expect(REVIEWS("validate", "CREATE", "error"), 0);
}

static void test_list_unknown(void **state)
{
    (void)state;
    serving_stop(&serving_shared);
    temp_replace(&serving_shared.dir, "hyperconverged.yaml", "kind: Wrong\n");
    serving_start(&serving_shared, NULL, NULL);
    expect("permitted_list_known", 0);
    expect("permitted_list_entries", 0);
    expect("permitted_list_reads_total", 0);
    expect("ready", 0);
    assert_int_equal(
        serving_post(&serving_shared, "/validate", serving_review, strlen(serving_review)), 503);
    expect(REJECTED("list_unknown"), 1);
    expect(REVIEWS("validate", "CREATE", "error"), 1);

    temp_replace(&serving_shared.dir, "hyperconverged.yaml", serving_list);
    assert_true(server_log_wait(&serving_shared.server, "permitted list loaded"));
    await("permitted_list_known", 1);
    expect("permitted_list_entries", 1);
    expect("ready", 1);
    for (int tries = 0; tries < 300 && value_of("permitted_list_reads_total") < 1; tries++)
        usleep(100000);
    assert_true(value_of("permitted_list_reads_total") >= 1);
}

/* A file that stays as it is confirms the list, so that its age stays small. */
static void test_list_age(void **state)
{
    double age;
    int tries = 0;

    (void)state;
    sleep(3);
    do
        age = value_of("permitted_list_age_seconds");
    while (age > 1 && ++tries < 20 && sleep(1) == 0);
    assert_in_range((size_t)age, 0, 1);
}

/* --- what does not come from here ------------------------------------------------------------ */

static void test_nothing_of_a_client(void **state)
{
    static const char *const kinds[] = {"'evil\\\"} 1'", "'evil\\nevil 1'",
                                        "'VirtualMachine\\u0000'"};
    json_t *hostile = new_review("[{'deviceName':'evil','name':'evil evil'}]");
    char *page;

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        json_t *review = new_review(GOOD);

        review_json_set(review, "request.kind.kind", kinds[i]);
        review_json_set(review, "request.kind.group", "'evil'");
        send_review("/validate", review);
    }
    review_json_set(hostile, "request.uid", "'evil'");
    review_json_set(hostile, "request.name", "'evil'");
    review_json_set(hostile, "request.namespace", "'evil'");
    review_json_set(hostile, "request.userInfo.username", "'evil'");
    send_review("/validate", hostile);
    serving_get(&serving_shared, "/evil?evil");
    page = scrape();
    assert_null(strstr(page, "evil"));
    assert_true(value_in(page, "reviews_total{path=\"validate\",kind=\"other\","
                               "operation=\"CREATE\",verdict=\"allow\"}") == 3);
    free(page);
}

static void test_the_rest(void **state)
{
    char *page = scrape();

    (void)state;
    assert_non_null(strstr(page, "\n" PREFIX "build_info{version=\""));
    assert_true(value_in(page, "process_resident_memory_bytes") > 1 << 20);
    assert_true(value_in(page, "process_open_fds") > 5);
    assert_true(value_in(page, "requests_in_flight") == 0);
    free(page);
    assert_int_equal(serving_get(&serving_shared, "/metrics"), 404); /* on the plain port only */
}

/* One that waits for its body is in flight; the one that asks is not counted. */
static void test_in_flight(void **state)
{
    struct tls_client client;

    (void)state;
    assert_true(serving_begin_review(&serving_shared, &client));
    expect("requests_in_flight", 1);
    tls_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_reviews),    WITH_SERVER(test_findings),
        WITH_SERVER(test_warn_mode),  WITH_SERVER(test_bytes),
        WITH_SERVER(test_rejections), WITH_SERVER(test_list_unknown),
        WITH_SERVER(test_list_age),   WITH_SERVER(test_nothing_of_a_client),
        WITH_SERVER(test_the_rest),   WITH_SERVER(test_in_flight),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
