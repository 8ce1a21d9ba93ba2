/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/admission.h"

#include "base/text.h"
#include "server/admission/admission_mask.h"
#include "server/admission/admission_request.h"
#include "server/admission/admission_response.h"
#include "server/documents/json_pick.h"
#include "server/documents/json_reader.h"
#include "server/documents/json_value.h"
#include "server/documents/json_write.h"
#include "validators/decode.h"
#include "validators/review.h"

#include <stdalign.h>
#include <stdint.h>

/*
 * Values, facts, maps and old faults of one review: of the at most 100,000 values that are kept of
 * a body, an entry of a list takes the most, about 400 bytes with everything that is noted of it,
 * and its strings once more.
 */
#define REVIEW_MEMORY_LIMIT ((size_t)128 * 1024 * 1024)

/*
 * The findings that are shown (two lists of 128 with 128 bytes for each of two texts at least, and
 * some 16 KiB of words) and the answer to /validate made of them.
 */
#define ANSWER_MEMORY ((size_t)256 * 1024)

/* No limit of its own: what it takes was taken from the account. */
#define ANSWER_INIT TEXT_INIT(SIZE_MAX / 2)

static const struct admission_caller nobody;

/* One review on its way. */
struct work {
    const struct policy *policy;
    const struct admission_list *list;
    const struct admission_caller *caller;
    struct arena *arena; /* of the values, and of all that is made of them */
    struct admission_outcome outcome;
    struct admission_reply *reply;
};

static void observe(const struct work *work)
{
    if (work->caller->see)
        work->caller->see(work->caller->context, &work->outcome);
}

/* --- answers --------------------------------------------------------------------------------- */

/* An answer that is no AdmissionReview: one line of plain text. */
static void refuse(struct work *work, unsigned status, enum rejection why, const char *message)
{
    struct text line CLEANUP_TEXT = TEXT_INIT(2048);

    text_add(&line, message);
    text_add(&line, "\n");
    *work->reply = (struct admission_reply){
        .status = status, .body = line.data, .body_len = line.len, .rejection = why};
    line.data = NULL; /* handed over */
    work->outcome.verdict = VERDICT_ERROR;
    observe(work);
}

static void refuse_memory(struct work *work)
{
    refuse(work, 429, REJECTION_MEMORY_LIMIT, ADMISSION_NO_ROOM);
}

/* `written` says whether `body`, which is taken over, is complete. */
static void answer(struct work *work, enum verdict verdict, bool denied_by_list, bool written,
                   struct text *body)
{
    if (!written) {
        text_free(body);
        refuse(work, 500, REJECTION_NO_MEMORY, "out of memory");
        return;
    }
    text_shrink(body);
    *work->reply = (struct admission_reply){
        .status = 200, .body = body->data, .body_len = body->len, .denied_by_list = denied_by_list};
    work->outcome.verdict = verdict;
    observe(work);
}

static void refuse_undecided(struct work *work, enum review_result result)
{
    if (result == REVIEW_NO_MEMORY)
        refuse(work, 500, REJECTION_NO_MEMORY, "out of memory");
    else if (result == REVIEW_NO_ROOM)
        refuse_memory(work);
    else if (result == REVIEW_TOO_LARGE)
        refuse(work, 413, REJECTION_TOO_MANY_VALUES,
               "the objects have more entries and faults than can be reviewed");
    else
        refuse(work, 503, REJECTION_LIST_UNKNOWN, work->list->problem);
}

/* --- reviews --------------------------------------------------------------------------------- */

static enum verdict verdict_of(const struct findings *findings)
{
    if (findings->denials.count > 0)
        return VERDICT_DENY;
    return findings->warnings.count > 0 ? VERDICT_WARN : VERDICT_ALLOW;
}

static void validate(struct work *work, const struct review *review)
{
    struct findings findings CLEANUP_FINDINGS;
    enum review_result result =
        review_validate(review, work->policy, work->list->list, work->arena, &findings);
    const char *note = findings.denied_by_list ? work->list->note : NULL;
    struct text body = ANSWER_INIT;

    if (result != REVIEW_DECIDED) {
        refuse_undecided(work, result);
        return;
    }
    work->outcome.findings = &findings;
    answer(work, verdict_of(&findings), findings.denied_by_list,
           admission_response_validate(work->outcome.request, &findings, note, &body), &body);
    work->outcome.findings = NULL;
}

static void mutate(struct work *work, const struct review *review)
{
    struct default_names names;
    enum review_result result = review_mutate(review, work->arena, &names);
    struct text body = ANSWER_INIT;

    if (result == REVIEW_DECIDED &&
        !account_take(work->caller->account, admission_response_mutate_memory(&names)))
        refuse_memory(work);
    else if (result == REVIEW_DECIDED)
        answer(work, names.count > 0 ? VERDICT_PATCH : VERDICT_ALLOW, false,
               admission_response_mutate(work->outcome.request, &names, &body), &body);
    else
        refuse_undecided(work, result);
}

