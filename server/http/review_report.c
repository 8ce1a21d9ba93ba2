/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/review_report.h"

#include "server/admission/admission_request.h"
#include "server/log.h"
#include "server/log_limiter.h"
#include "server/metrics/metric_table.h"
#include "server/monotonic.h"

#include <stdio.h>

/* --- counting -------------------------------------------------------------------------------- */

static void count_findings(const struct finding_list *list, enum severity severity)
{
    for (unsigned i = 0; list->count > 0 && i < RULE_COUNT; i++) {
        if (list->by_rule[i] > 0)
            metrics_add(METRIC_FINDINGS, METRIC_LABELS(i, severity), list->by_rule[i]);
    }
}

static void count(const struct admission_outcome *outcome)
{
    const struct admission_request *request = outcome->request;

    /* What was refused before it was known what it asks is only a rejected request. */
    if (!request)
        return;
    metrics_count(
        METRIC_REVIEWS,
        METRIC_LABELS(outcome->path,
                      request->known_kind ? (unsigned)request->known_kind->id : LABEL_KIND_OTHER,
                      request->operation, outcome->verdict));
    if (outcome->findings) {
        count_findings(&outcome->findings->denials, SEVERITY_DENY);
        count_findings(&outcome->findings->warnings, SEVERITY_WARN);
    }
}

/* --- lines ----------------------------------------------------------------------------------- */

/* Each has a limit of its own, so that whoever sends anything does not drown out reviews. */
static struct source {
    struct log_limiter limiter;
    const char *left_out; /* what is said of lines that were left out */
} reviews = {LOG_LIMITER_INIT, "lines on denials and failed calls were left out"},
  others = {LOG_LIMITER_INIT, "lines on requests that are no reviews were left out"};

static void tell_left_out(const struct source *source, unsigned long left_out)
{
    if (left_out > 0)
        log_event(LOG_WARN, source->left_out, LOG_INT("count", left_out));
}

static bool may_log(struct source *source, enum log_level level)
{
    unsigned long left_out;
    bool passes;

    if (!log_enabled(level))
        return false;
    passes = log_limiter_pass(&source->limiter, monotonic_ms(), &left_out);
    tell_left_out(source, left_out);
    return passes;
}

void review_report_end(void)
{
    tell_left_out(&reviews, log_limiter_take(&reviews.limiter));
    tell_left_out(&others, log_limiter_take(&others.limiter));
}

/*
 * A line in the making. What is short and our own comes first, for a line has an end: values of a
 * client never push that out.
 */
struct line {
    struct log_field fields[20];
    size_t count;
    struct text rules;
    char duration[32];
};

static void add(struct line *line, struct log_field field)
{
    if (field.text.data || field.is_number)
        line->fields[line->count++] = field;
}

/* A word that a label of the metrics has, too. */
static void add_label(struct line *line, const char *key, enum metric metric, size_t label,
                      unsigned value)
{
    add(line, LOG_TEXT(key, metric_table[metric].labels[label]->value(value)));
}

static void add_circumstances(struct line *line, const struct review_circumstances *circumstances)
{
    long long microseconds = (monotonic_ns() - circumstances->ended_ns) / 1000;

    snprintf(line->duration, sizeof line->duration, "%lld.%03lld", microseconds / 1000,
             microseconds % 1000);
    add(line, LOG_DECIMAL("duration_ms", line->duration));
    add(line, LOG_TEXT("list_version", circumstances->list_version));
}

static void add_request(struct line *line, const struct admission_request *request)
{
    struct admission_subject subject = admission_request_subject(request);

    if (request->known_kind)
        add(line, LOG_TEXT("kind", request->known_kind->kind));
    add_label(line, "operation", METRIC_REVIEWS, 2, request->operation);
    add(line, LOG_TEXT("dry_run", subject.dry_run ? "yes" : "no"));
    add(line, LOG_STR("uid", request->uid));
    add(line, LOG_STR("user", subject.user));
    add(line, LOG_STR("namespace", subject.namespace));
    add(line, LOG_STR("name", subject.name));
}

static void write_line(struct line *line, enum log_level level, const char *message)
{
    log_fields(level, message, line->fields, line->count);
    text_free(&line->rules);
}

/* --- events ---------------------------------------------------------------------------------- */

/* `list` holds what decided: the denials, or the warnings when there are none. */
static void log_findings(const struct admission_outcome *outcome,
                         const struct review_circumstances *circumstances,
                         const struct finding_list *list, enum log_level level, const char *message)
{
    struct line line = {.rules = TEXT_INIT(FINDINGS_RULES_MAX)};

    findings_add_rules(outcome->findings, &line.rules);
    add(&line, LOG_TEXT("rule", text_get(&line.rules)));
    add(&line, LOG_INT("faults", list->count));
    add_circumstances(&line, circumstances);
    add_request(&line, outcome->request);
    if (list->shown > 0)
        add(&line, LOG_TEXT("path", text_get(&list->items[0].path)));
    write_line(&line, level, message);
}

static void log_failure(const struct admission_outcome *outcome,
                        const struct review_circumstances *circumstances)
{
    const struct admission_reply *reply = outcome->reply;
    struct line line = {.count = 0};

    add_label(&line, "call", METRIC_REVIEWS, 0, outcome->path);
    add(&line, LOG_INT("status", reply->status));
    add_label(&line, "reason", METRIC_REJECTED_REQUESTS, 0, reply->rejection);
    add_circumstances(&line, circumstances);
    if (outcome->request)
        add_request(&line, outcome->request);
    add(&line, LOG_STR("problem", str_trim((struct str){reply->body, reply->body_len})));
    write_line(&line, LOG_WARN, "could not decide");
}

static void log_outcome(const struct admission_outcome *outcome,
                        const struct review_circumstances *circumstances)
{
    const struct findings *findings = outcome->findings;
    struct source *source = outcome->request ? &reviews : &others;

    if (outcome->verdict == VERDICT_ERROR && may_log(source, LOG_WARN))
        log_failure(outcome, circumstances);
    else if (outcome->verdict == VERDICT_DENY && may_log(source, LOG_INFO))
        log_findings(outcome, circumstances, &findings->denials, LOG_INFO, "denied");
    else if (outcome->verdict == VERDICT_WARN && log_enabled(LOG_DEBUG))
        log_findings(outcome, circumstances, &findings->warnings, LOG_DEBUG, "warned");
}

void review_report(const struct admission_outcome *outcome,
                   const struct review_circumstances *circumstances)
{
    count(outcome);
    log_outcome(outcome, circumstances);
}

void review_report_refusal(enum admission_path path, const struct reply *refusal)
{
    struct line line = {.count = 0};

    if (!may_log(&others, LOG_WARN))
        return;
    add_label(&line, "call", METRIC_REVIEWS, 0, path);
    add(&line, LOG_INT("status", refusal->status));
    add_label(&line, "reason", METRIC_REJECTED_REQUESTS, 0, refusal->rejection);
    add(&line, LOG_STR("problem", str_trim((struct str){refusal->body, refusal->body_len})));
    write_line(&line, LOG_WARN, "could not decide");
}
