/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/readiness.h"

#include "base/text.h"

static bool is_serving(struct service *service, struct error *ret_why)
{
    return !atomic_load(&service->stopping) || error_set(ret_why, "the server is shutting down");
}

static bool knows_list(struct service *service, struct error *ret_why)
{
    struct permitted_list *list = current_list_get(service->current, ret_why);
    bool known = list != NULL;

    permitted_list_unref(list);
    return known;
}

static bool certificate_is_valid(struct service *service, struct error *ret_why)
{
    return !service->credentials ||
           credential_files_check(service->credentials, time(NULL), ret_why);
}

static const struct {
    const char *name;
    bool (*holds)(struct service *service, struct error *ret_why);
} conditions[] = {
    {"shutdown", is_serving},
    {"permitted-list", knows_list},
    {"certificate", certificate_is_valid},
};

#define CONDITION_COUNT (sizeof conditions / sizeof conditions[0])

bool readiness_holds(struct service *service)
{
    struct error why;
    bool holds = true;

    for (size_t i = 0; i < CONDITION_COUNT; i++)
        holds = conditions[i].holds(service, &why) && holds;
    return holds;
}

static bool add_condition(struct service *service, size_t i, bool verbose, struct text *report)
{
    struct error why;
    bool holds = conditions[i].holds(service, &why);

    if (verbose && holds)
        text_addf(report, "[+]%s ok\n", conditions[i].name);
    else if (verbose)
        text_addf(report, "[-]%s failed: %s\n", conditions[i].name, why.message);
    else if (!holds)
        text_addf(report, "%s%s", report->len > 0 ? "; " : "", why.message);
    return holds;
}

void readiness_reply(struct service *service, bool verbose, struct reply *ret_reply)
{
    CLEANUP_TEXT struct text report = TEXT_INIT(1200); /* what a reply's line takes */
    bool holds = true;

    for (size_t i = 0; i < CONDITION_COUNT; i++)
        holds = add_condition(service, i, verbose, &report) && holds;
    if (verbose)
        text_add(&report, holds ? "readyz check passed" : "readyz check failed");
    reply_text(ret_reply, holds ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "%s",
               report.len > 0 ? text_get(&report) : "ok");
}
