/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that is no AdmissionReview: a 400 whose body names the field and says what is wrong with it.
 * What only looks odd is answered.
 */
#include "tests/support/review_json.h"
#include "tests/support/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define PREFIX "the request body is not an AdmissionReview: "
#define NO_STRING ": Invalid value: must be a string\n"
#define NO_OBJECT ": Invalid value: must be an object\n"
#define EMPTY ": Required value: must be a string that is not empty\n"

/* A good review with the member at `path` exchanged; `value` has ' for ", NULL takes it away. */
struct defect {
    const char *path, *value, *words;
};

static const struct defect envelopes[] = {
    {"apiVersion", NULL, PREFIX "apiVersion" EMPTY},
    {"apiVersion", "null", PREFIX "apiVersion" EMPTY},
    {"apiVersion", "''", PREFIX "apiVersion" EMPTY},
    {"apiVersion", "1", PREFIX "apiVersion" NO_STRING},
    {"apiVersion", "['admission.k8s.io/v1']", PREFIX "apiVersion" NO_STRING},
    {"apiVersion", "'v1'",
     PREFIX "apiVersion: Unsupported value: \"v1\": must be "
            "admission.k8s.io/v1 or admission.k8s.io/v1beta1\n"},
    {"apiVersion", "'admission.k8s.io/v2'", "Unsupported value: \"admission.k8s.io/v2\""},
    {"apiVersion", "'admission.k8s.io/v1alpha1'", "\"admission.k8s.io/v1alpha1\": must be"},
    {"apiVersion", "'admission.k8s.io/V1'", "Unsupported value: \"admission.k8s.io/V1\""},
    {"apiVersion", "'admission.k8s.io/v1 '", "Unsupported value: \"admission.k8s.io/v1 \""},
    {"apiVersion", "'admission.k8s.io/v1\\u0000'", "\"admission.k8s.io/v1\\u0000\": must be"},
    {"kind", NULL, PREFIX "kind" EMPTY},
    {"kind", "null", PREFIX "kind" EMPTY},
    {"kind", "''", PREFIX "kind" EMPTY},
    {"kind", "{}", PREFIX "kind" NO_STRING},
    {"kind", "'ConversionReview'",
     PREFIX "kind: Unsupported value: \"ConversionReview\": must be AdmissionReview\n"},
    {"kind", "'admissionreview'", "Unsupported value: \"admissionreview\""},
    {"request", NULL, PREFIX "request: Required value: must be an object\n"},
    {"request", "null", PREFIX "request: Required value: must be an object\n"},
    {"request", "[]", PREFIX "request" NO_OBJECT},
    {"request", "'x'", PREFIX "request" NO_OBJECT},
    {"request", "0", PREFIX "request" NO_OBJECT},
    {"request", "{}", PREFIX "request.uid" EMPTY},
};

static const struct defect requests[] = {
    {"request.uid", NULL, PREFIX "request.uid" EMPTY},
    {"request.uid", "null", PREFIX "request.uid" EMPTY},
    {"request.uid", "''", PREFIX "request.uid" EMPTY},
    {"request.uid", "7", PREFIX "request.uid" NO_STRING},
    {"request.uid", "true", PREFIX "request.uid" NO_STRING},
    {"request.uid", "['a']", PREFIX "request.uid" NO_STRING},
    {"request.uid", "{}", PREFIX "request.uid" NO_STRING},
    {"request.kind", NULL,
     PREFIX "request.kind: Required value: must be an object with group, version and kind\n"},
    {"request.kind", "null", PREFIX "request.kind: Required value"},
    {"request.kind", "'VirtualMachine'", PREFIX "request.kind" NO_OBJECT},
    {"request.kind.group", "1", PREFIX "request.kind.group" NO_STRING},
    {"request.kind.version", NULL, PREFIX "request.kind.version" EMPTY},
    {"request.kind.version", "[]", PREFIX "request.kind.version" NO_STRING},
    {"request.kind.kind", NULL, PREFIX "request.kind.kind" EMPTY},
    {"request.kind.kind", "false", PREFIX "request.kind.kind" NO_STRING},
    {"request.subResource", "1", PREFIX "request.subResource" NO_STRING},
    {"request.operation", NULL, PREFIX "request.operation" EMPTY},
    {"request.operation", "{}", PREFIX "request.operation" NO_STRING},
    {"request.operation", "'create'",
     PREFIX "request.operation: Unsupported value: \"create\": "
            "must be CREATE, UPDATE, DELETE or CONNECT\n"},
    {"request.operation", "'PATCH'", "Unsupported value: \"PATCH\""},
    {"request.operation", "'*'", "Unsupported value: \"*\""},
    {"request.object", NULL, PREFIX "request.object: Required value: CREATE and UPDATE have one\n"},
    {"request.object", "null", PREFIX "request.object: Required value"},
    {"request.object", "[]", PREFIX "request.object" NO_OBJECT},
    {"request.object", "'x'", PREFIX "request.object" NO_OBJECT},
    {"request.oldObject", "7", PREFIX "request.oldObject" NO_OBJECT},
    {"request.operation", "'UPDATE'", PREFIX "request.oldObject: Required value: UPDATE has one\n"},
};

