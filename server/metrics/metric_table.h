/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics as data: one row each, and where its numbers are in a block of cells. */
#ifndef SERVER_METRICS_METRIC_TABLE_H
#define SERVER_METRICS_METRIC_TABLE_H

#include "server/metrics/metrics.h"

#include <stdbool.h>
#include <stddef.h>

/* A label, and the values that it can have. */
struct label {
    const char *name;
    unsigned count;
    const char *(*value)(unsigned i);
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum metric_unit {
    UNIT_ONE,         /* shown as it is */
    UNIT_NANOSECONDS, /* shown as seconds */
};

struct metric_row {
    const char *name; /* without METRIC_PREFIX */
    const char *help;
    enum metric_type type;
    enum metric_unit unit;
    const struct label *labels[METRIC_MAX_LABELS]; /* those behind the last are NULL */
    size_t first;                                  /* the cell of its first series */
    /* Whether a series is shown while it is 0. NULL: all are. */
    bool (*is_expected)(struct metric_labels labels);
};

#define METRIC_PREFIX "hostdev_webhook_"

extern const struct metric_row metric_table[METRIC_COUNT];

/* How many cells a block has, and more than that. */
extern const size_t metric_cells;
#define METRIC_CELLS_MAX ((size_t)1024)

/* Upper bounds of a histogram's buckets; a series has a cell for each, one for what is beyond, and
 * one for the sum. */
struct metric_bucket {
    const char *shown; /* seconds */
    int64_t nanoseconds;
};
#define METRIC_BUCKET_COUNT 13
extern const struct metric_bucket metric_buckets[METRIC_BUCKET_COUNT];
#define METRIC_HISTOGRAM_CELLS (METRIC_BUCKET_COUNT + 2)

/* How many series a metric has. */
size_t metric_series_count(const struct metric_row *row);

/* The labels of one of them. */
struct metric_labels metric_series_labels(const struct metric_row *row, size_t series);

/* The cell of a series; of a histogram the first of its cells. */
size_t metric_cell(const struct metric_row *row, struct metric_labels labels);

#endif
