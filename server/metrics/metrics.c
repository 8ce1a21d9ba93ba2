/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics/metrics.h"

#include "server/metrics/build_info.h"
#include "server/metrics/metric_table.h"

#include <stdatomic.h>
#include <stdlib.h>

/* What two processors should not write to at one time; 64 bytes on what this runs on, and the
 * next line is often fetched along. */
#define CACHE_LINE ((size_t)128)

/* A thread's block. None is ever given back: the server's threads live as long as it. */
struct block {
    struct block *next;
    _Alignas(CACHE_LINE) _Atomic int64_t cells[];
};

/* Gauges that are set, and all numbers of threads without a block of their own. */
static _Atomic int64_t shared[METRIC_CELLS_MAX];

static _Atomic(struct block *) blocks;

static _Thread_local _Atomic int64_t *mine;

/* --- counting -------------------------------------------------------------------------------- */

static struct block *new_block(void)
{
    size_t bytes = offsetof(struct block, cells) + metric_cells * sizeof(int64_t);
    struct block *block = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) & ~(CACHE_LINE - 1));

    if (!block)
        return NULL;
    for (size_t i = 0; i < metric_cells; i++)
        atomic_init(&block->cells[i], 0);
    block->next = atomic_load_explicit(&blocks, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&blocks, &block->next, block,
                                                  memory_order_release, memory_order_relaxed))
        continue;
    return block;
}

static _Atomic int64_t *own_cells(void)
{
    if (!mine) {
        struct block *block = new_block();

        mine = block ? block->cells : shared;
    }
    return mine;
}

static void bump(size_t cell, int64_t amount)
{
    _Atomic int64_t *cells = own_cells();

    if (cells == shared)
        atomic_fetch_add_explicit(&cells[cell], amount, memory_order_relaxed);
    else /* the only writer */
        atomic_store_explicit(&cells[cell],
                              atomic_load_explicit(&cells[cell], memory_order_relaxed) + amount,
                              memory_order_relaxed);
}

void metrics_add(enum metric metric, struct metric_labels labels, int64_t amount)
{
    bump(metric_cell(&metric_table[metric], labels), amount);
}

void metrics_set(enum metric metric, struct metric_labels labels, int64_t value)
{
    atomic_store_explicit(&shared[metric_cell(&metric_table[metric], labels)], value,
                          memory_order_relaxed);
}

void metrics_observe(enum metric metric, struct metric_labels labels, int64_t nanoseconds)
{
    size_t first = metric_cell(&metric_table[metric], labels);
    size_t bucket = 0;

    while (bucket < METRIC_BUCKET_COUNT && nanoseconds > metric_buckets[bucket].nanoseconds)
        bucket++;
    bump(first + bucket, 1);
    bump(first + METRIC_BUCKET_COUNT + 1, nanoseconds);
}

/* --- adding up ------------------------------------------------------------------------------- */

static int64_t sum(size_t cell)
{
    int64_t total = atomic_load_explicit(&shared[cell], memory_order_relaxed);

    for (struct block *block = atomic_load_explicit(&blocks, memory_order_acquire); block;
         block = block->next)
        total += atomic_load_explicit(&block->cells[cell], memory_order_relaxed);
    return total;
}

int64_t metrics_get(enum metric metric, struct metric_labels labels)
{
    const struct metric_row *row = &metric_table[metric];
    size_t cell = metric_cell(row, labels);
    int64_t total = 0;

    if (row->type != METRIC_HISTOGRAM)
        return sum(cell);
    for (size_t i = 0; i <= METRIC_BUCKET_COUNT; i++)
        total += sum(cell + i);
    return total;
}

/* --- the text -------------------------------------------------------------------------------- */

static void write_name(struct text *text, const struct metric_row *row, const char *suffix)
{
    text_addf(text, METRIC_PREFIX "%s%s", row->name, suffix);
}

/* `le` is a histogram's own label; NULL: none. */
static void write_labels(struct text *text, const struct metric_row *row,
                         struct metric_labels labels, const char *le)
{
    const char *separator = "{";

    for (size_t i = 0; i < METRIC_MAX_LABELS && row->labels[i]; i++) {
        text_addf(text, "%s%s=\"%s\"", separator, row->labels[i]->name,
                  row->labels[i]->value(labels.at[i]));
        separator = ",";
    }
    if (le) {
        text_addf(text, "%sle=\"%s\"", separator, le);
        separator = ",";
    }
    text_add(text, *separator == ',' ? "} " : " ");
}

static void write_value(struct text *text, enum metric_unit unit, int64_t value)
{
    if (unit == UNIT_NANOSECONDS)
        text_addf(text, "%lld.%09lld\n", (long long)(value / 1000000000),
                  (long long)(value % 1000000000));
    else
        text_addf(text, "%lld\n", (long long)value);
}

static void write_series(struct text *text, const struct metric_row *row,
                         struct metric_labels labels)
{
    int64_t value = sum(metric_cell(row, labels));

    if (value == 0 && row->is_expected && !row->is_expected(labels))
        return;
    write_name(text, row, "");
    write_labels(text, row, labels, NULL);
    write_value(text, row->unit, value);
}

/* Each bucket is read once, so that they and their count agree whoever counts meanwhile. */
static void write_histogram(struct text *text, const struct metric_row *row,
                            struct metric_labels labels)
{
    size_t cell = metric_cell(row, labels);
    int64_t count = 0;

    for (size_t i = 0; i <= METRIC_BUCKET_COUNT; i++) {
        count += sum(cell + i);
        write_name(text, row, "_bucket");
        write_labels(text, row, labels, i < METRIC_BUCKET_COUNT ? metric_buckets[i].shown : "+Inf");
        write_value(text, UNIT_ONE, count);
    }
    write_name(text, row, "_sum");
    write_labels(text, row, labels, NULL);
    write_value(text, row->unit, sum(cell + METRIC_BUCKET_COUNT + 1));
    write_name(text, row, "_count");
    write_labels(text, row, labels, NULL);
    write_value(text, UNIT_ONE, count);
}

static void write_metric(struct text *text, const struct metric_row *row)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter",
        [METRIC_GAUGE] = "gauge",
        [METRIC_HISTOGRAM] = "histogram",
    };

    text_addf(text, "# HELP " METRIC_PREFIX "%s %s\n# TYPE " METRIC_PREFIX "%s %s\n", row->name,
              row->help, row->name, types[row->type]);
    for (size_t i = 0; i < metric_series_count(row); i++)
        (row->type == METRIC_HISTOGRAM ? write_histogram
                                       : write_series)(text, row, metric_series_labels(row, i));
}

void metrics_write(struct text *text)
{
    for (size_t i = 0; i < METRIC_COUNT; i++)
        write_metric(text, &metric_table[i]);
    build_info_write(text);
}
