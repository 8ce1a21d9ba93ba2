/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics/metric_table.h"

#include "server/admission/admission.h"

/* --- labels ---------------------------------------------------------------------------------- */

/* A label whose values are listed in the order of their enum. */
#define LABEL(identifier, shown, size, ...)                    \
    static const char *identifier##_value(unsigned i)          \
    {                                                          \
        static const char *const values[size] = {__VA_ARGS__}; \
                                                               \
        return values[i];                                      \
    }                                                          \
    static const struct label identifier##_label = {           \
        .name = (shown), .count = (size), .value = identifier##_value}

LABEL(path, "path",
      LABEL_PATH_COUNT, [ADMISSION_VALIDATE] = "validate", [ADMISSION_MUTATE] = "mutate");
LABEL(operation, "operation",
      OPERATION_COUNT, [OPERATION_CREATE] = "CREATE", [OPERATION_UPDATE] = "UPDATE",
      [OPERATION_DELETE] = "DELETE", [OPERATION_CONNECT] = "CONNECT");
LABEL(verdict, "verdict", VERDICT_COUNT, [VERDICT_ALLOW] = "allow", [VERDICT_WARN] = "warn",
      [VERDICT_DENY] = "deny", [VERDICT_PATCH] = "patch", [VERDICT_ERROR] = "error");
LABEL(severity, "severity", SEVERITY_COUNT, [SEVERITY_WARN] = "warn", [SEVERITY_DENY] = "deny");
LABEL(reason, "reason", REJECTION_COUNT, [REJECTION_NONE] = "none", [REJECTION_FRAMING] = "framing",
      [REJECTION_TARGET] = "target", [REJECTION_NOT_FOUND] = "not_found",
      [REJECTION_METHOD] = "method", [REJECTION_CONTENT_TYPE] = "content_type",
      [REJECTION_LENGTH_REQUIRED] = "length_required", [REJECTION_TOO_LARGE] = "too_large",
      [REJECTION_MALFORMED_JSON] = "malformed_json",
      [REJECTION_NOT_ADMISSION_REVIEW] = "not_admission_review",
      [REJECTION_TOO_MANY_VALUES] = "too_many_values", [REJECTION_MEMORY_LIMIT] = "memory_limit",
      [REJECTION_NO_MEMORY] = "no_memory", [REJECTION_LIST_UNKNOWN] = "list_unknown");
LABEL(listener, "listener",
      LABEL_LISTENER_COUNT, [LABEL_LISTENER_HTTPS] = "https", [LABEL_LISTENER_METRICS] = "metrics");
LABEL(phase, "phase",
      TIMEOUT_PHASE_COUNT, [TIMEOUT_HANDSHAKE] = "handshake", [TIMEOUT_HEADER] = "header",
      [TIMEOUT_BODY] = "body", [TIMEOUT_REPLY] = "reply", [TIMEOUT_IDLE] = "idle");
LABEL(handshake_failure, "reason", HANDSHAKE_FAILURE_COUNT, [HANDSHAKE_TIMEOUT] = "timeout",
      [HANDSHAKE_CLIENT_CERTIFICATE] = "client_certificate", [HANDSHAKE_OTHER] = "other");
LABEL(certificate, "certificate", LABEL_CERTIFICATE_COUNT, [LABEL_CERTIFICATE_SERVING] = "serving",
      [LABEL_CERTIFICATE_CLIENT_CA] = "client_ca");
LABEL(position, "position", LABEL_POSITION_COUNT, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
      "10", "11", "12", "13", "14", "15");
LABEL(result, "result",
      RELOAD_RESULT_COUNT, [RELOAD_SUCCESS] = "success", [RELOAD_FAILURE] = "failure");
LABEL(log_drop, "reason", LOG_DROP_COUNT, [LOG_DROP_READER] = "reader", [LOG_DROP_RATE] = "rate");

static const char *kind_value(unsigned i)
{
    size_t count;
    const struct kind *kinds = kind_table(&count);

    for (size_t at = 0; at < count; at++) {
        if ((unsigned)kinds[at].id == i)
            return kinds[at].kind;
    }
    return "other";
}

