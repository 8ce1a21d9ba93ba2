/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused as no AdmissionReview, with which words, and what is never judged. */
#include "server/admission/admission_request.h"
#include "server/documents/json_value.h"
#include "tests/support/review_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What the requests of a test are made of. */
static struct arena arena = ARENA_INIT(1 << 20);

static bool read_request(const json_t *root, struct admission_request *ret_request,
                         struct error *err)
{
    const struct value *value = value_from_json(root, &arena);

    assert_non_null(value);
    return admission_request_read(value, ret_request, err);
}

static int setup(void **state)
{
    *state = review_json_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(&arena);
    json_decref(*state);
    return 0;
}

static const struct {
    const char *path, *value, *message;
} defects[] = {
    {"apiVersion", NULL, "apiVersion: Required value: must be a string that is not empty"},
    {"apiVersion", "''", "apiVersion: Required value: must be a string that is not empty"},
    {"apiVersion", "1", "apiVersion: Invalid value: must be a string"},
    {"apiVersion", "'admission.k8s.io/v2'",
     "apiVersion: Unsupported value: \"admission.k8s.io/v2\": must be admission.k8s.io/v1 or "
     "admission.k8s.io/v1beta1"},
    {"apiVersion", "'admission.k8s.io/v1\\u0000'",
     "apiVersion: Unsupported value: \"admission.k8s.io/v1\\u0000\": must be "
     "admission.k8s.io/v1 or admission.k8s.io/v1beta1"},
    {"kind", NULL, "kind: Required value: must be a string that is not empty"},
    {"kind", "[]", "kind: Invalid value: must be a string"},
    {"kind", "'Pod\\u001b'", "kind: Unsupported value: \"Pod\\u001b\": must be AdmissionReview"},
    {"request", NULL, "request: Required value: must be an object"},
    {"request", "null", "request: Required value: must be an object"},
    {"request", "[]", "request: Invalid value: must be an object"},
    {"request.uid", NULL, "request.uid: Required value: must be a string that is not empty"},
    {"request.uid", "''", "request.uid: Required value: must be a string that is not empty"},
    {"request.uid", "7", "request.uid: Invalid value: must be a string"},
    {"request.kind", NULL,
     "request.kind: Required value: must be an object with group, version and kind"},
    {"request.kind", "'VirtualMachine'", "request.kind: Invalid value: must be an object"},
    {"request.kind.group", "{}", "request.kind.group: Invalid value: must be a string"},
    {"request.kind.version", NULL,
     "request.kind.version: Required value: must be a string that is not empty"},
    {"request.kind.version", "true", "request.kind.version: Invalid value: must be a string"},
    {"request.kind.kind", "''",
     "request.kind.kind: Required value: must be a string that is not empty"},
    {"request.kind.kind", "1", "request.kind.kind: Invalid value: must be a string"},
    {"request.subResource", "1", "request.subResource: Invalid value: must be a string"},
    {"request.operation", NULL,
     "request.operation: Required value: must be a string that is not empty"},
    {"request.operation", "'create'",
     "request.operation: Unsupported value: \"create\": must be CREATE, UPDATE, DELETE or "
     "CONNECT"},
    {"request.operation", "{}", "request.operation: Invalid value: must be a string"},
    {"request.object", NULL, "request.object: Required value: CREATE and UPDATE have one"},
    {"request.object", "null", "request.object: Required value: CREATE and UPDATE have one"},
    {"request.object", "[]", "request.object: Invalid value: must be an object"},
    {"request.oldObject", "'x'", "request.oldObject: Invalid value: must be an object"},
    {"request.operation", "'UPDATE'", "request.oldObject: Required value: UPDATE has one"},
};

static void test_a_defect_is_named(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(defects); i++) {
        json_t *root = review_json_new();
        struct admission_request request;
        struct error err = {.message = "(accepted)"};
        bool good;

        review_json_set(root, defects[i].path, defects[i].value);
        good = !read_request(root, &request, &err) && strcmp(err.message, defects[i].message) == 0;
        if (!good) {
            fprintf(stderr, "%s = %s:\n expected: %s\n got:      %s\n", defects[i].path,
                    defects[i].value ? defects[i].value : "(absent)", defects[i].message,
                    err.message);
            wrong++;
        }
        json_decref(root);
    }
    assert_int_equal(wrong, 0);
}

static void test_json_that_is_no_object_is_refused(void **state)
{
    json_t *const roots[] = {json_array(), json_string("AdmissionReview"), json_null(), json_true(),
                             json_real(1)};

    (void)state;
    for (size_t i = 0; i < COUNT(roots); i++) {
        struct admission_request request;
        struct error err;

        assert_false(read_request(roots[i], &request, &err));
        assert_string_equal(err.message, "must be an AdmissionReview object");
        json_decref(roots[i]);
    }
}

