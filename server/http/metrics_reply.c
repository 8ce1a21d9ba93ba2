/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/metrics_reply.h"

#include "server/http/credential_files.h"
#include "server/http/readiness.h"
#include "server/metrics/metrics.h"
#include "server/metrics/process_figures.h"

static void set(enum metric metric, size_t value)
{
    metrics_set(metric, METRIC_NO_LABELS, (int64_t)value);
}

static void set_list(struct current_list *current)
{
    struct error ignored;
    struct permitted_list *list = current_list_get(current, &ignored);

    set(METRIC_LIST_KNOWN, list != NULL);
    set(METRIC_LIST_AGE, current_list_age(current));
    set(METRIC_LIST_ENTRIES, list ? permitted_list_count(list) : 0);
    permitted_list_unref(list);
}

static void set_credential(struct credential_files *files, enum credential which,
                           enum label_certificate label)
{
    struct credential_status status;

    _Static_assert(LABEL_POSITION_COUNT >= CERTS_CHAIN_MAX, "each certificate has a position");
    credential_files_status(files, which, &status);
    for (unsigned i = 0; i < LABEL_POSITION_COUNT; i++)
        metrics_set(METRIC_CERTIFICATE_EXPIRY, METRIC_LABELS(label, i),
                    i < status.count ? (int64_t)status.not_after[i] : 0);
    metrics_set(METRIC_CERTIFICATE_RELOADS, METRIC_LABELS(label, RELOAD_SUCCESS),
                (int64_t)status.reloads);
    metrics_set(METRIC_CERTIFICATE_RELOADS, METRIC_LABELS(label, RELOAD_FAILURE),
                (int64_t)status.failures);
    metrics_set(METRIC_CERTIFICATE_RELOAD_FAILING, METRIC_LABELS(label), status.failing);
}

/* What is not counted when it happens but looked at when somebody asks. */
static void look(struct service *service)
{
    size_t in_flight = atomic_load(&service->in_flight);

    set(METRIC_REQUESTS_IN_FLIGHT, in_flight > 0 ? in_flight - 1 : 0);
    set(METRIC_REQUEST_MEMORY, budget_used(&service->memory));
    set(METRIC_REQUEST_MEMORY_LIMIT, service->memory.limit);
    set(METRIC_READY, readiness_holds(service));
    set_list(service->current);
    if (service->credentials) {
        set_credential(service->credentials, CREDENTIAL_SERVING, LABEL_CERTIFICATE_SERVING);
        set_credential(service->credentials, CREDENTIAL_CLIENT_CA, LABEL_CERTIFICATE_CLIENT_CA);
    }
    process_figures_set();
}

void metrics_reply(struct service *service, struct reply *ret_reply)
{
    struct text text = TEXT_INIT(METRICS_TEXT_MAX);

    look(service);
    metrics_write(&text);
    if (text.failed) {
        text_free(&text);
        reply_refuse(ret_reply, MHD_HTTP_SERVICE_UNAVAILABLE, REJECTION_NO_MEMORY, "out of memory");
        return;
    }
    *ret_reply = (struct reply){
        .status = MHD_HTTP_OK,
        .content_type = METRICS_CONTENT_TYPE,
        .body = text.data, /* handed over */
        .body_len = text.len,
    };
}
