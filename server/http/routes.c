/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/routes.h"

#include "server/admission/admission.h"

#include <string.h>

/* What a client that may try again is told to wait, in seconds: a list is found by then or not. */
#define RETRY_AFTER 1

static void review(struct service *service, enum admission_path path, struct str body,
                   struct reply *ret_reply)
{
    struct error problem;
    struct permitted_list *list = current_list_get(service->current, &problem);
    struct admission_reply review;

    admission_review(path, body.data, body.len, &service->policy, list,
                     list ? NULL : problem.message, &review);
    permitted_list_unref(list);
    *ret_reply = (struct reply){
        .status = review.status,
        .is_json = review.status == MHD_HTTP_OK,
        .retry_after = review.status == MHD_HTTP_SERVICE_UNAVAILABLE ? RETRY_AFTER : 0,
        .body = review.body,
        .body_len = review.body ? review.body_len : 0,
    };
}

static void answer_validate(struct service *service, struct str body, struct reply *ret_reply)
{
    review(service, ADMISSION_VALIDATE, body, ret_reply);
}

static void answer_mutate(struct service *service, struct str body, struct reply *ret_reply)
{
    review(service, ADMISSION_MUTATE, body, ret_reply);
}

static void answer_livez(struct service *service, struct str body, struct reply *ret_reply)
{
    (void)service;
    (void)body;
    reply_text(ret_reply, MHD_HTTP_OK, "ok");
}

static void answer_readyz(struct service *service, struct str body, struct reply *ret_reply)
{
    struct error problem;
    struct permitted_list *list = current_list_get(service->current, &problem);

    (void)body;
    if (atomic_load(&service->stopping))
        reply_text(ret_reply, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is shutting down");
    else if (!list)
        reply_text(ret_reply, MHD_HTTP_SERVICE_UNAVAILABLE, "%s", problem.message);
    else
        reply_text(ret_reply, MHD_HTTP_OK, "ok");
    permitted_list_unref(list);
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
