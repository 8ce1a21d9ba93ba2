/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/review_properties.h"

#include "base/text.h"
#include "server/admission/admission.h"
#include "server/admission/admission_mask.h"
#include "server/documents/json_reader.h"
#include "server/permitted/manifest.h"
#include "tests/fuzz/refusal.h"
#include "tests/support/json_patch.h"
#include "validators/findings.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    expect(list);
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

    expect(json_number_value(json_object_get(status, "code")) == 403.0);
    expect(message && *message && strlen(message) <= DENIAL_MESSAGE_LIMIT && is_clean(message));
    expect(json_array_size(causes) > 0);
}

static void check_warnings(const json_t *warnings)
{
    size_t characters = 0;
    const json_t *warning;
    size_t i;

    json_array_foreach(warnings, i, warning) {
        const char *text = json_string_value(warning);

        expect(text && *text && is_clean(text) && !strchr(text, '\n'));
        characters += utf8_count(str_from(text));
    }
    expect(characters <= WARNINGS_LIMIT);
}

static bool is_of_duplicates(const struct error *err)
{
    return strstr(err->message, "duplicate key") != NULL;
}

/* All of the body; NULL when there is something wrong with it anywhere. */
static json_t *read_body(const char *body, size_t len)
{
    json_t *root = NULL;
    struct error err;

    return json_read(body, len, &root, &err) == JSON_READ ? root : NULL;
}

/* All of a body that was answered: NULL only for duplicate keys, which pass in what is not kept. */
static json_t *read_answered(const char *body, size_t len)
{
    json_t *root = NULL;
    struct error err;

    expect(json_read(body, len, &root, &err) == JSON_READ || is_of_duplicates(&err));
    return root;
}

static const json_t *member(const json_t *root, const char *object, const char *key)
{
    return json_object_get(object ? json_object_get(root, object) : root, key);
}

/* The API server takes an answer for its own only by these. */
static void check_echo(const char *body, size_t len, const json_t *answer)
{
    json_t *asked = NULL;
    struct error err;

    expect(json_read_fields(body, len, admission_mask(), NULL, &asked, &err) == JSON_READ);
    expect(json_equal(member(asked, NULL, "apiVersion"), member(answer, NULL, "apiVersion")));
    expect(json_equal(member(asked, NULL, "kind"), member(answer, NULL, "kind")));
    expect(json_equal(member(asked, "request", "uid"), member(answer, "response", "uid")));
    expect(json_is_boolean(member(answer, "response", "allowed")));
    json_decref(asked);
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

    admission_review(path, body, len, &policy, &in_force, NULL, &reply);
    expect(reply.status == 200 || reply.status == 400 || reply.status == 413 ||
           (reply.status == 503 && may_need_list));
    if (reply.status != 200) {
        expect(reply.body_len > 1 && reply.body[reply.body_len - 1] == '\n');
        reply.body[reply.body_len - 1] = '\0';
        expect(is_clean(reply.body) && !strchr(reply.body, '\n'));
        free(reply.body);
        return NULL;
    }
    root = json_loadb(reply.body, reply.body_len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    free(reply.body);
    expect(root);
    check_echo(body, len, root);
    response = json_incref(json_object_get(root, "response"));
    expect(response && json_string_length(json_object_get(response, "uid")) > 0);
    json_decref(root);
    if (json_is_false(json_object_get(response, "allowed")))
        check_denial(response);
    check_warnings(json_object_get(response, "warnings"));
    return response;
}

/* The verdict, and of what is found the rules: nothing that comes from the request. */
static void check_annotations(const json_t *response)
{
    const json_t *annotations = json_object_get(response, "auditAnnotations");
    const char *verdict = json_string_value(json_object_get(annotations, "verdict"));
    const char *rules = json_string_value(json_object_get(annotations, "rule"));
    bool denied = json_is_false(json_object_get(response, "allowed"));

    expect(verdict && (strcmp(verdict, "deny") == 0) == denied);
    expect((strcmp(verdict, "allow") == 0) == !rules);
    expect(json_object_size(annotations) == (rules ? 2 : 1));
    expect(!rules || strspn(rules, "abcdefghijklmnopqrstuvwxyz-,") == strlen(rules));
}

static void check_validate(const char *body, size_t len, const struct permitted_list *list)
{
    json_t *response = ask(ADMISSION_VALIDATE, body, len, list, !list);

    if (response)
        check_annotations(response);
    expect(!json_object_get(response, "patch") && !json_object_get(response, "patchType"));
    json_decref(response);
}

/* Applies the patch to request.object and asks again: nothing may be left to do. */
static void check_mutate(const char *body, size_t len)
{
    json_t *response = ask(ADMISSION_MUTATE, body, len, NULL, false);
    json_t *operations = json_patch_of(response);
    json_t *root;
    char *patched;

    expect(!operations == !json_object_get(response, "patch"));
    expect(!operations == !json_object_get(response, "patchType"));
    expect(!operations ||
           strcmp(json_string_value(json_object_get(response, "patchType")), "JSONPatch") == 0);
    expect(!response || json_is_true(json_object_get(response, "allowed")));
    json_decref(response);
    if (!operations)
        return;
    expect(json_array_size(operations) > 0);
    root = read_answered(body, len);
    if (!root) {
        json_decref(operations);
        return;
    }
    expect(
        json_patch_apply(json_object_get(json_object_get(root, "request"), "object"), operations));
    json_decref(operations);
    patched = json_dumps(root, JSON_COMPACT);
    expect(patched);
    response = ask(ADMISSION_MUTATE, patched, strlen(patched), NULL, false);
    expect(response && !json_object_get(response, "patch"));
    json_decref(response);
    json_decref(root);
    free(patched);
}

static void check_allowed(const char *body, const struct permitted_list *list)
{
    json_t *response = ask(ADMISSION_VALIDATE, body, strlen(body), list, false);

    expect(!response || json_is_true(json_object_get(response, "allowed")));
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
        check_allowed(update, the_list());
        check_allowed(update, NULL);
    }
    free(update);
}