static void test_a_create_is_read(void **state)
{
    struct admission_request request;
    struct error err;

    review_json_set(*state, "request.oldObject", "null");
    assert_true(read_request(*state, &request, &err));
    assert_string_equal(request.api_version, "admission.k8s.io/v1");
    assert_true(str_equal(request.uid, STR("1-2-3")));
    assert_string_equal(request.kind->kind, "VirtualMachine");
    assert_non_null(request.object);
    assert_null(request.old_object);
}

/* Only an UPDATE is compared with what was. */
static void test_old_object_counts_on_update_only(void **state)
{
    struct admission_request request;
    struct error err;

    review_json_set(*state, "request.oldObject", "{}");
    assert_true(read_request(*state, &request, &err));
    assert_null(request.old_object);
    review_json_set(*state, "request.operation", "'UPDATE'");
    assert_true(read_request(*state, &request, &err));
    assert_non_null(request.old_object);
}

static void test_an_object_on_its_way_out_needs_no_old_object(void **state)
{
    struct admission_request request;
    struct error err;

    review_json_set(*state, "request.operation", "'UPDATE'");
    review_json_set(*state, "request.object.metadata.deletionTimestamp", "'2025-01-01T00:00:00Z'");
    assert_true(read_request(*state, &request, &err));
    assert_null(request.old_object);
}

static void test_v1beta1_is_echoed(void **state)
{
    struct admission_request request;
    struct error err;

    review_json_set(*state, "apiVersion", "'admission.k8s.io/v1beta1'");
    assert_true(read_request(*state, &request, &err));
    assert_string_equal(request.api_version, "admission.k8s.io/v1beta1");
}

static void test_a_uid_is_taken_byte_by_byte(void **state)
{
    struct admission_request request;
    struct error err;

    review_json_set(*state, "request.uid", "'a\\u0000b'");
    assert_true(read_request(*state, &request, &err));
    assert_true(str_equal(request.uid, STR("a\0b")));
}

static void test_what_is_never_judged(void **state)
{
    static const struct {
        const char *what;
        const char *changes[4][2];
    } rows[] = {
        {"an unknown kind", {{"request.kind.kind", "'Pod'"}}},
        {"an unknown kind without an object",
         {{"request.kind.kind", "'Pod'"}, {"request.object", NULL}}},
        {"the core group", {{"request.kind.group", "''"}}},
        {"an absent group", {{"request.kind.group", NULL}}},
        {"an unknown version", {{"request.kind.version", "'v2'"}}},
        {"a kind in other case", {{"request.kind.kind", "'virtualmachine'"}}},
        {"a kind with a NUL behind it", {{"request.kind.kind", "'VirtualMachine\\u0000'"}}},
        {"a VirtualMachineInstance", {{"request.kind.kind", "'VirtualMachineInstance'"}}},
        {"/status", {{"request.subResource", "'status'"}}},
        {"/scale", {{"request.subResource", "'scale'"}, {"request.object", "null"}}},
        {"DELETE",
         {{"request.operation", "'DELETE'"},
          {"request.object", "null"},
          {"request.oldObject", "{}"}}},
        {"CONNECT", {{"request.operation", "'CONNECT'"}}},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *root = review_json_new();
        struct admission_request request;
        struct error err = {.message = ""};

        for (size_t j = 0; j < 4 && rows[i].changes[j][0]; j++)
            review_json_set(root, rows[i].changes[j][0], rows[i].changes[j][1]);
        if (!read_request(root, &request, &err) || request.kind ||
            !str_equal(request.uid, STR("1-2-3"))) {
            fprintf(stderr, "row \"%s\": %s\n", rows[i].what, err.message);
            wrong++;
        }
        json_decref(root);
    }
    assert_int_equal(wrong, 0);
}

/* An absent or empty subResource, and fields that nobody knows. */
static void test_what_does_not_matter(void **state)
{
    struct admission_request request;
    struct error err;

    review_json_set(*state, "request.subResource", "''");
    review_json_set(*state, "request.resource", "7");
    review_json_set(*state, "request.dryRun", "true");
    review_json_set(*state, "response", "[]");
    assert_true(read_request(*state, &request, &err));
    assert_non_null(request.kind);
    review_json_set(*state, "request.subResource", "null");
    assert_true(read_request(*state, &request, &err));
    assert_non_null(request.kind);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_defect_is_named),
        TEST(test_json_that_is_no_object_is_refused),
        TEST(test_a_create_is_read),
        TEST(test_old_object_counts_on_update_only),
        TEST(test_an_object_on_its_way_out_needs_no_old_object),
        TEST(test_v1beta1_is_echoed),
        TEST(test_a_uid_is_taken_byte_by_byte),
        TEST(test_what_is_never_judged),
        TEST(test_what_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