static void review_request(struct work *work)
{
    struct arena *arena = work->arena;
    const struct admission_request *request = work->outcome.request;
    struct object_facts object, old_object;
    struct review review = {.object = &object};

    decode_object(request->kind, request->object, arena, &object);
    if (request->old_object) {
        decode_object(request->kind, request->old_object, arena, &old_object);
        review.old_object = &old_object;
    }
    if (arena->failed)
        refuse_undecided(work, review_failure(arena));
    else if (work->outcome.path == ADMISSION_VALIDATE)
        validate(work, &review);
    else
        mutate(work, &review);
}

/* What is not judged. */
static void allow(struct work *work)
{
    const struct admission_request *request = work->outcome.request;
    struct text body = ANSWER_INIT;
    bool written = work->outcome.path == ADMISSION_VALIDATE
                       ? admission_response_validate(request, NULL, NULL, &body)
                       : admission_response_mutate(request, NULL, &body);

    answer(work, VERDICT_ALLOW, false, written, &body);
}

/* What the client did wrong, before there is a request. */
static void refuse_body(struct work *work, enum json_reader_result result, struct error *err)
{
    if (result == JSON_READ_NO_MEMORY) {
        refuse(work, 500, REJECTION_NO_MEMORY, "out of memory");
    } else if (result == JSON_READ_NO_ROOM) {
        refuse_memory(work);
    } else if (result == JSON_READ_TOO_LARGE) {
        error_wrap(err, "the request body is too large");
        refuse(work, 413, REJECTION_TOO_MANY_VALUES, err->message);
    } else if (result == JSON_READ) {
        error_wrap(err, "the request body is not an AdmissionReview");
        refuse(work, 400, REJECTION_NOT_ADMISSION_REVIEW, err->message);
    } else {
        error_wrap(err, "the request body is not JSON");
        refuse(work, 400, REJECTION_MALFORMED_JSON, err->message);
    }
}

/* The uid is written into the answer, which may be moved once, to twice as much room. */
static bool take_answer(const struct work *work)
{
    const size_t uid = JSON_STRING_MAX(work->outcome.request->uid.len);

    return account_take(work->caller->account, ANSWER_MEMORY + 3 * uid);
}

static void review_root(struct work *work, const struct value *root)
{
    struct admission_request request;
    struct error err;

    if (!admission_request_read(root, &request, &err)) {
        refuse_body(work, JSON_READ, &err);
        return;
    }
    work->outcome.request = &request;
    if (!take_answer(work))
        refuse_memory(work);
    else
        (request.kind ? review_request : allow)(work);
    work->outcome.request = NULL;
}

static void review_json(struct work *work, const json_t *json)
{
    const struct value *root = value_from_json(json, work->arena);

    if (root)
        review_root(work, root);
    else
        refuse_undecided(work, review_failure(work->arena));
}

/* What json_pick() was not sure of: read anew, with words for what is wrong. */
static void review_slowly(struct work *work, const char *body, size_t body_len)
{
    json_t *root = NULL;
    struct error err;
    enum json_reader_result result =
        json_read_fields(body, body_len, admission_mask(), work->caller->account, &root, &err);

    if (result == JSON_READ)
        review_json(work, root);
    else
        refuse_body(work, result, &err);
    json_decref(root);
}

/* What most reviews need, on the stack. */
#define FIRST_MEMORY ((size_t)8 * 1024)

#define ARENA_OF(caller, memory)                                                       \
    {                                                                                  \
        .first = (memory), .first_left = sizeof(memory), .limit = REVIEW_MEMORY_LIMIT, \
        .account = (caller)->account                                                   \
    }

static struct work begin(enum admission_path path, const struct policy *policy,
                         const struct admission_list *list, const struct admission_caller *caller,
                         struct arena *arena, struct admission_reply *reply)
{
    return (struct work){
        .policy = policy,
        .list = list,
        .caller = caller,
        .arena = arena,
        .outcome = {.path = path, .reply = reply},
        .reply = reply,
    };
}

void admission_review_json(enum admission_path path, const json_t *root,
                           const struct policy *policy, const struct admission_list *list,
                           const struct admission_caller *caller, struct admission_reply *ret_reply)
{
    alignas(max_align_t) unsigned char first[FIRST_MEMORY];
    struct arena arena CLEANUP_ARENA = ARENA_OF(caller ? caller : &nobody, first);
    struct work work = begin(path, policy, list, caller ? caller : &nobody, &arena, ret_reply);

    review_json(&work, root);
}

void admission_review(enum admission_path path, const char *body, size_t body_len,
                      const struct policy *policy, const struct admission_list *list,
                      const struct admission_caller *caller, struct admission_reply *ret_reply)
{
    alignas(max_align_t) unsigned char first[FIRST_MEMORY];
    struct arena arena CLEANUP_ARENA = ARENA_OF(caller ? caller : &nobody, first);
    struct work work = begin(path, policy, list, caller ? caller : &nobody, &arena, ret_reply);
    struct account *account = work.caller->account;
    size_t before = account ? account->taken : 0;
    const struct value *root =
        json_pick((struct str){body ? body : "", body_len}, admission_mask(), &arena);

    if (root) {
        review_root(&work, root);
    } else if (arena.failed && account && account->refused) {
        refuse_memory(&work);
    } else {
        arena_free(&arena);
        review_slowly(&work, body, body_len);
    }
    arena_free(&arena);
    account_keep(account, before + ret_reply->body_len);
}
