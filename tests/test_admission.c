/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a request to the bytes of its answer. */
#include "base/text.h"
#include "server/admission/admission.h"
#include "tests/support/facts.h"
#include "tests/support/review_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DEVICES_PATH "request.object.spec.template.spec.domain.devices"

struct world {
    json_t *root; /* the request, changed by each test as it likes */
    struct policy policy;
    struct permitted_list *list;
    const char *note; /* what a denial by the list shall be accompanied by */
    struct admission_reply reply;
};

static int setup(void **state)
{
    static const char *const names[] = {"nvidia.com/T4"};
    struct world *world = calloc(1, sizeof *world);

    if (!world)
        return -1;
    world->root = review_json_new();
    world->list = list_of_names(names, COUNT(names));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    json_decref(world->root);
    permitted_list_unref(world->list);
    free(world->reply.body);
    free(world);
    return 0;
}

static void send_bytes(struct world *world, enum admission_path path, const char *body, size_t len)
{
    const struct admission_list list = {
        .list = world->list, .problem = "it was not read yet", .note = world->note};
    struct admission_reply reply;

    admission_review(path, body, len, &world->policy, &list, NULL, &reply);
    free(world->reply.body);
    world->reply = reply;
    assert_non_null(reply.body);
    assert_int_equal(reply.body_len, reply.body ? strlen(reply.body) : 0);
}

static void ask(struct world *world, enum admission_path path)
{
    char *body = json_dumps(world->root, JSON_COMPACT);

    assert_non_null(body);
    send_bytes(world, path, body, strlen(body));
    free(body);
}

/* The whole answer, with ' for ". */
static void expect(struct world *world, const char *answer)
{
    char *quoted = review_json_quote(answer);

    assert_string_equal(world->reply.body, quoted);
    assert_int_equal(world->reply.status, 200);
    free(quoted);
}

#define HEAD \
    "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','response':{'uid':'1-2-3',"
#define ALLOWED HEAD "'allowed':true,'auditAnnotations':{'verdict':'allow'}}}"
/* The API server notes by itself what a mutating webhook did. */
#define NOT_PATCHED HEAD "'allowed':true}}"

static void test_what_is_no_review_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *body;
        size_t len;
        unsigned status;
        const char *answer;
    } rows[] = {
        {"", 0, 400, "the request body is not JSON: line 1, column 1: the text ends too early\n"},
        {"x", 1, 400, "the request body is not JSON: line 1, column 1: unexpected \"x\"\n"},
        {"{\"a\":", 5, 400,
         "the request body is not JSON: line 1, column 6: the text ends too early\n"},
        {"{}\0", 3, 400,
         "the request body is not JSON: line 1, column 3: there is a NUL byte, which no text "
         "holds\n"},
        {"{}", 2, 400,
         "the request body is not an AdmissionReview: apiVersion: Required value: must be a string "
         "that is not empty\n"},
        {"[]", 2, 400,
         "the request body is not an AdmissionReview: must be an AdmissionReview object\n"},
    };
    struct world *world = *state;
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        send_bytes(world, i % 2 ? ADMISSION_MUTATE : ADMISSION_VALIDATE, rows[i].body, rows[i].len);
        wrong += !text_check(rows[i].body, rows[i].answer, world->reply.body);
        wrong += world->reply.status != rows[i].status;
    }
    assert_int_equal(wrong, 0);
}

static void test_too_many_values_are_too_large(void **state)
{
    const size_t len = 1000001;
    char *body = malloc(len);

    assert_non_null(body);
    for (size_t i = 0; i < len; i++)
        body[i] = i == 0 ? '[' : i % 2 ? '1' : ',';
    send_bytes(*state, ADMISSION_VALIDATE, body, len);
    free(body);
    assert_int_equal(((struct world *)*state)->reply.status, 413);
    assert_string_equal(
        ((struct world *)*state)->reply.body,
        "the request body is too large: holds more than 100000 JSON values in fields "
        "that are reviewed\n");
}

