/* SPDX-License-Identifier: Apache-2.0 */
/* The log of the running server: what a denial and a failed call leave in it, and what never. */
#include "server/log_limiter.h"
#include "tests/support/review_json.h"
#include "tests/support/serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES "request.object.spec.template.spec.domain.devices.hostDevices"
#define BAD "[{'deviceName':'x.com/a','name':'a'},{'deviceName':'x.com/b','name':'a'}]"

/* --- the log --------------------------------------------------------------------------------- */

static void start_json(const char *option)
{
    serving_stop(&serving_shared);
    serving_start(&serving_shared, "--log-format=json", option);
}

/* The events with this message; each line of the log must be one JSON object. */
static json_t *events(const char *log, const char *message)
{
    json_t *found = json_array();

    while (*log != '\0') {
        size_t len = strcspn(log, "\n");
        json_error_t error;
        json_t *event = json_loadb(log, len, JSON_REJECT_DUPLICATES, &error);

        if (!json_is_object(event) || log[len] != '\n')
            fail_msg("%s: %.*s", error.text, (int)len, log);
        if (strcmp(json_string_value(json_object_get(event, "message")), message) == 0)
            json_array_append(found, event);
        json_decref(event);
        log += len + 1;
    }
    return found;
}

/* Stops the server, so that its log is complete. */
static json_t *events_at_end(const char *message)
{
    server_stop(&serving_shared.server);
    return events(server_log(&serving_shared.server), message);
}

static void expect_text(const json_t *event, const char *key, const char *value)
{
    const char *found = json_string_value(json_object_get(event, key));

    assert_non_null(found);
    assert_string_equal(found, value);
}

/* --- requests -------------------------------------------------------------------------------- */

/* Frees the review. */
static int send_review(const char *url, json_t *review)
{
    char *body = json_dumps(review, JSON_COMPACT);
    int status = serving_post(&serving_shared, url, body, strlen(body));

    free(body);
    json_decref(review);
    return status;
}

/* A CREATE with everything that a line tells. */
static json_t *new_review(void)
{
    json_t *review = review_json_new();

    review_json_set(review, DEVICES, BAD);
    review_json_set(review, "request.userInfo.username", "'alice'");
    review_json_set(review, "request.namespace", "'blue'");
    review_json_set(review, "request.name", "'vm-1'");
    review_json_set(review, "request.dryRun", "true");
    return review;
}

/* --- what is there --------------------------------------------------------------------------- */

static void list_version(char ret_version[13])
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    EVP_Digest(serving_list, strlen(serving_list), digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < 6; i++)
        snprintf(ret_version + 2 * i, 3, "%02x", digest[i]);
}

static void test_denial(void **state)
{
    json_t *denied, *loaded, *event;
    char version[13];

    (void)state;
    start_json(NULL);
    send_review("/validate", new_review());
    denied = events_at_end("denied");
    loaded = events(server_log(&serving_shared.server), "permitted list loaded");
    assert_int_equal(json_array_size(denied), 1);
    event = json_array_get(denied, 0);
    list_version(version);
    expect_text(event, "level", "info");
    expect_text(event, "uid", "1-2-3");
    expect_text(event, "user", "alice");
    expect_text(event, "kind", "VirtualMachine");
    expect_text(event, "operation", "CREATE");
    expect_text(event, "namespace", "blue");
    expect_text(event, "name", "vm-1");
    expect_text(event, "dry_run", "yes");
    expect_text(event, "rule", "device-not-permitted,name-duplicate");
    expect_text(event, "path", "spec.template.spec.domain.devices.hostDevices[0].deviceName");
    expect_text(event, "list_version", version);
    expect_text(json_array_get(loaded, 0), "list_version", version);
    assert_int_equal(json_integer_value(json_object_get(event, "faults")), 3);
    assert_true(json_is_real(json_object_get(event, "duration_ms")));
    json_decref(denied);
    json_decref(loaded);
}

/* What the request does not say is left out; a name that is still to be made is shown as it is. */
static void test_denial_of_little(void **state)
{
    json_t *review = review_json_new();
    json_t *denied, *event;

    (void)state;
    start_json(NULL);
    review_json_set(review, DEVICES, BAD);
    review_json_set(review, "request.userInfo", "'root'");
    review_json_set(review, "request.name", "''");
    review_json_set(review, "request.namespace", "7");
    review_json_set(review, "request.dryRun", "'yes'");
    review_json_set(review, "request.object.metadata", "{'generateName':'vm-'}");
    send_review("/validate", review);
    denied = events_at_end("denied");
    event = json_array_get(denied, 0);
    assert_null(json_object_get(event, "user"));
    assert_null(json_object_get(event, "namespace"));
    expect_text(event, "name", "vm-");
    expect_text(event, "dry_run", "no");
    json_decref(denied);
}

