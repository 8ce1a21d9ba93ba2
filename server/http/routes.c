/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/routes.h"

#include "base/text.h"
#include "server/admission/admission.h"

#include <stdlib.h>
#include <string.h>

/* What a client that may try again is told to wait, in seconds: a list is found by then or not. */
#define RETRY_AFTER 1

/* Says how old a list is by which a request is denied, when it could not be read afresh. */
static void note_age(const struct exchange *exchange, struct text *note)
{
    unsigned long age = current_list_age(exchange->service->current);

    if (exchange->freshness == FRESHNESS_FAILED)
        text_addf(note,
                  "the permitted list that decided this is %lu second%s old, and could not be read "
                  "afresh: %s",
                  age, age == 1 ? "" : "s", exchange->refresh_problem);
}

static bool review(const struct exchange *exchange, enum admission_path path,
                   struct reply *ret_reply)
{
    CLEANUP_TEXT struct text note = TEXT_INIT(1200);
    struct service *service = exchange->service;
    struct error problem;
    struct permitted_list *list = current_list_get(service->current, &problem);
    struct admission_list in_force = {.list = list, .problem = list ? NULL : problem.message};
    struct admission_reply review;

    note_age(exchange, &note);
    in_force.note = note.len > 0 ? text_get(&note) : NULL;
    admission_review(path, exchange->body.data, exchange->body.len, &service->policy, &in_force,
                     &review);
    permitted_list_unref(list);
    if (review.denied_by_list && service->refresher && exchange->freshness == FRESHNESS_NOT_ASKED) {
        free(review.body);
        return false;
    }
    *ret_reply = (struct reply){
        .status = review.status,
        .is_json = review.status == MHD_HTTP_OK,
        .retry_after = review.status == MHD_HTTP_SERVICE_UNAVAILABLE ? RETRY_AFTER : 0,
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
    struct error problem;
    struct permitted_list *list = current_list_get(exchange->service->current, &problem);

    if (atomic_load(&exchange->service->stopping))
        reply_text(ret_reply, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is shutting down");
    else if (!list)
        reply_text(ret_reply, MHD_HTTP_SERVICE_UNAVAILABLE, "%s", problem.message);
    else
        reply_text(ret_reply, MHD_HTTP_OK, "ok");
    permitted_list_unref(list);
    return true;
}

static const struct route routes[] = {
    {"/validate", "POST", true, answer_validate},
    {"/mutate", "POST", true, answer_mutate},
    {"/livez", "GET, HEAD", false, answer_livez},
    {"/readyz", "GET, HEAD", false, answer_readyz},
};

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

const struct route *route_find(const char *url, const char *method, struct reply *ret_refusal)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(url, routes[i].url) != 0)
            continue;
        if (lists_method(routes[i].methods, method))
            return &routes[i];
        reply_text(ret_refusal, MHD_HTTP_METHOD_NOT_ALLOWED, "%s takes %s only", routes[i].url,
                   routes[i].methods);
        ret_refusal->allow = routes[i].methods;
        return NULL;
    }
    reply_text(ret_refusal, MHD_HTTP_NOT_FOUND,
               "not found; there are /validate, /mutate, /livez and /readyz");
    return NULL;
}