static void test_what_is_never_judged_is_allowed_without_a_word(void **state)
{
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"request.kind.kind", "'Pod'"},
        {"request.subResource", "'status'"},
        {"request.operation", "'DELETE'"},
        {"request.operation", "'CONNECT'"},
        {"request.object.metadata.deletionTimestamp", "'2025-01-01T00:00:00Z'"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_decref(world->root);
        world->root = review_json_new();
        review_json_set(world->root, DEVICES_PATH ".hostDevices", "[{'deviceName':'x/y'},7]");
        review_json_set(world->root, rows[i].path, rows[i].value);
        ask(world, ADMISSION_VALIDATE);
        expect(world, ALLOWED);
        ask(world, ADMISSION_MUTATE);
        expect(world, NOT_PATCHED);
    }
}

static void test_a_permitted_device_is_allowed(void **state)
{
    struct world *world = *state;

    review_json_set(world->root, DEVICES_PATH ".hostDevices",
                    "[{'deviceName':'nvidia.com/T4','name':'a'}]");
    ask(world, ADMISSION_VALIDATE);
    expect(world, ALLOWED);
    ask(world, ADMISSION_MUTATE);
    expect(world, NOT_PATCHED);
}

static void test_the_version_and_the_uid_are_echoed(void **state)
{
    struct world *world = *state;

    review_json_set(world->root, "apiVersion", "'admission.k8s.io/v1beta1'");
    review_json_set(world->root, "request.uid", "'\\u0000\\n\u00e9'");
    ask(world, ADMISSION_VALIDATE);
    expect(world,
           "{'apiVersion':'admission.k8s.io/v1beta1','kind':'AdmissionReview','response':{"
           "'uid':'\\u0000\\n\u00e9','allowed':true,'auditAnnotations':{'verdict':'allow'}}}");
}

static void test_a_denial_is_forbidden_and_has_causes(void **state)
{
    struct world *world = *state;

    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'deviceName':'nvidia.com/t4'}]");
    ask(world, ADMISSION_VALIDATE);
    expect(world,
           "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','response':{"
           "'uid':'1-2-3','allowed':false,'status':{'code':403,'reason':'Forbidden',"
           "'message':'2 faults\\n"
           "- spec.template.spec.domain.devices.gpus[0].deviceName: Unsupported value: "
           "\\'nvidia.com/t4\\': this device is not permitted on the cluster; names are "
           "case-sensitive: write \\'nvidia.com/T4\\'; permitted: \\'nvidia.com/T4\\'\\n"
           "- spec.template.spec.domain.devices.gpus[0].name: Required value: give the entry a "
           "name that no other entry of its list has',"
           "'details':{'causes':["
           "{'reason':'FieldValueNotSupported',"
           "'field':'spec.template.spec.domain.devices.gpus[0].deviceName',"
           "'message':'Unsupported value: \\'nvidia.com/t4\\': this device is not permitted on "
           "the cluster; names are case-sensitive: write \\'nvidia.com/T4\\'; permitted: "
           "\\'nvidia.com/T4\\''},"
           "{'reason':'FieldValueRequired',"
           "'field':'spec.template.spec.domain.devices.gpus[0].name',"
           "'message':'Required value: give the entry a name that no other entry of its list "
           "has'}]}},"
           "'auditAnnotations':{'verdict':'deny','rule':'device-not-permitted,name-required'}}}");
}

static void test_mutating_never_denies(void **state)
{
    struct world *world = *state;

    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'deviceName':'x/y','name':'.'},7]");
    ask(world, ADMISSION_MUTATE);
    expect(world, NOT_PATCHED);
}