/* What is on its way out can only go on if its finalizers can be removed: never denied. */
static void check_deletion(const char *body, size_t len)
{
    json_t *root = read_body(body, len);
    json_t *object = json_object_get(json_object_get(root, "request"), "object");
    json_t *metadata = json_object_get(object, "metadata");
    char *deleting = NULL;

    if (json_is_object(object)) {
        if (!json_is_object(metadata)) {
            metadata = json_object();
            json_object_set_new(object, "metadata", metadata);
        }
        json_object_set_new(metadata, "deletionTimestamp", json_string("2025-06-15T15:06:40Z"));
        deleting = json_dumps(root, JSON_COMPACT);
    }
    json_decref(root);
    if (deleting) {
        check_allowed(deleting, the_list());
        check_allowed(deleting, NULL);
    }
    free(deleting);
}

/* What the fields that are kept decide, all of them decide. */
static void check_same(const char *body, size_t len, const json_t *root, enum admission_path path)
{
    static const struct policy policy;
    const struct admission_list in_force = {.list = the_list()};
    struct admission_reply kept, all;

    admission_review(path, body, len, &policy, &in_force, NULL, &kept);
    admission_review_json(path, root, &policy, &in_force, NULL, &all);
    if (kept.status != 413) {
        expect(kept.status == all.status && kept.body_len == all.body_len);
        expect(memcmp(kept.body, all.body, all.body_len) == 0);
    }
    free(kept.body);
    free(all.body);
}

/* A text that can't be read whole is refused too when most of it is passed over. */
static void check_refused(const char *body, size_t len)
{
    json_t *root = NULL;
    struct error err;

    expect(json_read_fields(body, len, admission_mask(), NULL, &root, &err) != JSON_READ);
}

static void check_mask(const char *body, size_t len)
{
    json_t *root = NULL;
    struct error err = {.message = ""};
    enum json_reader_result result = json_read(body, len, &root, &err);

    if (result == JSON_READ) {
        check_same(body, len, root, ADMISSION_VALIDATE);
        check_same(body, len, root, ADMISSION_MUTATE);
    } else if (result == JSON_READ_MALFORMED && !is_of_duplicates(&err)) {
        check_refused(body, len);
    }
    json_decref(root);
}

void review_properties_hold(const char *body, size_t len)
{
    check_mask(body, len);
    check_validate(body, len, the_list());
    check_validate(body, len, NULL);
    check_mutate(body, len);
    check_ratchet(body, len);
    check_deletion(body, len);
}
