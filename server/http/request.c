/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/request.h"

#include "base/text.h"
#include "server/admission/admission.h"
#include "server/http/body.h"
#include "server/http/connection.h"
#include "server/http/endpoint.h"
#include "server/http/framing.h"
#include "server/http/review_report.h"
#include "server/http/routes.h"
#include "server/http/service.h"
#include "server/metrics/metrics.h"
#include "server/monotonic.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct request {
    struct refresh_waiter waiter; /* first: a pointer to it is one to the request */
    const struct endpoint *endpoint;
    struct service *service; /* the endpoint's */
    struct MHD_Connection *mhd;
    struct deadline *deadline; /* the connection's */
    const struct route *route;
    const char *target; /* libmicrohttpd's, with its end before it is decoded */
    const char *target_end;
    const char *target_fault; /* NULL: none */
    bool begun;               /* the handler was called for the head */
    struct reply refusal;     /* status 0: none so far */
    struct account memory;    /* the body, and the reply until it is sent */
    struct body body;
    bool has_length;     /* of `body.most` bytes, as its head has announced */
    size_t received;     /* bytes of the body, kept or passed over */
    long long ended_ns;  /* when all of it was there; 0: before */
    struct reply answer; /* made while libmicrohttpd did not take it yet; status 0: none */

    /* While the connection is suspended these, and `waiter`, are the refresher's. */
    bool must_wait; /* for a fresh list: by the present one there is no answer */
    enum freshness freshness;
    struct error refresh_problem;
    size_t waiting_bytes; /* of the service's sum: this body's part while it waits */
};

/* --- life ------------------------------------------------------------------------------------ */

static void drop_body(struct request *request)
{
    atomic_fetch_sub(&request->service->waiting_bytes, request->waiting_bytes);
    request->waiting_bytes = 0;
    body_free(&request->body);
}

void request_free(struct request *request)
{
    if (!request)
        return;
    drop_body(request);
    reply_free(&request->refusal);
    reply_free(&request->answer);
    account_close(&request->memory);
    atomic_fetch_sub(&request->service->in_flight, 1);
    free(request);
}

/*
 * libmicrohttpd 0.9.75 waits for ever when it has no room for the arguments of a query: lets it see
 * the end of the connection. What it has read already can still be answered.
 */
static void stop_reading(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    if (info)
        shutdown(info->connect_fd, SHUT_RD);
}

void *request_start(void *cls, const char *target, struct MHD_Connection *connection)
{
    const struct endpoint *endpoint = cls;
    struct connection *owner = connection_of(connection);
    struct request *request = NULL;

    /* GnuTLS has ended the handshake of any other client; this holds should it ever not. */
    if (owner && tls_session_is_trusted(&owner->tls))
        request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->endpoint = endpoint;
    request->service = endpoint->service;
    request->mhd = connection;
    request->deadline = &owner->deadline;
    deadline_note_use(request->deadline);
    /* With a request that came along with the one before, nobody saw its first byte. */
    deadline_note_bytes(request->deadline);
    request->memory.budget = &request->service->memory;
    request->body = (struct body){.account = &request->memory, .most = REQUEST_BODY_MAX};
    atomic_fetch_add(&request->service->in_flight, 1);
    connection_set_request(owner, request, request_free);
    request->target = target;
    request->target_end = target ? target + strlen(target) : NULL;
    /* 0.9.75 passes NULL for a request line that is only a method. */
    request->target_fault = target ? framing_check_target(target) : "the request has no target";
    if (target && framing_count_arguments(target) > FRAMING_MAX_ARGUMENTS)
        stop_reading(connection);
    return request;
}

void request_completed(void *cls, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code)
{
    struct connection *owner = connection_of(connection);

    (void)cls;
    (void)code;
    *state = NULL;
    if (!owner)
        return;
    connection_set_request(owner, NULL, NULL);
    deadline_enter(&owner->deadline, PHASE_IDLE);
}

static void count_rejection(const struct reply *reply)
{
    if (reply->rejection != REJECTION_NONE)
        metrics_count(METRIC_REJECTED_REQUESTS, METRIC_LABELS(reply->rejection));
}

static enum MHD_Result answer(struct request *request, struct MHD_Connection *connection,
                              struct reply *reply)
{
    if (atomic_load(&request->service->stopping))
        reply->close = true;
    deadline_enter(request->deadline, PHASE_REPLY);
    count_rejection(reply);
    if (request->route && request->route->takes_body) {
        metrics_add(METRIC_REQUEST_BYTES, METRIC_NO_LABELS, (int64_t)request->received);
        metrics_add(METRIC_REPLY_BYTES, METRIC_NO_LABELS, (int64_t)reply->body_len);
    }
    return reply_queue(connection, reply);
}