static void test_failed_calls(void **state)
{
    static const struct {
        const char *call, *reason;
        int status;
    } rows[] = {
        {"validate", "malformed_json", 400},
        {"mutate", "not_admission_review", 400},
        {"validate", "too_large", 413},
        {"validate", "list_unknown", 503},
    };
    static const char large[] = SERVING_HEAD "Content-Length: 99999999\r\n\r\n";
    json_t *failed, *event;

    (void)state;
    temp_replace(&serving_shared.dir, "hyperconverged.yaml", "kind: Wrong\n");
    start_json(NULL);
    serving_post(&serving_shared, "/validate", "{", 1);
    serving_post(&serving_shared, "/mutate", "{}", 2);
    serving_send(&serving_shared, large, strlen(large));
    send_review("/validate", new_review());
    serving_get(&serving_shared, "/nothing");
    failed = events_at_end("could not decide");
    temp_replace(&serving_shared.dir, "hyperconverged.yaml", serving_list);
    assert_int_equal(json_array_size(failed), sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        event = json_array_get(failed, i);
        expect_text(event, "level", "warn");
        expect_text(event, "call", rows[i].call);
        expect_text(event, "reason", rows[i].reason);
        assert_int_equal(json_integer_value(json_object_get(event, "status")), rows[i].status);
        assert_non_null(json_object_get(event, "problem"));
    }
    expect_text(event, "uid", "1-2-3");
    expect_text(event, "user", "alice");
    expect_text(event, "name", "vm-1");
    json_decref(failed);
}

static json_t *new_update(void)
{
    json_t *review = new_review();
    json_t *request = json_object_get(review, "request");

    json_object_set(request, "oldObject", json_object_get(request, "object"));
    review_json_set(review, "request.operation", "'UPDATE'");
    return review;
}

/* What is allowed leaves nothing; what is only warned about is there for who looks closely. */
static void test_levels(void **state)
{
    json_t *found;

    (void)state;
    for (int debug = 0; debug < 2; debug++) {
        start_json(debug ? "--log-level=debug" : NULL);
        serving_post(&serving_shared, "/validate", serving_review, strlen(serving_review));
        send_review("/validate", new_update());
        send_review("/mutate", new_review());
        found = events_at_end("denied");
        assert_int_equal(json_array_size(found), 0);
        json_decref(found);
        found = events(server_log(&serving_shared.server), "warned");
        assert_int_equal(json_array_size(found), debug);
        if (debug) {
            expect_text(json_array_get(found, 0), "level", "debug");
            expect_text(json_array_get(found, 0), "rule", "device-not-permitted,name-duplicate");
        } else {
            assert_null(strstr(server_log(&serving_shared.server), "1-2-3"));
        }
        json_decref(found);
    }
}

/* --- hostile requests ------------------------------------------------------------------------ */

static json_t *new_hostile(size_t i)
{
    static const char *const values[] = {
        "'a\\nb'",          "'\\\" level=error msg=\\\"'", "'\\u0000\\u001b[2J'",
        "'\\u2028\\u202e'", "'\\u0085\\r\\n{}'",           "'\\\\'",
        "'\\ud83d\\ude00'",
    };
    static const char *const fields[] = {
        "request.uid",
        "request.userInfo.username",
        "request.namespace",
        "request.name",
    };
    json_t *review = new_review();

    for (size_t j = 0; j < sizeof fields / sizeof fields[0]; j++)
        review_json_set(review, fields[j], values[(i + j) % (sizeof values / sizeof values[0])]);
    return review;
}

static json_t *new_endless(size_t len)
{
    json_t *review = new_review();
    json_t *request = json_object_get(review, "request");
    char *text = malloc(len + 1);

    assert_non_null(text);
    memset(text, '"', len);
    text[len] = '\0';
    json_object_set_new(request, "uid", json_string(text));
    json_object_set_new(request, "namespace", json_string(text));
    json_object_set_new(request, "name", json_string(text));
    free(text);
    return review;
}

static void send_hostile(void)
{
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(send_review("/validate", new_hostile(i)), 200);
    assert_int_equal(send_review("/validate", new_endless(100000)), 200);
    serving_post(&serving_shared, "/validate", "{\"\\u001b\":\"\xc2\x85\n", 14);
    serving_post(&serving_shared, "/validate", "\xff\xfe", 2);
}

/* Each line is whole, and the rule is there however much the request holds. */
static void test_hostile_values(void **state)
{
    json_t *denied;
    const char *log;

    (void)state;
    start_json("--log-level=debug");
    send_hostile();
    denied = events_at_end("denied");
    assert_int_equal(json_array_size(denied), 11);
    for (size_t i = 0; i < 11; i++)
        expect_text(json_array_get(denied, i), "rule", "device-not-permitted,name-duplicate");
    json_decref(denied);
    for (log = server_log(&serving_shared.server); *log != '\0'; log++)
        assert_true((unsigned char)*log >= ' ' || *log == '\n');
}

