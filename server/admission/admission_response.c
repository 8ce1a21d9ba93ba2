/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jansson's `_new` setters take over the reference even when they fail, so a failure is only noted
 * (in `failed`) and the tree freed as a whole at the end.
 */
#include "server/admission/admission_response.h"

#include "server/documents/json_write.h"
#include "validators/review.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Room kept in WARNINGS_LIMIT for the warning that counts what is left out. */
#define REST_LIMIT 64

static json_t *text_value(const struct text *text)
{
    return text->failed ? NULL : json_stringn(text_get(text), text->len);
}

static json_t *str_value(struct str text)
{
    return json_stringn(text.data, text.len);
}

static void set(json_t *object, const char *key, json_t *value, bool *failed)
{
    if (json_object_set_new(object, key, value) != 0)
        *failed = true;
}

static void append(json_t *array, json_t *value, bool *failed)
{
    if (json_array_append_new(array, value) != 0)
        *failed = true;
}

/* The whole AdmissionReview around `response`, which is taken over. */
static char *finish(const struct admission_request *request, json_t *response, bool failed)
{
    json_t *root = json_object();
    char *text = NULL;

    set(root, "apiVersion", json_string(request->api_version), &failed);
    set(root, "kind", json_string("AdmissionReview"), &failed);
    set(root, "response", response, &failed);
    if (!failed)
        text = json_write(root);
    json_decref(root);
    return text;
}

static json_t *new_response(const struct admission_request *request, bool allowed, bool *failed)
{
    json_t *response = json_object();

    set(response, "uid", str_value(request->uid), failed);
    set(response, "allowed", json_boolean(allowed), failed);
    return response;
}

/* --- validating ------------------------------------------------------------------------------ */

static json_t *new_cause(const struct finding *finding, bool *failed)
{
    json_t *cause = json_object();

    set(cause, "reason", json_string(cause_reason(finding->rule->cause)), failed);
    set(cause, "field", text_value(&finding->path), failed);
    set(cause, "message", text_value(&finding->body), failed);
    return cause;
}

/*
 * Forbidden, not Invalid: of an Invalid status kubectl prints only the causes, of a Forbidden one
 * the message.
 */
static json_t *new_status(const struct findings *findings, bool *failed)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(DENIAL_MESSAGE_LIMIT);
    json_t *status = json_object();
    json_t *details = json_object();
    json_t *causes = json_array();
    size_t shown = 0;

    review_denial_message(findings, &message, &shown);
    for (size_t i = 0; i < shown; i++)
        append(causes, new_cause(&findings->denials.items[i], failed), failed);
    set(details, "causes", causes, failed);
    set(status, "code", json_integer(403), failed);
    set(status, "reason", json_string("Forbidden"), failed);
    set(status, "message", text_value(&message), failed);
    set(status, "details", details, failed);
    return status;
}

/* One string a warning; together they stay under WARNINGS_LIMIT characters. */
static json_t *new_warnings(const char *note, const struct finding_list *list, bool *failed)
{
    json_t *warnings = json_array();
    size_t characters = note ? utf8_count(str_from(note)) : 0;
    size_t shown = 0;

    if (note)
        append(warnings, json_string(note), failed);
    while (shown < list->shown) {
        struct text warning CLEANUP_TEXT = TEXT_INIT(WARNINGS_LIMIT);

        finding_add_to(&list->items[shown], &warning);
        characters += utf8_count((struct str){text_get(&warning), warning.len});
        if (characters + REST_LIMIT > WARNINGS_LIMIT)
            break;
        append(warnings, text_value(&warning), failed);
        shown++;
    }
    if (list->count > shown)
        append(warnings, json_sprintf("… and %zu more warnings", list->count - shown), failed);
    return warnings;
}

char *admission_response_validate(const struct admission_request *request,
                                  const struct findings *findings, const char *note)
{
    bool denied = findings && findings->denials.count > 0;
    bool failed = false;
    json_t *response = new_response(request, !denied, &failed);

    if (denied)
        set(response, "status", new_status(findings, &failed), &failed);
    if (findings && (note || findings->warnings.count > 0))
        set(response, "warnings", new_warnings(note, &findings->warnings, &failed), &failed);
    return finish(request, response, failed);
}

/* --- mutating -------------------------------------------------------------------------------- */

static json_t *new_operation(const struct default_name *name, bool *failed)
{
    struct text pointer CLEANUP_TEXT = TEXT_INIT(512);
    json_t *operation = json_object();

    path_add_pointer(&pointer, &name->path);
    set(operation, "op", json_string("add"), failed);
    set(operation, "path", text_value(&pointer), failed);
    set(operation, "value", str_value(name->name), failed);
    return operation;
}

/* The JSON patch in base64, as AdmissionReview wants it; NULL when memory ran out. */
static char *new_patch(const struct default_names *names)
{
    json_t *operations = json_array();
    bool failed = false;
    char *json = NULL, *encoded = NULL;
    size_t len;

    for (size_t i = 0; i < names->count; i++)
        append(operations, new_operation(&names->items[i], &failed), &failed);
    if (!failed)
        json = json_write(operations);
    len = json ? strlen(json) : 0;
    if (json && len < INT_MAX / 2)
        encoded = malloc(len / 3 * 4 + 5);
    if (encoded)
        EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)json, (int)len);
    free(json);
    json_decref(operations);
    return encoded;
}

char *admission_response_mutate(const struct admission_request *request,
                                const struct default_names *names)
{
    bool failed = false;
    json_t *response = new_response(request, true, &failed);

    if (names && names->count > 0) {
        char *patch = new_patch(names);

        set(response, "patchType", json_string("JSONPatch"), &failed);
        set(response, "patch", json_string(patch), &failed);
        free(patch);
    }
    return finish(request, response, failed);
}
