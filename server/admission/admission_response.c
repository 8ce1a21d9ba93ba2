/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written as text, without a tree. A text remembers that it has failed, so it is looked at once, at
 * the end.
 */
#include "server/admission/admission_response.h"

#include "server/documents/json_write.h"
#include "validators/review.h"

#include <limits.h>
#include <openssl/evp.h>

/* Room kept in WARNINGS_LIMIT for the warning that counts what is left out. */
#define REST_LIMIT 64

/*
 * What a name takes of a patch: 160 bytes of text in a buffer that doubles while it is moved (three
 * times that), and as much in base64 in the answer's. A byte of the name itself may become six.
 */
#define PATCH_MEMORY ((size_t)1280)
#define PATCH_MEMORY_PER_BYTE ((size_t)48)

/* Room for an answer without findings: it is written without moving it. */
#define SHORT_ANSWER ((size_t)512)

/* Adds `text` as a JSON string; a text that has failed makes the answer fail. */
static void add_text(struct text *answer, const struct text *text)
{
    json_write_string(answer, (struct str){text_get(text), text->len});
    answer->failed = answer->failed || text->failed;
}

static void open_answer(const struct admission_request *request, bool allowed, struct text *answer)
{
    (void)text_reserve(answer, SHORT_ANSWER + JSON_STRING_MAX(request->uid.len));
    text_add(answer, "{\"apiVersion\":\"");
    text_add(answer, request->api_version);
    text_add(answer, "\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":");
    json_write_string(answer, request->uid);
    text_add(answer, allowed ? ",\"allowed\":true" : ",\"allowed\":false");
}

static bool close_answer(struct text *answer)
{
    text_add(answer, "}}");
    return !answer->failed && !answer->truncated;
}

/* --- validating ------------------------------------------------------------------------------ */

static void add_cause(const struct finding *finding, struct text *answer)
{
    text_add(answer, "{\"reason\":\"");
    text_add(answer, cause_reason(finding->rule->cause));
    text_add(answer, "\",\"field\":");
    add_text(answer, &finding->path);
    text_add(answer, ",\"message\":");
    add_text(answer, &finding->body);
    text_add(answer, "}");
}

/*
 * Forbidden, not Invalid: of an Invalid status kubectl prints only the causes, of a Forbidden one
 * the message.
 */
static void add_status(const struct findings *findings, struct text *answer)
{
    struct text message CLEANUP_TEXT = TEXT_INIT(DENIAL_MESSAGE_LIMIT);
    size_t shown = 0;

    review_denial_message(findings, &message, &shown);
    text_add(answer, ",\"status\":{\"code\":403,\"reason\":\"Forbidden\",\"message\":");
    add_text(answer, &message);
    text_add(answer, ",\"details\":{\"causes\":[");
    for (size_t i = 0; i < shown; i++) {
        text_add(answer, i > 0 ? "," : "");
        add_cause(&findings->denials.items[i], answer);
    }
    text_add(answer, "]}}");
}

/* One string a warning; together they stay under WARNINGS_LIMIT characters. */
static void add_warnings(const char *note, const struct finding_list *list, struct text *answer)
{
    size_t characters = note ? utf8_count(str_from(note)) : 0;
    const char *comma = "";
    size_t shown = 0;

    text_add(answer, ",\"warnings\":[");
    if (note) {
        json_write_string(answer, str_from(note));
        comma = ",";
    }
    while (shown < list->shown) {
        struct text warning CLEANUP_TEXT = TEXT_INIT(WARNINGS_LIMIT);

        finding_add_to(&list->items[shown], &warning);
        characters += utf8_count((struct str){text_get(&warning), warning.len});
        if (characters + REST_LIMIT > WARNINGS_LIMIT)
            break;
        text_add(answer, comma);
        add_text(answer, &warning);
        comma = ",";
        shown++;
    }
    if (list->count > shown)
        text_addf(answer, "%s\"… and %zu more warnings\"", comma, list->count - shown);
    text_add(answer, "]");
}

/*
 * For the API server's audit log, which puts the webhook's name and a slash in front of each key:
 * so a key must be a plain name. None for /mutate, where it notes by itself which webhook patched
 * and what.
 */
static void add_annotations(const struct findings *findings, struct text *answer)
{
    const char *verdict = "allow";

    if (findings && findings->denials.count > 0)
        verdict = "deny";
    else if (findings && findings->warnings.count > 0)
        verdict = "warn";
    text_add(answer, ",\"auditAnnotations\":{\"verdict\":\"");
    text_add(answer, verdict);
    text_add(answer, "\"");
    if (findings && findings->denials.count + findings->warnings.count > 0) {
        struct text rules CLEANUP_TEXT = TEXT_INIT(FINDINGS_RULES_MAX);

        findings_add_rules(findings, &rules);
        text_add(answer, ",\"rule\":");
        add_text(answer, &rules);
    }
    text_add(answer, "}");
}

bool admission_response_validate(const struct admission_request *request,
                                 const struct findings *findings, const char *note,
                                 struct text *answer)
{
    bool denied = findings && findings->denials.count > 0;

    open_answer(request, !denied, answer);
    if (denied)
        add_status(findings, answer);
    if (findings && (note || findings->warnings.count > 0))
        add_warnings(note, &findings->warnings, answer);
    add_annotations(findings, answer);
    return close_answer(answer);
}

/* --- mutating -------------------------------------------------------------------------------- */

/*
 * The path is of the table of kinds and needs no escapes; a name may be an old one of the user's.
 */
static void add_operation(const struct default_name *name, struct text *patch)
{
    text_add(patch, patch->len == 0 ? "[" : ",");
    text_add(patch, "{\"op\":\"add\",\"path\":\"");
    path_add_pointer(patch, &name->path);
    text_add(patch, "\",\"value\":");
    json_write_string(patch, name->name);
    text_add(patch, "}");
}

/* The JSON patch in base64, as AdmissionReview wants it. */
static void add_patch(const struct default_names *names, struct text *answer)
{
    struct text patch CLEANUP_TEXT = TEXT_INIT(INT_MAX / 2);
    size_t encoded;

    for (size_t i = 0; i < names->count; i++)
        add_operation(&names->items[i], &patch);
    text_add(&patch, "]");
    encoded = (patch.len + 2) / 3 * 4;
    answer->failed = answer->failed || patch.failed || patch.truncated;
    text_add(answer, ",\"patchType\":\"JSONPatch\",\"patch\":\"");
    /* With what stands behind it. */
    if (!text_reserve(answer, encoded + 8))
        return;
    EVP_EncodeBlock((unsigned char *)answer->data + answer->len,
                    (const unsigned char *)text_get(&patch), (int)patch.len);
    answer->len += encoded;
    text_add(answer, "\"");
}

size_t admission_response_mutate_memory(const struct default_names *names)
{
    size_t bytes = 0;

    for (size_t i = 0; i < names->count; i++)
        bytes += PATCH_MEMORY + PATCH_MEMORY_PER_BYTE * names->items[i].name.len;
    return bytes;
}

bool admission_response_mutate(const struct admission_request *request,
                               const struct default_names *names, struct text *answer)
{
    open_answer(request, true, answer);
    if (names && names->count > 0)
        add_patch(names, answer);
    return close_answer(answer);
}