static void test_an_old_fault_is_a_warning(void **state)
{
    struct world *world = *state;

    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'deviceName':'nvidia.com/T4'}]");
    json_object_set(json_object_get(world->root, "request"), "oldObject",
                    json_object_get(json_object_get(world->root, "request"), "object"));
    review_json_set(world->root, "request.operation", "'UPDATE'");
    ask(world, ADMISSION_VALIDATE);
    expect(world,
           "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','response':{"
           "'uid':'1-2-3','allowed':true,'warnings':["
           "'spec.template.spec.domain.devices.gpus[0].name: Required value: give the entry a "
           "name that no other entry of its list has'],"
           "'auditAnnotations':{'verdict':'warn','rule':'name-required'}}}");
}

static void test_a_create_is_not_excused_by_an_old_object(void **state)
{
    struct world *world = *state;

    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'deviceName':'nvidia.com/T4'}]");
    json_object_set(json_object_get(world->root, "request"), "oldObject",
                    json_object_get(json_object_get(world->root, "request"), "object"));
    ask(world, ADMISSION_VALIDATE);
    assert_non_null(strstr(world->reply.body, "\"allowed\":false"));
}

static void test_the_mode_is_the_policys(void **state)
{
    struct world *world = *state;

    world->policy.warn_only = true;
    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'deviceName':'x/y','name':'a'}]");
    ask(world, ADMISSION_VALIDATE);
    assert_non_null(strstr(world->reply.body, "\"allowed\":true,\"warnings\":[\"spec.template."));
}

static void test_an_unknown_list_is_a_503_when_it_is_needed(void **state)
{
    struct world *world = *state;

    permitted_list_unref(world->list);
    world->list = NULL;
    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'deviceName':'nvidia.com/T4'}]");
    ask(world, ADMISSION_VALIDATE);
    assert_int_equal(world->reply.status, 503);
    assert_string_equal(world->reply.body, "it was not read yet\n");
    ask(world, ADMISSION_MUTATE);
    assert_int_equal(world->reply.status, 200);
    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'claimName':'c','name':'a'}]");
    ask(world, ADMISSION_VALIDATE);
    expect(world, ALLOWED);
}

/* Only a denial that another list could turn. */
static void test_it_is_told_which_denials_go_by_the_list(void **state)
{
    static const struct {
        const char *gpus;
        bool by_list;
    } rows[] = {
        {"[{'deviceName':'nvidia.com/T5','name':'a'}]", true},
        {"[{'deviceName':'nvidia.com/T5','name':'.'}]", true},
        {"[{'deviceName':'nvidia.com/T4','name':'.'}]", false},
        {"[{'deviceName':'nvidia.com/T4','name':'a'}]", false},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        review_json_set(world->root, DEVICES_PATH ".gpus", rows[i].gpus);
        ask(world, ADMISSION_VALIDATE);
        assert_int_equal(world->reply.denied_by_list, rows[i].by_list);
        ask(world, ADMISSION_MUTATE);
        assert_false(world->reply.denied_by_list);
    }
    review_json_set(world->root, DEVICES_PATH ".gpus", rows[0].gpus);
    world->policy.warn_only = true;
    ask(world, ADMISSION_VALIDATE);
    assert_false(world->reply.denied_by_list);
}

static void test_a_note_goes_with_a_denial_by_the_list_alone(void **state)
{
    struct world *world = *state;

    world->note = "the list is old";
    review_json_set(world->root, DEVICES_PATH ".gpus",
                    "[{'deviceName':'nvidia.com/T4','name':'.'}]");
    ask(world, ADMISSION_VALIDATE);
    assert_null(strstr(world->reply.body, "warnings"));
    review_json_set(world->root, DEVICES_PATH ".gpus", "[{'deviceName':'x/y','name':'a'}]");
    ask(world, ADMISSION_VALIDATE);
    assert_non_null(strstr(world->reply.body, "\"allowed\":false"));
    assert_non_null(strstr(world->reply.body, "\"warnings\":[\"the list is old\"]"));
}

/* --- patches -----------------------------------------------------------------------------------
 */