static const char *rule_value(unsigned i)
{
    return rule_table[i].id;
}

static const struct label kind_label = {"kind", LABEL_KIND_COUNT, kind_value};
static const struct label rule_label = {"rule", RULE_COUNT, rule_value};

/* --- what is shown before it happens --------------------------------------------------------- */

/*
 * What every cluster will see: a rate needs a value from before the first event. Rows of what can't
 * happen, or hardly ever does, would be four fifths of the page.
 */
static bool is_usual_review(struct metric_labels labels)
{
    unsigned path = labels.at[0], operation = labels.at[2], verdict = labels.at[3];

    if (labels.at[1] == LABEL_KIND_OTHER || operation > OPERATION_UPDATE)
        return false;
    return path == ADMISSION_VALIDATE ? verdict != VERDICT_PATCH
                                      : verdict != VERDICT_WARN && verdict != VERDICT_DENY;
}

static bool is_possible_finding(struct metric_labels labels)
{
    return labels.at[1] <= (unsigned)rule_table[labels.at[0]].severity;
}

static bool is_rejection(struct metric_labels labels)
{
    return labels.at[0] != REJECTION_NONE;
}

static bool is_never_expected(struct metric_labels labels)
{
    (void)labels;
    return false;
}

/* --- the rows -------------------------------------------------------------------------------- */

/* A block, as far as its layout goes: a member for each metric, with a cell for each number. */
struct cells {
    int64_t reviews[LABEL_PATH_COUNT][LABEL_KIND_COUNT][OPERATION_COUNT][VERDICT_COUNT];
    int64_t findings[RULE_COUNT][SEVERITY_COUNT];
    int64_t review_duration[LABEL_PATH_COUNT][METRIC_HISTOGRAM_CELLS];
    int64_t requests_in_flight;
    int64_t connections[LABEL_LISTENER_COUNT];
    int64_t connections_limit[LABEL_LISTENER_COUNT];
    int64_t request_bytes;
    int64_t reply_bytes;
    int64_t rejected_requests[REJECTION_COUNT];
    int64_t connection_timeouts[TIMEOUT_PHASE_COUNT];
    int64_t tls_handshakes;
    int64_t tls_handshake_failures[HANDSHAKE_FAILURE_COUNT];
    int64_t list_known, list_age, list_entries, list_reads, watch_restarts;
    int64_t certificate_expiry[LABEL_CERTIFICATE_COUNT][LABEL_POSITION_COUNT];
    int64_t certificate_reloads[LABEL_CERTIFICATE_COUNT][RELOAD_RESULT_COUNT];
    int64_t certificate_reload_failing[LABEL_CERTIFICATE_COUNT];
    int64_t log_lines_dropped[LOG_DROP_COUNT];
    int64_t request_memory, request_memory_limit;
    int64_t ready;
    int64_t process_cpu, process_memory, process_open_fds, process_max_fds, process_threads,
        process_start_time;
};

_Static_assert(sizeof(struct cells) / sizeof(int64_t) <= METRIC_CELLS_MAX, "there is room for all");
const size_t metric_cells = sizeof(struct cells) / sizeof(int64_t);

#define CELLS(member) .first = offsetof(struct cells, member) / sizeof(int64_t)

