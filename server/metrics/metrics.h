/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program counts of itself. Each thread counts in a block of its own, which no other
 * thread writes to, so that counting costs a store to a cache line that nobody else has; who reads
 * adds up the blocks. Thread-safe; nothing here fails: without memory for a block, threads share
 * one.
 *
 * A gauge is either moved up and down by metrics_add() or set by metrics_set(), never both.
 */
#ifndef SERVER_METRICS_METRICS_H
#define SERVER_METRICS_METRICS_H

#include "base/text.h"
#include "server/metrics/labels.h"

#include <stdint.h>

/* In the order in which they are shown; what each is and its labels: metric_table.c. */
enum metric {
    METRIC_REVIEWS,
    METRIC_FINDINGS,
    METRIC_REVIEW_DURATION,
    METRIC_REQUESTS_IN_FLIGHT,
    METRIC_CONNECTIONS,
    METRIC_CONNECTIONS_LIMIT,
    METRIC_REQUEST_BYTES,
    METRIC_REPLY_BYTES,
    METRIC_REJECTED_REQUESTS,
    METRIC_CONNECTION_TIMEOUTS,
    METRIC_TLS_HANDSHAKES,
    METRIC_TLS_HANDSHAKE_FAILURES,
    METRIC_LIST_KNOWN,
    METRIC_LIST_AGE,
    METRIC_LIST_ENTRIES,
    METRIC_LIST_READS,
    METRIC_WATCH_RESTARTS,
    METRIC_CERTIFICATE_EXPIRY,
    METRIC_CERTIFICATE_RELOADS,
    METRIC_CERTIFICATE_RELOAD_FAILING,
    METRIC_LOG_LINES_DROPPED,
    METRIC_REQUEST_MEMORY,
    METRIC_REQUEST_MEMORY_LIMIT,
    METRIC_READY,
    METRIC_PROCESS_CPU,
    METRIC_PROCESS_MEMORY,
    METRIC_PROCESS_OPEN_FDS,
    METRIC_PROCESS_MAX_FDS,
    METRIC_PROCESS_THREADS,
    METRIC_PROCESS_START_TIME,
    METRIC_COUNT
};

/* The values of a metric's labels, in their order in the table: METRIC_LABELS(LABEL_…, …). */
#define METRIC_MAX_LABELS 4
struct metric_labels {
    unsigned at[METRIC_MAX_LABELS];
};
/* clang-format off */
#define METRIC_LABELS(...) ((struct metric_labels){{__VA_ARGS__}})
/* clang-format on */
#define METRIC_NO_LABELS METRIC_LABELS(0)

/* Moves a counter (up only) or a gauge. */
void metrics_add(enum metric metric, struct metric_labels labels, int64_t amount);

static inline void metrics_count(enum metric metric, struct metric_labels labels)
{
    metrics_add(metric, labels, 1);
}

/* Sets a gauge. Metrics in seconds with a fraction are in nanoseconds here. */
void metrics_set(enum metric metric, struct metric_labels labels, int64_t value);

/* Adds a duration to a histogram. */
void metrics_observe(enum metric metric, struct metric_labels labels, int64_t nanoseconds);

/* The sum over all threads. For a histogram: the number of its observations. */
int64_t metrics_get(enum metric metric, struct metric_labels labels);

/* Adds all of them in Prometheus' text format, version 0.0.4. */
void metrics_write(struct text *text);
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* At most 120 bytes a series, and some 20 KiB of explanations. */
#define METRICS_TEXT_MAX ((size_t)256 * 1024)

#endif
