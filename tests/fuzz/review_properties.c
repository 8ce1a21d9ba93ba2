/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/review_properties.h"

#include "base/text.h"
#include "server/admission/admission.h"
#include "server/documents/json_reader.h"
#include "server/permitted/manifest.h"
#include "tests/support/json_patch.h"
#include "validators/findings.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                 \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

static const char manifest[] =
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n  permittedHostDevices:\n"
    "    pciHostDevices:\n    - {pciDeviceSelector: '10DE:1EB8', resourceName: a.com/b}\n"
    "    - {pciDeviceSelector: '10DE:1DB6', resourceName: a.com/off, disabled: true}\n";

static const struct permitted_list *the_list(void)
{
    static struct permitted_list *list;
    struct text faults CLEANUP_TEXT = TEXT_INIT(4096);
    struct policy policy = {0};
    struct error err;

    if (!list)
        list = manifest_permitted_list(manifest, sizeof manifest - 1, &policy, &faults, &err);
    REQUIRE(list);
    return list;
}

static bool is_clean(const char *text)
{
    struct str bytes = str_from(text);

    for (size_t at = 0; at < bytes.len;) {
        unsigned rune;

        at += utf8_decode(bytes, at, &rune);
        if ((rune < 0x20 && rune != '\n') || (rune >= 0x7F && rune < 0xA0))
            return false;
    }
    return true;
}

static void check_denial(const json_t *response)
{
    const json_t *status = json_object_get(response, "status");
    const json_t *causes = json_object_get(json_object_get(status, "details"), "causes");
    const char *message = json_string_value(json_object_get(status, "message"));

    REQUIRE(json_number_value(json_object_get(status, "code")) == 403.0);
    REQUIRE(message && *message && strlen(message) <= DENIAL_MESSAGE_LIMIT && is_clean(message));
    REQUIRE(json_array_size(causes) > 0);
}

static void check_warnings(const json_t *warnings)
{
    size_t characters = 0;
    const json_t *warning;
    size_t i;

    json_array_foreach(warnings, i, warning) {
        const char *text = json_string_value(warning);

        REQUIRE(text && *text && is_clean(text) && !strchr(text, '\n'));
        characters += utf8_count(str_from(text));
    }
    REQUIRE(characters <= WARNINGS_LIMIT);
}

/*
 * The answer's "response", checked; NULL (and nothing to free) when the call was refused.
 * `may_need_list`: the permitted list may be what the call failed for.
 */
static json_t *ask(enum admission_path path, const char *body, size_t len,
                   const struct permitted_list *list, bool may_need_list)
{
    static const struct policy policy;
    const struct admission_list in_force = {.list = list, .problem = "not read yet"};
    struct admission_reply reply;
    json_t *root, *response;
    json_error_t error;

    admission_review(path, body, len, &policy, &in_force, &reply);
    REQUIRE(reply.status == 200 || reply.status == 400 || reply.status == 413 ||
            (reply.status == 503 && may_need_list));
    if (reply.status != 200) {
        REQUIRE(reply.body_len > 1 && reply.body[reply.body_len - 1] == '\n');
        reply.body[reply.body_len - 1] = '\0';
        REQUIRE(is_clean(reply.body) && !strchr(reply.body, '\n'));
        free(reply.body);
        return NULL;
    }
    root = json_loadb(reply.body, reply.body_len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    free(reply.body);
    REQUIRE(root);
    response = json_incref(json_object_get(root, "response"));
    REQUIRE(response && json_string_length(json_object_get(response, "uid")) > 0);
    json_decref(root);
    if (json_is_false(json_object_get(response, "allowed")))
        check_denial(response);
    check_warnings(json_object_get(response, "warnings"));
    return response;
}

static void check_validate(const char *body, size_t len, const struct permitted_list *list)
{
    json_t *response = ask(ADMISSION_VALIDATE, body, len, list, !list);

    REQUIRE(!json_object_get(response, "patch") && !json_object_get(response, "patchType"));
    json_decref(response);
}

/* The body as the server reads it; NULL when it refuses to. */
static json_t *read_body(const char *body, size_t len)
{
    json_t *root = NULL;
    struct error err;

    return json_read(body, len, &root, &err) == JSON_READ ? root : NULL;
}

/* Applies the patch to request.object and asks again: nothing may be left to do. */
static void check_mutate(const char *body, size_t len)
{
    json_t *response = ask(ADMISSION_MUTATE, body, len, NULL, false);
    json_t *operations = json_patch_of(response);
    json_t *root;
    char *patched;

    REQUIRE(!operations == !json_object_get(response, "patch"));
    REQUIRE(!operations == !json_object_get(response, "patchType"));
    REQUIRE(!response || json_is_true(json_object_get(response, "allowed")));
    json_decref(response);
    if (!operations)
        return;
    root = read_body(body, len);
    REQUIRE(root);
    REQUIRE(json_array_size(operations) > 0);
    REQUIRE(
        json_patch_apply(json_object_get(json_object_get(root, "request"), "object"), operations));
    json_decref(operations);
    patched = json_dumps(root, JSON_COMPACT);
    REQUIRE(patched);
    response = ask(ADMISSION_MUTATE, patched, strlen(patched), NULL, false);
    REQUIRE(response && !json_object_get(response, "patch"));
    json_decref(response);
    json_decref(root);
    free(patched);
}

static void check_update(const char *body, const struct permitted_list *list)
{
    json_t *response = ask(ADMISSION_VALIDATE, body, strlen(body), list, false);

    REQUIRE(!response || json_is_true(json_object_get(response, "allowed")));
    json_decref(response);
}

/* An UPDATE that changes nothing introduces nothing: allowed, whether the list is known or not. */
static void check_ratchet(const char *body, size_t len)
{
    json_t *root = read_body(body, len);
    json_t *request = json_object_get(root, "request");
    json_t *object = json_object_get(request, "object");
    char *update = NULL;

    if (json_is_object(object)) {
        json_object_set(request, "oldObject", object);
        json_object_set_new(request, "operation", json_string("UPDATE"));
        update = json_dumps(root, JSON_COMPACT);
    }
    json_decref(root);
    if (update) {
        check_update(update, the_list());
        check_update(update, NULL);
    }
    free(update);
}

void review_properties_hold(const char *body, size_t len)
{
    check_validate(body, len, the_list());
    check_validate(body, len, NULL);
    check_mutate(body, len);
    check_ratchet(body, len);
}
