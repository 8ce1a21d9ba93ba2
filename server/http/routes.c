/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/routes.h"

#include "base/text.h"
#include "server/http/metrics_reply.h"
#include "server/http/readiness.h"
#include "server/http/review_report.h"

#include <stdlib.h>
#include <string.h>

/* What a client that may try again is told to wait, in seconds: a list is found by then or not. */
#define RETRY_AFTER 1

/* Says how old a list is by which a request is denied, when it could not be read afresh. */
static void note_age(const struct exchange *exchange, struct text *note)
{
    unsigned long age;

    if (exchange->freshness != FRESHNESS_FAILED)
        return;
    age = current_list_age(exchange->service->current);
    text_addf(note,
              "the permitted list that decided this is %lu second%s old, and could not be read "
              "afresh: ",
              age, age == 1 ? "" : "s");
    /* It may hold what an API server said, and end in the middle of a character. */
    text_add_visible(note, str_from(exchange->refresh_problem));
}

/* A denial by a list that is not known to be fresh is no answer yet. */
static bool must_ask_again(const struct exchange *exchange, const struct admission_reply *review)
{
    return review->denied_by_list && exchange->service->refresher &&
           exchange->freshness == FRESHNESS_NOT_ASKED;
}

struct reported {
    const struct exchange *exchange;
    const struct permitted_list *list;
};

static void see_review(void *context, const struct admission_outcome *outcome)
{
    const struct reported *reported = context;
    const struct permitted_list *list = reported->list;
    const struct review_circumstances circumstances = {
        .list_version = list ? permitted_list_version(list) : NULL,
        .ended_ns = reported->exchange->ended_ns,
    };

    if (!must_ask_again(reported->exchange, outcome->reply))
        review_report(outcome, &circumstances);
}

static bool may_try_again(unsigned status)
{
    return status == MHD_HTTP_SERVICE_UNAVAILABLE || status == MHD_HTTP_TOO_MANY_REQUESTS;
}

static bool review(const struct exchange *exchange, enum admission_path path,
                   struct reply *ret_reply)
{
    CLEANUP_TEXT struct text note = TEXT_INIT(1200);
    struct service *service = exchange->service;
    struct error problem;
    struct permitted_list *list = current_list_get(service->current, &problem);
    struct admission_list in_force = {.list = list, .problem = list ? NULL : problem.message};
    struct reported reported = {exchange, list};
    const struct admission_caller caller = {
        .account = exchange->memory, .see = see_review, .context = &reported};
    struct admission_reply review;

    note_age(exchange, &note);
    in_force.note = note.len > 0 ? text_get(&note) : NULL;
    admission_review(path, exchange->body.data, exchange->body.len, &service->policy, &in_force,
                     &caller, &review);
    permitted_list_unref(list);
    if (must_ask_again(exchange, &review)) {
        free(review.body);
        account_give(exchange->memory, review.body_len);
        return false;
    }
    *ret_reply = (struct reply){
        .status = review.status,
        .rejection = review.rejection,
        .content_type = review.status == MHD_HTTP_OK ? "application/json" : NULL,
        .retry_after = may_try_again(review.status) ? RETRY_AFTER : 0,
        .body = review.body,
        .body_len = review.body ? review.body_len : 0,
    };
    return true;
}

static bool answer_validate(const struct exchange *exchange, struct reply *ret_reply)
{
    return review(exchange, ADMISSION_VALIDATE, ret_reply);
}

static bool answer_mutate(const struct exchange *exchange, struct reply *ret_reply)
{
    return review(exchange, ADMISSION_MUTATE, ret_reply);
}

static bool answer_livez(const struct exchange *exchange, struct reply *ret_reply)
{
    (void)exchange;
    reply_text(ret_reply, MHD_HTTP_OK, "ok");
    return true;
}

static bool answer_readyz(const struct exchange *exchange, struct reply *ret_reply)
{
    readiness_reply(exchange->service, exchange->is_verbose, ret_reply);
    return true;
}

static bool answer_metrics(const struct exchange *exchange, struct reply *ret_reply)
{
    metrics_reply(exchange->service, ret_reply);
    return true;
}

static const struct route https_routes[] = {
    {"/validate", "POST", true, answer_validate, ADMISSION_VALIDATE},
    {"/mutate", "POST", true, answer_mutate, ADMISSION_MUTATE},
    {"/livez", "GET, HEAD", false, answer_livez, 0},
    {"/readyz", "GET, HEAD", false, answer_readyz, 0},
};

static const struct route probe_routes[] = {
    {"/livez", "GET, HEAD", false, answer_livez, 0},
    {"/readyz", "GET, HEAD", false, answer_readyz, 0},
    {"/metrics", "GET, HEAD", false, answer_metrics, 0},
};

#define TABLE_OF(rows)                         \
    {                                          \
        (rows), sizeof(rows) / sizeof(rows)[0] \
    }
const struct route_table route_table_https = TABLE_OF(https_routes);
const struct route_table route_table_probes = TABLE_OF(probe_routes);

/* Whether `method` is one of a list such as "GET, HEAD". Methods are case-sensitive. */
static bool lists_method(const char *methods, const char *method)
{
    size_t len = strlen(method);

    while (len > 0 && *methods != '\0') {
        size_t listed = strcspn(methods, ",");

        if (listed == len && strncmp(methods, method, len) == 0)
            return true;
        methods += listed;
        methods += strspn(methods, ", ");
    }
    return false;
}

static void refuse_url(const struct route_table *table, struct reply *ret_refusal)
{
    CLEANUP_TEXT struct text known = TEXT_INIT(256);

    for (size_t i = 0; i < table->count; i++)
        text_addf(&known, "%s%s", i == 0 ? "" : ", ", table->routes[i].url);
    reply_refuse(ret_refusal, MHD_HTTP_NOT_FOUND, REJECTION_NOT_FOUND, "not found; there is %s",
                 text_get(&known));
}

const struct route *route_find(const struct route_table *table, const char *url, const char *method,
                               struct reply *ret_refusal)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct route *route = &table->routes[i];

        if (strcmp(url, route->url) != 0)
            continue;
        if (lists_method(route->methods, method))
            return route;
        reply_refuse(ret_refusal, MHD_HTTP_METHOD_NOT_ALLOWED, REJECTION_METHOD, "%s takes %s only",
                     route->url, route->methods);
        ret_refusal->allow = route->methods;
        return NULL;
    }
    refuse_url(table, ret_refusal);
    return NULL;
}