/* clang-format off */
const struct metric_row metric_table[METRIC_COUNT] = {
    [METRIC_REVIEWS] =
        {"reviews_total", "Admission reviews answered, by how they ended.", METRIC_COUNTER,
         UNIT_ONE, {&path_label, &kind_label, &operation_label, &verdict_label}, CELLS(reviews),
         is_usual_review},
    [METRIC_FINDINGS] =
        {"findings_total", "Faults found in reviewed objects, by what became of them.",
         METRIC_COUNTER, UNIT_ONE, {&rule_label, &severity_label}, CELLS(findings),
         is_possible_finding},
    [METRIC_REVIEW_DURATION] =
        {"review_duration_seconds",
         "Time from the end of a review's body to its answer, with the wait for a fresh list.",
         METRIC_HISTOGRAM, UNIT_NANOSECONDS, {&path_label}, CELLS(review_duration), NULL},
    [METRIC_REQUESTS_IN_FLIGHT] =
        {"requests_in_flight",
         "Requests between their first line and the last byte of the answer, but for this one.",
         METRIC_GAUGE, UNIT_ONE, {NULL}, CELLS(requests_in_flight), NULL},
    [METRIC_CONNECTIONS] =
        {"connections", "Open connections of clients.", METRIC_GAUGE, UNIT_ONE, {&listener_label},
         CELLS(connections), NULL},
    [METRIC_CONNECTIONS_LIMIT] =
        {"connections_limit", "The most connections that there can be.", METRIC_GAUGE, UNIT_ONE,
         {&listener_label}, CELLS(connections_limit), NULL},
    [METRIC_REQUEST_BYTES] =
        {"request_bytes_total", "Bytes of the bodies of reviews that were answered.",
         METRIC_COUNTER, UNIT_ONE, {NULL}, CELLS(request_bytes), NULL},
    [METRIC_REPLY_BYTES] =
        {"reply_bytes_total", "Bytes of the bodies of answers to reviews.", METRIC_COUNTER,
         UNIT_ONE, {NULL}, CELLS(reply_bytes), NULL},
    [METRIC_REJECTED_REQUESTS] =
        {"rejected_requests_total",
         "Requests refused with an HTTP error; a denial by a rule is none.", METRIC_COUNTER,
         UNIT_ONE, {&reason_label}, CELLS(rejected_requests), is_rejection},
    [METRIC_CONNECTION_TIMEOUTS] =
        {"connection_timeouts_total", "Connections closed because their client was too slow, or to make room for others.",
         METRIC_COUNTER, UNIT_ONE, {&phase_label}, CELLS(connection_timeouts), NULL},
    [METRIC_TLS_HANDSHAKES] =
        {"tls_handshakes_total", "TLS handshakes that were completed.", METRIC_COUNTER, UNIT_ONE,
         {NULL}, CELLS(tls_handshakes), NULL},
    [METRIC_TLS_HANDSHAKE_FAILURES] =
        {"tls_handshake_failures_total", "TLS handshakes that failed.", METRIC_COUNTER, UNIT_ONE,
         {&handshake_failure_label}, CELLS(tls_handshake_failures), NULL},
    [METRIC_LIST_KNOWN] =
        {"permitted_list_known", "Whether a permitted list is known.", METRIC_GAUGE, UNIT_ONE,
         {NULL}, CELLS(list_known), NULL},
    [METRIC_LIST_AGE] =
        {"permitted_list_age_seconds",
         "Time since the permitted list was last known to be that of its source.", METRIC_GAUGE,
         UNIT_ONE, {NULL}, CELLS(list_age), NULL},
    [METRIC_LIST_ENTRIES] =
        {"permitted_list_entries", "Resource names that are permitted.", METRIC_GAUGE, UNIT_ONE,
         {NULL}, CELLS(list_entries), NULL},
    [METRIC_LIST_READS] =
        {"permitted_list_reads_total", "Times that the permitted list was read as a whole.",
         METRIC_COUNTER, UNIT_ONE, {NULL}, CELLS(list_reads), NULL},
    [METRIC_WATCH_RESTARTS] =
        {"watch_restarts_total",
         "Watches of the permitted list that ended otherwise than at their agreed time.",
         METRIC_COUNTER, UNIT_ONE, {NULL}, CELLS(watch_restarts), NULL},
    [METRIC_CERTIFICATE_EXPIRY] =
        {"certificate_expiry_timestamp_seconds",
         "End of a certificate's validity; position 0 of the serving chain is the leaf.",
         METRIC_GAUGE, UNIT_ONE, {&certificate_label, &position_label}, CELLS(certificate_expiry),
         is_never_expected},
    [METRIC_CERTIFICATE_RELOADS] =
        {"certificate_reloads_total", "New certificate files that were read.", METRIC_COUNTER,
         UNIT_ONE, {&certificate_label, &result_label}, CELLS(certificate_reloads), NULL},
    [METRIC_CERTIFICATE_RELOAD_FAILING] =
        {"certificate_reload_failing",
         "Whether the newest certificate files can't be used, and older ones are.", METRIC_GAUGE,
         UNIT_ONE, {&certificate_label}, CELLS(certificate_reload_failing), NULL},
    [METRIC_LOG_LINES_DROPPED] =
        {"log_lines_dropped_total",
         "Log lines left out: their reader had stopped, or there were too many of one kind.",
         METRIC_COUNTER, UNIT_ONE, {&log_drop_label}, CELLS(log_lines_dropped), NULL},
    [METRIC_REQUEST_MEMORY] =
        {"request_memory_bytes", "Memory that bodies and what is read of them take now.",
         METRIC_GAUGE, UNIT_ONE, {NULL}, CELLS(request_memory), NULL},
    [METRIC_REQUEST_MEMORY_LIMIT] =
        {"request_memory_limit_bytes", "The most of that which is given out.", METRIC_GAUGE,
         UNIT_ONE, {NULL}, CELLS(request_memory_limit), NULL},
    [METRIC_READY] =
        {"ready", "Whether /readyz says yes.", METRIC_GAUGE, UNIT_ONE, {NULL}, CELLS(ready), NULL},
    [METRIC_PROCESS_CPU] =
        {"process_cpu_seconds_total", "Processor time, of user and system.", METRIC_COUNTER,
         UNIT_NANOSECONDS, {NULL}, CELLS(process_cpu), NULL},
    [METRIC_PROCESS_MEMORY] =
        {"process_resident_memory_bytes", "Resident memory.", METRIC_GAUGE, UNIT_ONE, {NULL},
         CELLS(process_memory), NULL},
    [METRIC_PROCESS_OPEN_FDS] =
        {"process_open_fds", "Open file descriptors.", METRIC_GAUGE, UNIT_ONE, {NULL},
         CELLS(process_open_fds), NULL},
    [METRIC_PROCESS_MAX_FDS] =
        {"process_max_fds", "The most file descriptors that can be open.", METRIC_GAUGE, UNIT_ONE,
         {NULL}, CELLS(process_max_fds), NULL},
    [METRIC_PROCESS_THREADS] =
        {"process_threads", "Threads.", METRIC_GAUGE, UNIT_ONE, {NULL}, CELLS(process_threads),
         NULL},
    [METRIC_PROCESS_START_TIME] =
        {"process_start_time_seconds", "When the process started, since 1970.", METRIC_GAUGE,
         UNIT_NANOSECONDS, {NULL}, CELLS(process_start_time), NULL},
};
/* clang-format on */