static enum MHD_Result answer_refusal(struct request *request, struct MHD_Connection *connection)
{
    if (request->route && request->route->takes_body)
        review_report_refusal(request->route->path, &request->refusal);
    return answer(request, connection, &request->refusal);
}

/* --- the head -------------------------------------------------------------------------------- */

static bool check_type(struct str type, struct reply *refusal)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(256);

    if (str_equal_ignoring_case(str_trim(str_slice(type, 0, str_find(type, ';'))),
                                STR("application/json")))
        return true;
    text_add_quoted(&shown, type, 80);
    if (type.data)
        reply_refuse(refusal, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, REJECTION_CONTENT_TYPE,
                     "the Content-Type must be application/json, not %s", text_get(&shown));
    else
        reply_refuse(refusal, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, REJECTION_CONTENT_TYPE,
                     "the request has no Content-Type; it must be application/json");
    return false;
}

static void refuse_size(struct request *request)
{
    drop_body(request);
    reply_refuse(&request->refusal, MHD_HTTP_CONTENT_TOO_LARGE, REJECTION_TOO_LARGE,
                 "the body is larger than %zu bytes", REQUEST_BODY_MAX);
    request->refusal.close = true;
}

static void refuse_memory(struct request *request)
{
    drop_body(request);
    if (request->memory.refused)
        reply_refuse(&request->refusal, MHD_HTTP_TOO_MANY_REQUESTS, REJECTION_MEMORY_LIMIT,
                     ADMISSION_NO_ROOM);
    else
        reply_refuse(&request->refusal, MHD_HTTP_SERVICE_UNAVAILABLE, REJECTION_NO_MEMORY,
                     "out of memory");
    request->refusal.retry_after = 1;
}

/* What can be said about the request before its body is there, into `refusal`. */
static void judge_head(struct request *request, const struct framing *framing)
{
    if (!request->route)
        return;
    if (!request->route->takes_body) {
        if (framing->length > REQUEST_BODY_MAX)
            refuse_size(request);
    } else if (!framing->has_length && !framing->is_chunked) {
        reply_refuse(&request->refusal, MHD_HTTP_LENGTH_REQUIRED, REJECTION_LENGTH_REQUIRED,
                     "the request must have a Content-Length or be chunked");
        request->refusal.close = true;
    } else if (!check_type(framing->content_type, &request->refusal)) {
        return;
    } else if (framing->length > REQUEST_BODY_MAX) {
        refuse_size(request);
    } else if (framing->has_length) {
        request->body.most = (size_t)framing->length;
        request->has_length = true;
    }
}

/* Refuses a request of which nothing more is read. */
static enum MHD_Result refuse_at_once(struct request *request, struct MHD_Connection *connection)
{
    request->refusal.close = true;
    return answer_refusal(request, connection);
}

static enum MHD_Result begin(struct request *request, struct MHD_Connection *connection,
                             const char *url, const char *method, const char *version)
{
    const struct head_line line = {method, request->target, request->target_end, version};
    struct framing framing;

    request->begun = true;
    deadline_enter(request->deadline, PHASE_BODY);
    request->route = route_find(request->endpoint->routes, url, method, &request->refusal);
    if (request->target_fault) {
        reply_refuse(&request->refusal, MHD_HTTP_BAD_REQUEST, REJECTION_TARGET, "%s",
                     request->target_fault);
        return refuse_at_once(request, connection);
    }
    if (!framing_read(connection, &line, &framing, &request->refusal))
        return refuse_at_once(request, connection);
    judge_head(request, &framing);
    if (framing.expects_other && request->refusal.status == 0) {
        reply_refuse(&request->refusal, MHD_HTTP_EXPECTATION_FAILED, REJECTION_FRAMING,
                     "the only expectation that is understood is 100-continue");
        return refuse_at_once(request, connection);
    }
    /* Where nothing is sent yet, or too much would be, there is no point in reading on. */
    if (request->refusal.status != 0 &&
        (framing.expects_continue || framing.length > REQUEST_DRAIN_MAX))
        return refuse_at_once(request, connection);
    return MHD_YES;
}

/* --- the body -------------------------------------------------------------------------------- */

/* libmicrohttpd queues no answer while a body comes in, so an endless one is answered past it. */
static enum MHD_Result end_endless(struct request *request)
{
    CLEANUP_TEXT struct text bytes = TEXT_INIT(2048);

    refuse_size(request);
    count_rejection(&request->refusal);
    if (request->route && request->route->takes_body)
        review_report_refusal(request->route->path, &request->refusal);
    reply_write(&request->refusal, &bytes);
    connection_send_last(request->mhd, (struct str){text_get(&bytes), bytes.len});
    return MHD_NO;
}