/* The patch of the answer, decoded; NULL when there is none. */
static char *decoded_patch(const struct world *world)
{
    json_t *root = json_loads(world->reply.body, 0, NULL);
    const json_t *response = json_object_get(root, "response");
    const char *encoded = json_string_value(json_object_get(response, "patch"));
    const char *type = json_string_value(json_object_get(response, "patchType"));
    char *patch = NULL;

    assert_int_equal(encoded != NULL, type != NULL);
    if (encoded) {
        size_t len = strlen(encoded);

        assert_string_equal(type, "JSONPatch");
        patch = calloc(len + 1, 1);
        assert_non_null(patch);
        assert_true(
            EVP_DecodeBlock((unsigned char *)patch, (const unsigned char *)encoded, (int)len) >= 0);
    }
    json_decref(root);
    return patch;
}

static void test_names_come_as_a_patch_of_additions(void **state)
{
    static const struct {
        const char *gpus, *patch;
    } rows[] = {
        {"[{'deviceName':'a/b'}]",
         "[{'op':'add','path':'/spec/template/spec/domain/devices/gpus/0/name','value':'gpus1'}]"},
        {"[{'deviceName':'a/b','name':null},5,{'deviceName':7},{'name':''}]",
         "[{'op':'add','path':'/spec/template/spec/domain/devices/gpus/0/name','value':'gpus1'},"
         "{'op':'add','path':'/spec/template/spec/domain/devices/gpus/3/name','value':'gpus2'}]"},
        {"[{'deviceName':'a/b','name':'x'}]", NULL},
        {"[]", NULL},
        {"{'deviceName':'a/b'}", NULL},
    };
    struct world *world = *state;
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *expected = review_json_quote(rows[i].patch ? rows[i].patch : "(none)");
        char *got;

        review_json_set(world->root, DEVICES_PATH ".gpus", rows[i].gpus);
        ask(world, ADMISSION_MUTATE);
        got = decoded_patch(world);
        wrong += !text_check(rows[i].gpus, expected, got ? got : "(none)");
        free(expected);
        free(got);
        ask(world, ADMISSION_VALIDATE);
        assert_null(strstr(world->reply.body, "patch"));
    }
    assert_int_equal(wrong, 0);
}

/* --- bounds ------------------------------------------------------------------------------------
 */

/* hostDevices with `count` entries of the JSON `entry` (with ' for "). */
static void set_devices(struct world *world, const char *entry, size_t count)
{
    struct text list CLEANUP_TEXT = TEXT_INIT((size_t)64 << 20);

    text_add(&list, "[");
    for (size_t i = 0; i < count; i++)
        text_addf(&list, "%s%s", i > 0 ? "," : "", entry);
    text_add(&list, "]");
    review_json_set(world->root, DEVICES_PATH ".hostDevices", text_get(&list));
}

static void test_ten_thousand_faults_make_one_bounded_message(void **state)
{
    struct world *world = *state;
    const char *message;
    json_t *root, *cause;
    const json_t *status, *causes;
    size_t more, total, i;

    set_devices(world, "{'deviceName':'x/\\u0085','name':'a.b'}", 5000);
    ask(world, ADMISSION_VALIDATE);
    root = json_loads(world->reply.body, 0, NULL);
    status = json_object_get(json_object_get(root, "response"), "status");
    causes = json_object_get(json_object_get(status, "details"), "causes");
    message = json_string_value(json_object_get(status, "message"));
    assert_non_null(message);
    assert_in_range(strlen(message), 6 * 1024, 8 * 1024);
    total = number_behind(message, "");
    assert_int_equal(total, 5000 + 5000 + 4999); /* not permitted, malformed, doubled */
    more = number_behind(message, "\n… and ");
    assert_int_equal(json_array_size(causes) + more, total);
    json_array_foreach(causes, i, cause) {
        struct text line CLEANUP_TEXT = TEXT_INIT(4096);

        text_addf(&line, "\n- %s: %s", json_string_value(json_object_get(cause, "field")),
                  json_string_value(json_object_get(cause, "message")));
        assert_non_null(strstr(message, text_get(&line)));
    }
    assert_null(strstr(message, "\xc2\x85"));
    json_decref(root);
}