const struct metric_bucket metric_buckets[METRIC_BUCKET_COUNT] = {
    {"0.0001", 100000},  {"0.00025", 250000}, {"0.0005", 500000},  {"0.001", 1000000},
    {"0.0025", 2500000}, {"0.005", 5000000},  {"0.01", 10000000},  {"0.025", 25000000},
    {"0.05", 50000000},  {"0.1", 100000000},  {"0.25", 250000000}, {"0.5", 500000000},
    {"1", 1000000000},
};

/* --- series ---------------------------------------------------------------------------------- */

size_t metric_series_count(const struct metric_row *row)
{
    size_t count = 1;

    for (size_t i = 0; i < METRIC_MAX_LABELS && row->labels[i]; i++)
        count *= row->labels[i]->count;
    return count;
}

struct metric_labels metric_series_labels(const struct metric_row *row, size_t series)
{
    struct metric_labels labels = METRIC_NO_LABELS;

    for (size_t i = METRIC_MAX_LABELS; i-- > 0;) {
        if (row->labels[i]) {
            labels.at[i] = (unsigned)(series % row->labels[i]->count);
            series /= row->labels[i]->count;
        }
    }
    return labels;
}

size_t metric_cell(const struct metric_row *row, struct metric_labels labels)
{
    size_t series = 0;

    for (size_t i = 0; i < METRIC_MAX_LABELS && row->labels[i]; i++)
        series = series * row->labels[i]->count + labels.at[i];
    return row->first + (row->type == METRIC_HISTOGRAM ? series * METRIC_HISTOGRAM_CELLS : series);
}