/* --- the answer ------------------------------------------------------------------------------ */

/* Called by the refresher's thread; libmicrohttpd then calls the handler again. */
static void list_was_read(struct refresh_waiter *waiter, const struct error *problem)
{
    struct request *request = (struct request *)waiter;

    request->must_wait = false;
    request->freshness = problem ? FRESHNESS_FAILED : FRESHNESS_FRESH;
    if (problem)
        request->refresh_problem = *problem;
    MHD_resume_connection(request->mhd);
}

/* False: too many wait already, and the request is to be answered by the list that is known. */
static bool may_wait(struct request *request)
{
    atomic_size_t *sum = &request->service->waiting_bytes;

    request->waiting_bytes = request->body.capacity;
    if (atomic_fetch_add(sum, request->waiting_bytes) + request->waiting_bytes <=
        request->service->memory.limit / REQUEST_WAITING_PART)
        return true;
    request->must_wait = false;
    request->freshness = FRESHNESS_FAILED;
    error_set(&request->refresh_problem, "too many reviews wait for that already");
    return false;
}

/* The connection is out of its thread's sight until the list was read: no thread waits for it. */
static enum MHD_Result wait_for_fresh_list(struct request *request,
                                           struct MHD_Connection *connection)
{
    request->waiter.done = list_was_read;
    MHD_suspend_connection(connection);
    refresher_wait(request->service->refresher, &request->waiter);
    return MHD_YES;
}

static bool has_argument(struct MHD_Connection *connection, struct str name)
{
    return MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, name.data, name.len,
                                         NULL, NULL) == MHD_YES;
}

/* False: the answer must wait for a fresh list. */
static bool make_answer(struct request *request, struct str body)
{
    const struct exchange exchange = {
        .service = request->service,
        .memory = &request->memory,
        .body = body,
        .is_verbose = has_argument(request->mhd, STR("verbose")),
        .freshness = request->freshness,
        .refresh_problem = request->refresh_problem.message,
        .ended_ns = request->ended_ns,
    };

    request->must_wait = !request->route->answer(&exchange, &request->answer);
    return !request->must_wait;
}

/*
 * Answers a body that has arrived in one piece without keeping it. What can't be answered at once
 * is kept as any other body.
 */
static bool answer_at_once(struct request *request, struct str body)
{
    if (!request->has_length || request->received > 0 || body.len != request->body.most)
        return false;
    deadline_enter(request->deadline, PHASE_ANSWER);
    request->ended_ns = monotonic_ns();
    return make_answer(request, body);
}

static enum MHD_Result collect(struct request *request, const char *data, size_t size)
{
    if (size > REQUEST_DRAIN_MAX - request->received)
        return end_endless(request);
    if (request->refusal.status == 0 && request->route->takes_body) {
        if (size > REQUEST_BODY_MAX - request->received)
            refuse_size(request);
        else if (!answer_at_once(request, (struct str){data, size}) &&
                 !body_add(&request->body, data, size))
            refuse_memory(request);
    }
    request->received += size;
    return MHD_YES;
}

/* Makes the answer where there is none. False: it must wait for a fresh list. */
static bool ensure_answer(struct request *request)
{
    return request->answer.status != 0 ||
           (!request->must_wait && make_answer(request, body_get(&request->body)));
}

static enum MHD_Result finish(struct request *request, struct MHD_Connection *connection)
{
    enum MHD_Result result;

    deadline_enter(request->deadline, PHASE_ANSWER);
    if (request->refusal.status != 0)
        return answer_refusal(request, connection);
    if (request->ended_ns == 0)
        request->ended_ns = monotonic_ns();
    if (!ensure_answer(request)) {
        if (may_wait(request))
            return wait_for_fresh_list(request, connection);
        (void)ensure_answer(request);
    }
    drop_body(request);
    result = answer(request, connection, &request->answer);
    if (request->route->takes_body)
        metrics_observe(METRIC_REVIEW_DURATION, METRIC_LABELS(request->route->path),
                        monotonic_ns() - request->ended_ns);
    return result;
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **state)
{
    struct request *request = *state;
    enum MHD_Result result;

    (void)cls;
    if (!request) { /* there was no memory for it */
        metrics_count(METRIC_REJECTED_REQUESTS, METRIC_LABELS(REJECTION_NO_MEMORY));
        return MHD_NO;
    }
    if (!request->begun)
        return begin(request, connection, url, method, version);
    if (*upload_data_size == 0)
        return finish(request, connection);
    result = collect(request, upload_data, *upload_data_size);
    *upload_data_size = 0;
    return result;
}