/* Answered, with these words. */
static const struct defect odd[] = {
    {"request.uid", "'a\\u0000b'", "\"uid\":\"a\\u0000b\""},
    {"request.uid", "'\\u0022\\u005c<script>\\u001b'", "\"uid\":\"\\\"\\\\<script>\\u001B\""},
    {"request.uid", "' '", "\"uid\":\" \""},
    {"apiVersion", "'admission.k8s.io/v1beta1'", "\"apiVersion\":\"admission.k8s.io/v1beta1\""},
    {"request.kind.kind", "'Pod'", "\"allowed\":true"},
    {"request.kind.group", "null", "\"allowed\":true"},
    {"request.kind.version", "'v99'", "\"allowed\":true"},
    {"request.operation", "'DELETE'", "\"allowed\":true"},
    {"request.operation", "'CONNECT'", "\"allowed\":true"},
    {"request.subResource", "'status'", "\"allowed\":true"},
    {"request.subResource", "null", "\"allowed\":true"},
    {"request.oldObject", "null", "\"allowed\":true"},
    {"request.userInfo", "'nobody'", "\"allowed\":true"},
    {"request.unknown", "[[[]]]", "\"allowed\":true"},
    {"response", "{'allowed':false}", "\"allowed\":true"},
    {"request.object.metadata", "'none'", "\"uid\":\"1-2-3\""},
    {"request.object.spec", "[1,2]", "\"uid\":\"1-2-3\""},
};

static void check(const struct serving *serving, const struct defect *rows, size_t count,
                  int status)
{
    size_t failed = 0;

    for (size_t i = 0; i < count; i++) {
        json_t *root = review_json_new();
        char what[128];
        char *body;

        review_json_set(root, rows[i].path, rows[i].value);
        body = json_dumps(root, JSON_COMPACT);
        assert_non_null(body);
        snprintf(what, sizeof what, "%s %s", rows[i].path, rows[i].value ? rows[i].value : "-");
        failed += !wire_check_body(
            serving, &(struct wire_body){what, str_from(body), status, rows[i].words});
        free(body);
        json_decref(root);
    }
    assert_int_equal(failed, 0);
}

static void test_envelopes(void **state)
{
    check(*state, envelopes, COUNT(envelopes), 400);
}

static void test_requests(void **state)
{
    check(*state, requests, COUNT(requests), 400);
}

static void test_odd_ones(void **state)
{
    check(*state, odd, COUNT(odd), 200);
}

/* A refusal is plain text of one line, whatever was sent: it says nothing to a browser. */
static void test_a_refusal_is_text(void **state)
{
    struct serving *serving = *state;
    static const char body[] = "{\"apiVersion\":\"<script>\\r\\nX: y\\u0000\\u202e\",\"kind\":1}";
    struct http_response response;
    char value[64];

    assert_true(
        http_fetch(&serving->target, "POST", "/validate", body, sizeof body - 1, &response));
    assert_int_equal(response.status, 400);
    assert_non_null(http_header(&response, "Content-Type", value, sizeof value));
    assert_string_equal(value, "text/plain; charset=utf-8");
    assert_int_equal(strcspn(response.body, "\n"), response.body_len - 1);
    for (size_t i = 0; i < response.body_len - 1; i++)
        assert_true((unsigned char)response.body[i] >= 0x20);
    http_response_free(&response);
    assert_int_equal(serving_get(serving, "/livez"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_envelopes),
        WITH_SERVER(test_requests),
        WITH_SERVER(test_odd_ones),
        WITH_SERVER(test_a_refusal_is_text),
    };

    return cmocka_run_group_tests(tests, serving_make_files, serving_remove_files);
}