/* The API server counts runes, and cuts each warning to 256 when all have more than 4,096. */
static void test_warnings_stay_together_under_their_limit(void **state)
{
    static const struct {
        const char *entry;
        size_t count;
    } rows[] = {
        {"{'deviceName':'x/y','name':'a'}", 1},
        {"{'deviceName':'x/y','name':'a'}", 20},
        {"{'deviceName':'x/y','name':'a'}", 4000},
        {"{'deviceName':'\u00e9\u20ac\U0001f600\u00e9\u20ac\u00e9','name':'\u20ac'}", 4000},
        {"7", 4000},
    };
    struct world *world = *state;
    size_t wrong = 0;

    world->policy.warn_only = true;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t runes = 0, more = 0, total = 0, j;
        const json_t *warnings;
        json_t *root, *warning;

        set_devices(world, rows[i].entry, rows[i].count);
        ask(world, ADMISSION_VALIDATE);
        root = json_loads(world->reply.body, 0, NULL);
        warnings = json_object_get(json_object_get(root, "response"), "warnings");
        json_array_foreach(warnings, j, warning) {
            runes += utf8_count(str_from(json_string_value(warning)));
            more = number_behind(json_string_value(warning), "… and ");
            total += more == 0;
        }
        total += more;
        if (runes > 4096 || (more > 0 && runes < 3500) || total < rows[i].count) {
            fprintf(stderr, "row %zu: %zu runes, %zu warnings, %zu of them counted only\n", i,
                    runes, total, more);
            wrong++;
        }
        json_decref(root);
    }
    assert_int_equal(wrong, 0);
}

/* As many faults as a body can hold: a verdict, not a lack of memory. */
static void test_a_body_full_of_faults_gets_its_verdict(void **state)
{
    struct world *world = *state;

    set_devices(world, "1e-300", 99900);
    ask(world, ADMISSION_VALIDATE);
    assert_int_equal(world->reply.status, 200);
    assert_non_null(strstr(world->reply.body, "\"message\":\"99900 faults"));
}

/* The same on both sides of an UPDATE: nothing is new. */
static void test_an_update_full_of_old_faults_is_allowed(void **state)
{
    struct world *world = *state;

    set_devices(world, "1e-300", 49900);
    json_object_set(json_object_get(world->root, "request"), "oldObject",
                    json_object_get(json_object_get(world->root, "request"), "object"));
    review_json_set(world->root, "request.operation", "'UPDATE'");
    ask(world, ADMISSION_VALIDATE);
    assert_int_equal(world->reply.status, 200);
    assert_non_null(strstr(world->reply.body, "\"allowed\":true"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_no_review_is_refused_with_a_reason),
        TEST(test_too_many_values_are_too_large),
        TEST(test_what_is_never_judged_is_allowed_without_a_word),
        TEST(test_a_permitted_device_is_allowed),
        TEST(test_the_version_and_the_uid_are_echoed),
        TEST(test_a_denial_is_forbidden_and_has_causes),
        TEST(test_mutating_never_denies),
        TEST(test_an_old_fault_is_a_warning),
        TEST(test_a_create_is_not_excused_by_an_old_object),
        TEST(test_the_mode_is_the_policys),
        TEST(test_an_unknown_list_is_a_503_when_it_is_needed),
        TEST(test_it_is_told_which_denials_go_by_the_list),
        TEST(test_a_note_goes_with_a_denial_by_the_list_alone),
        TEST(test_names_come_as_a_patch_of_additions),
        TEST(test_ten_thousand_faults_make_one_bounded_message),
        TEST(test_warnings_stay_together_under_their_limit),
        TEST(test_a_body_full_of_faults_gets_its_verdict),
        TEST(test_an_update_full_of_old_faults_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
