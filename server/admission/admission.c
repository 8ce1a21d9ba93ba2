/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/admission.h"

#include "base/text.h"
#include "server/admission/admission_request.h"
#include "server/admission/admission_response.h"
#include "server/documents/json_reader.h"
#include "validators/decode.h"
#include "validators/review.h"

#include <string.h>

/*
 * Facts, maps and old faults of one review: of the at most 300,000 values in a body, an entry of a
 * list takes the most, about 300 bytes with everything that is noted of it.
 */
#define REVIEW_MEMORY_LIMIT ((size_t)128 * 1024 * 1024)

/* An answer that is no AdmissionReview: one line of plain text. */
static void refuse(struct admission_reply *reply, unsigned status, const char *message)
{
    struct text line CLEANUP_TEXT = TEXT_INIT(2048);

    text_add(&line, message);
    text_add(&line, "\n");
    *reply = (struct admission_reply){.status = status, .body = line.data, .body_len = line.len};
    line.data = NULL; /* handed over */
}

static void answer(struct admission_reply *reply, char *body)
{
    if (body)
        *reply = (struct admission_reply){.status = 200, .body = body, .body_len = strlen(body)};
    else
        refuse(reply, 500, "out of memory");
}

static void refuse_undecided(struct admission_reply *reply, enum review_result result,
                             const char *list_problem)
{
    if (result == REVIEW_NO_MEMORY) {
        refuse(reply, 500, "out of memory");
        return;
    }
    if (result == REVIEW_TOO_LARGE) {
        refuse(reply, 413, "the objects have more entries and faults than can be reviewed");
        return;
    }
    refuse(reply, 503, list_problem);
}

static void validate(const struct admission_request *request, const struct review *review,
                     const struct policy *policy, const struct admission_list *list,
                     struct arena *arena, struct admission_reply *reply)
{
    struct findings findings CLEANUP_FINDINGS;
    enum review_result result = review_validate(review, policy, list->list, arena, &findings);
    const char *note = findings.denied_by_list ? list->note : NULL;

    if (result != REVIEW_DECIDED) {
        refuse_undecided(reply, result, list->problem);
        return;
    }
    answer(reply, admission_response_validate(request, &findings, note));
    reply->denied_by_list = findings.denied_by_list;
}

static void mutate(const struct admission_request *request, const struct review *review,
                   struct arena *arena, struct admission_reply *reply)
{
    struct default_names names;
    enum review_result result = review_mutate(review, arena, &names);

    if (result == REVIEW_DECIDED)
        answer(reply, admission_response_mutate(request, &names));
    else
        refuse_undecided(reply, result, "");
}

static void review_request(enum admission_path path, const struct admission_request *request,
                           const struct policy *policy, const struct admission_list *list,
                           struct admission_reply *reply)
{
    struct arena arena CLEANUP_ARENA = ARENA_INIT(REVIEW_MEMORY_LIMIT);
    struct object_facts object, old_object;
    struct review review = {&object, NULL};

    decode_object(request->kind, request->object, &arena, &object);
    if (request->old_object) {
        decode_object(request->kind, request->old_object, &arena, &old_object);
        review.old_object = &old_object;
    }
    if (arena.failed)
        refuse_undecided(reply, review_failure(&arena), "");
    else if (path == ADMISSION_VALIDATE)
        validate(request, &review, policy, list, &arena, reply);
    else
        mutate(request, &review, &arena, reply);
}

/* What the client did wrong, before there is a request. */
static void refuse_body(struct admission_reply *reply, enum json_reader_result result,
                        struct error *err)
{
    if (result == JSON_READ_NO_MEMORY) {
        refuse(reply, 500, "out of memory");
    } else if (result == JSON_READ_TOO_LARGE) {
        error_wrap(err, "the request body is too large");
        refuse(reply, 413, err->message);
    } else {
        error_wrap(err, "the request body is not %s",
                   result == JSON_READ ? "an AdmissionReview" : "JSON");
        refuse(reply, 400, err->message);
    }
}

void admission_review(enum admission_path path, const char *body, size_t body_len,
                      const struct policy *policy, const struct admission_list *list,
                      struct admission_reply *ret_reply)
{
    struct admission_request request;
    enum json_reader_result result;
    json_t *root = NULL;
    struct error err;

    result = json_read(body, body_len, &root, &err);
    if (result != JSON_READ || !admission_request_read(root, &request, &err))
        refuse_body(ret_reply, result, &err);
    else if (!request.kind)
        answer(ret_reply, path == ADMISSION_VALIDATE
                              ? admission_response_validate(&request, NULL, NULL)
                              : admission_response_mutate(&request, NULL));
    else
        review_request(path, &request, policy, list, ret_reply);
    json_decref(root);
}
