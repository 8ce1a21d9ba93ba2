/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/request.h"

#include "base/text.h"
#include "server/http/connection.h"
#include "server/http/framing.h"
#include "server/http/routes.h"
#include "server/http/service.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What a body without announced length begins with: most reviews fit. */
#define FIRST_CAPACITY ((size_t)16 * 1024)

struct request {
    struct refresh_waiter waiter; /* first: a pointer to it is one to the request */
    struct service *service;
    struct MHD_Connection *mhd;
    const struct route *route;
    const char *target_fault; /* NULL: none */
    bool begun;               /* the handler was called for the head */
    struct reply refusal;     /* status 0: none so far */
    char *body;
    size_t capacity;
    size_t received; /* bytes of the body, kept or passed over */

    /* While the connection is suspended these, and `waiter`, are the refresher's. */
    enum freshness freshness;
    struct error refresh_problem;
    size_t waiting_bytes; /* of the service's sum: this body's part while it waits */
};

/* --- life ------------------------------------------------------------------------------------ */

static void drop_body(struct request *request)
{
    atomic_fetch_sub(&request->service->waiting_bytes, request->waiting_bytes);
    request->waiting_bytes = 0;
    free(request->body);
    request->body = NULL;
    request->capacity = 0;
}

void request_free(struct request *request)
{
    if (!request)
        return;
    drop_body(request);
    reply_free(&request->refusal);
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
    struct service *service = cls;
    struct connection *owner = connection_of(connection);
    struct request *request = owner ? calloc(1, sizeof *request) : NULL;

    if (!request)
        return NULL;
    request->service = service;
    request->mhd = connection;
    atomic_fetch_add(&service->in_flight, 1);
    connection_set_request(owner, request, request_free);
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
    if (owner)
        connection_set_request(owner, NULL, NULL);
}

static enum MHD_Result answer(struct request *request, struct MHD_Connection *connection,
                              struct reply *reply)
{
    if (atomic_load(&request->service->stopping))
        reply->close = true;
    return reply_queue(connection, reply);
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
        reply_text(refusal, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                   "the Content-Type must be application/json, not %s", text_get(&shown));
    else
        reply_text(refusal, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                   "the request has no Content-Type; it must be application/json");
    return false;
}

static void refuse_size(struct request *request)
{
    drop_body(request);
    reply_text(&request->refusal, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than %zu bytes",
               REQUEST_BODY_MAX);
    request->refusal.close = true;
}

static void refuse_memory(struct request *request)
{
    drop_body(request);
    reply_text(&request->refusal, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    request->refusal.retry_after = 1;
}

/* What can be said about the request before its body is there, into `refusal`. */
static void judge_head(struct request *request, const struct framing *framing, const char *url,
                       const char *method)
{
    request->route = route_find(url, method, &request->refusal);
    if (!request->route || !request->route->takes_body)
        return;
    if (!framing->has_length && !framing->is_chunked) {
        reply_text(&request->refusal, MHD_HTTP_LENGTH_REQUIRED,
                   "the request must have a Content-Length or be chunked");
        request->refusal.close = true;
    } else if (!check_type(framing->content_type, &request->refusal)) {
        return;
    } else if (framing->length > REQUEST_BODY_MAX) {
        refuse_size(request);
    } else if (framing->length > 0) {
        request->capacity = (size_t)framing->length;
        request->body = malloc(request->capacity);
        if (!request->body)
            refuse_memory(request);
    }
}

static enum MHD_Result begin(struct request *request, struct MHD_Connection *connection,
                             const char *url, const char *method, const char *version)
{
    struct framing framing;

    request->begun = true;
    if (!framing_read(connection, version, &framing, &request->refusal))
        return answer(request, connection, &request->refusal);
    if (request->target_fault) {
        reply_text(&request->refusal, MHD_HTTP_BAD_REQUEST, "%s", request->target_fault);
        request->refusal.close = true;
        return answer(request, connection, &request->refusal);
    }
    judge_head(request, &framing, url, method);
    /* Where nothing is sent yet, or too much would be, there is no point in reading on. */
    if (request->refusal.status != 0 &&
        (framing.expects_continue || framing.length > REQUEST_DRAIN_MAX)) {
        request->refusal.close = true;
        return answer(request, connection, &request->refusal);
    }
    return MHD_YES;
}

/* --- the body -------------------------------------------------------------------------------- */

/* Room for `more` bytes behind those received; doubles, up to the largest body. */
static bool reserve(struct request *request, size_t more)
{
    size_t needed = request->received + more;
    size_t capacity = request->capacity ? request->capacity : FIRST_CAPACITY;
    char *body;

    if (needed <= request->capacity)
        return true;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > REQUEST_BODY_MAX)
        capacity = REQUEST_BODY_MAX;
    body = realloc(request->body, capacity);
    if (!body)
        return false;
    request->body = body;
    request->capacity = capacity;
    return true;
}

static enum MHD_Result collect(struct request *request, const char *data, size_t size)
{
    /* An answer can't be queued while a body comes in, so an endless one just ends here. */
    if (size > REQUEST_DRAIN_MAX - request->received)
        return MHD_NO;
    if (request->refusal.status == 0 && request->route->takes_body) {
        if (size > REQUEST_BODY_MAX - request->received)
            refuse_size(request);
        else if (!reserve(request, size))
            refuse_memory(request);
        else
            memcpy(request->body + request->received, data, size);
    }
    request->received += size;
    return MHD_YES;
}

/* --- the answer ------------------------------------------------------------------------------ */

/* Called by the refresher's thread; libmicrohttpd then calls the handler again. */
static void list_was_read(struct refresh_waiter *waiter, const struct error *problem)
{
    struct request *request = (struct request *)waiter;

    request->freshness = problem ? FRESHNESS_FAILED : FRESHNESS_FRESH;
    if (problem)
        request->refresh_problem = *problem;
    MHD_resume_connection(request->mhd);
}

/* False: too many wait already, and the request is to be answered by the list that is known. */
static bool may_wait(struct request *request)
{
    atomic_size_t *sum = &request->service->waiting_bytes;

    request->waiting_bytes = request->capacity;
    if (atomic_fetch_add(sum, request->capacity) + request->capacity <= REQUEST_WAITING_MAX)
        return true;
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

/* False: the answer must wait for a fresh list. */
static bool make_answer(const struct request *request, struct reply *ret_reply)
{
    const struct exchange exchange = {
        .service = request->service,
        .body = {request->body ? request->body : "", request->body ? request->received : 0},
        .freshness = request->freshness,
        .refresh_problem = request->refresh_problem.message,
    };

    return request->route->answer(&exchange, ret_reply);
}

static enum MHD_Result finish(struct request *request, struct MHD_Connection *connection)
{
    struct reply reply = {.status = 0};

    if (request->refusal.status != 0)
        return answer(request, connection, &request->refusal);
    if (!make_answer(request, &reply)) {
        if (may_wait(request))
            return wait_for_fresh_list(request, connection);
        make_answer(request, &reply);
    }
    drop_body(request);
    return answer(request, connection, &reply);
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **state)
{
    struct request *request = *state;
    enum MHD_Result result;

    (void)cls;
    if (!request)
        return MHD_NO; /* there was no memory for it */
    if (!request->begun)
        return begin(request, connection, url, method, version);
    if (*upload_data_size == 0)
        return finish(request, connection);
    result = collect(request, upload_data, *upload_data_size);
    *upload_data_size = 0;
    return result;
}
