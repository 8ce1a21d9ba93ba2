/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `check` says of every object that a fixture creates what the webhook's recorded answer says of
 * it: the same verdict, the same messages, as many of them.
 */
#include "server/check/check_text.h"
#include "tests/support/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The object of a request as a manifest would have it; NULL: it is not created. */
static json_t *created_object(const json_t *request)
{
    const json_t *kind = json_object_get(request, "kind");
    const char *operation = json_string_value(json_object_get(request, "operation"));
    const char *sub_resource = json_string_value(json_object_get(request, "subResource"));
    json_t *object;
    char api_version[256];

    if (!operation || strcmp(operation, "CREATE") != 0 || (sub_resource && sub_resource[0] != '\0'))
        return NULL;
    snprintf(api_version, sizeof api_version, "%s/%s",
             json_string_value(json_object_get(kind, "group")),
             json_string_value(json_object_get(kind, "version")));
    object = json_deep_copy(json_object_get(request, "object"));
    json_object_set_new(object, "apiVersion", json_string(api_version));
    json_object_set(object, "kind", json_object_get(kind, "kind"));
    return object;
}

static bool has_fault(const struct check_object *object, enum severity severity, const char *says)
{
    for (size_t i = 0; i < object->fault_count; i++) {
        struct text text CLEANUP_TEXT = TEXT_INIT(8192);
        const struct check_fault *fault = &object->faults[i];

        text_add_str(&text, fault->path);
        text_add(&text, ": ");
        text_add_str(&text, fault->message);
        if (fault->severity == severity && strcmp(text_get(&text), says) == 0)
            return fault->place.line > 0 && fault->place.column > 0 && fault->source.text.data;
    }
    return false;
}

/* How many faults an answer speaks of: the number before `words`, and those that it shows. */
static size_t hidden_number(const char *text, const char *words)
{
    const char *more = text ? strstr(text, "… and ") : NULL;

    return more && strstr(more, words) ? strtoul(more + strlen("… and "), NULL, 10) : 0;
}

static bool same_denials(const struct check_object *object, const json_t *response)
{
    const json_t *status = json_object_get(response, "status");
    const json_t *causes = json_object_get(json_object_get(status, "details"), "causes");
    size_t expected = json_array_size(causes);
    const json_t *cause;
    size_t i;

    expected += hidden_number(json_string_value(json_object_get(status, "message")), " more");
    if (object->denied != expected ||
        (object->denied > 0) == json_is_true(json_object_get(response, "allowed")))
        return false;
    json_array_foreach(causes, i, cause) {
        struct text says CLEANUP_TEXT = TEXT_INIT(8192);

        text_addf(&says, "%s: %s", json_string_value(json_object_get(cause, "field")),
                  json_string_value(json_object_get(cause, "message")));
        if (!has_fault(object, SEVERITY_DENY, text_get(&says)))
            return false;
    }
    return true;
}

static bool same_warnings(const struct check_object *object, const json_t *response)
{
    const json_t *warnings = json_object_get(response, "warnings");
    size_t expected = 0;
    const json_t *warning;
    size_t i;

    json_array_foreach(warnings, i, warning) {
        const char *says = json_string_value(warning);
        size_t hidden = hidden_number(says, " more warnings");

        expected += hidden > 0 ? hidden : 1;
        if (hidden == 0 && !has_fault(object, SEVERITY_WARN, says))
            return false;
    }
    return object->warned == expected;
}

static bool same_verdict(const struct check_file *file, const json_t *response)
{
    const struct check_object *object = file->objects;

    if (file->error.data)
        return false;
    if (file->object_count == 0) /* its kind is not reviewed */
        return json_is_true(json_object_get(response, "allowed")) &&
               !json_object_get(response, "warnings");
    return file->object_count == 1 && object->fault_count == object->denied + object->warned &&
           same_denials(object, response) && same_warnings(object, response);
}

static bool play(const struct fixture *fixture, size_t *played)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(CHECK_MEMORY_LIMIT);
    struct policy policy = fixture_policy(fixture);
    struct permitted_list *list = fixture_list(fixture, &policy);
    json_t *review = json_loadb(fixture->request, fixture->request_len, JSON_ALLOW_NUL, NULL);
    json_t *object = created_object(json_object_get(review, "request"));
    struct check_file file;
    struct error err;
    bool good = true;

    if (object && strcmp(fixture->verdict, "patch") != 0) {
        char *text = json_dumps(object, JSON_INDENT(2));

        good = check_text(str_from(text), &(struct check_basis){.policy = policy, .list = list},
                          &arena, &file, &err) &&
               same_verdict(&file, json_object_get(fixture->response, "response"));
        free(text);
        ++*played;
    }
    if (!good)
        fprintf(stderr, "%s: check says something else\n", fixture->folder);
    json_decref(object);
    json_decref(review);
    permitted_list_unref(list);
    return good;
}

static void test_check_agrees_with_the_webhook(void **state)
{
    struct fixtures fixtures = fixtures_load();
    size_t wrong = 0, played = 0;

    (void)state;
    for (size_t i = 0; i < fixtures.count; i++)
        wrong += !play(&fixtures.items[i], &played);
    printf("%zu fixtures played, %zu wrong\n", played, wrong);
    fixtures_free(&fixtures);
    assert_true(played > 200);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_agrees_with_the_webhook),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