static void test_hostile_values_as_text(void **state)
{
    const char *log;
    size_t denied = 0;

    (void)state;
    send_hostile();
    server_stop(&serving_shared.server);
    for (log = server_log(&serving_shared.server); *log != '\0'; log += strcspn(log, "\n") + 1) {
        assert_int_equal(log[10], 'T'); /* of the time, with which each line begins */
        denied += strncmp(log + 25, "info  denied rule=", 18) == 0;
    }
    assert_int_equal(denied, 11);
}

/* --- floods ---------------------------------------------------------------------------------- */

static long long dropped_by_rate(void)
{
    static const char series[] = "\nhostdev_webhook_log_lines_dropped_total{reason=\"rate\"} ";
    struct http_response response = {.status = 0};
    const char *line;
    long long value = -1;

    assert_true(http_fetch(&serving_shared.probes, "GET", "/metrics", NULL, 0, &response));
    line = strstr(response.body, series);
    if (line)
        value = strtoll(line + strlen(series), NULL, 10);
    http_response_free(&response);
    return value;
}

/* Each denial is a line or is counted; the counts in the log come to the same. */
static void test_flood(void **state)
{
    const size_t total = 1000;
    struct tls_client client;
    json_t *review = new_review();
    char *body = json_dumps(review, JSON_COMPACT);
    json_t *found, *event;
    long long dropped, told = 0;
    size_t i;

    (void)state;
    start_json(NULL);
    assert_true(tls_connect(&client, &serving_shared.target));
    for (i = 0; i < total; i++) {
        struct http_response response;

        assert_true(http_send(&client, "POST", "/validate", body, strlen(body)));
        assert_true(http_receive(&client, false, &response));
        assert_int_equal(response.status, 200);
        http_response_free(&response);
    }
    tls_close(&client);
    dropped = dropped_by_rate();
    found = events_at_end("denied");
    assert_true(json_array_size(found) >= LOG_LIMITER_BURST);
    assert_int_equal((long long)json_array_size(found) + dropped, total);
    json_decref(found);
    found = events(server_log(&serving_shared.server),
                   "lines on denials and failed calls were left out");
    json_array_foreach(found, i, event)
        told += json_integer_value(json_object_get(event, "count"));
    assert_int_equal(told, dropped);
    json_decref(found);
    json_decref(review);
    free(body);
}

/* --- secrets --------------------------------------------------------------------------------- */

#define TOKEN "a-token-that-nobody-shall-see"

static void expect_no_secret(void)
{
    const char *log = server_log(&serving_shared.server);

    assert_null(strstr(log, TOKEN));
    assert_null(strstr(log, "PRIVATE KEY"));
}

/* A header, and the body of a request that can't be read. */
static void test_a_clients_secret(void **state)
{
    static const char request[] = SERVING_HEAD "Authorization: Bearer " TOKEN "\r\nCookie: a=" TOKEN
                                               "\r\nContent-Length: 1\r\n\r\n{";

    (void)state;
    start_json("--log-level=debug");
    assert_int_equal(serving_send(&serving_shared, request, strlen(request)), 400);
    server_stop(&serving_shared.server);
    expect_no_secret();
}

/* The token of a cluster that can't be reached, and the key that is in use. */
static void test_an_own_secret(void **state)
{
    struct temp_path config = temp_path(&serving_shared.dir, "kubeconfig");
    char key[1024] = "";
    const char *const arguments[] = {
        "--tls-cert-file",        serving_shared.crt.text,
        "--tls-private-key-file", serving_shared.key.text,
        "--kubeconfig",           config.text,
        "--log-level=debug",      NULL,
    };
    FILE *file = fopen(serving_shared.key.text, "re");

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(key, sizeof key, file));
    assert_non_null(fgets(key, sizeof key, file)); /* a line of its base64 */
    fclose(file);
    temp_write(&serving_shared.dir, "kubeconfig",
               "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
               "contexts: [{name: a, context: {cluster: a, user: a}}]\n"
               "clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]\n"
               "users: [{name: a, user: {token: " TOKEN "}}]\n");
    serving_stop(&serving_shared);
    server_start(&serving_shared.server, arguments);
    assert_true(server_log_wait(&serving_shared.server, "the permitted list is not known"));
    server_stop(&serving_shared.server);
    expect_no_secret();
    assert_null(strstr(server_log(&serving_shared.server), key));
    temp_delete(&serving_shared.dir, "kubeconfig");
}

/* A test stops the server by itself, to read all of its log. */
static int tear_down(void **state)
{
    (void)state;
    server_clean_up(&serving_shared.server);
    return 0;
}

#define WITH_OWN_SERVER(test) cmocka_unit_test_setup_teardown(test, serving_set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OWN_SERVER(test_denial),         WITH_OWN_SERVER(test_denial_of_little),
        WITH_OWN_SERVER(test_failed_calls),   WITH_OWN_SERVER(test_levels),
        WITH_OWN_SERVER(test_hostile_values), WITH_OWN_SERVER(test_hostile_values_as_text),
        WITH_OWN_SERVER(test_flood),          WITH_OWN_SERVER(test_a_clients_secret),
        WITH_OWN_SERVER(test_an_own_secret),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
