/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics' table, counting by many threads, and the text in which they are shown. */
#include "server/metrics/build_info.h"
#include "server/metrics/metric_table.h"
#include "server/metrics/process_figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 8
#define ROUNDS 20000

/* --- lack of memory -------------------------------------------------------------------------- */

static atomic_bool no_memory;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return atomic_load(&no_memory) ? NULL : __real_aligned_alloc(alignment, size);
}

/* --- the table ------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
    return str_ends_with(str_from(name), str_from(end));
}

/* What promtool calls a good name. */
static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &metric_table[i];

        assert_non_null(row->name);
        assert_true(str_ends_with(str_from(row->help), STR(".")));
        assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(row->name));
        assert_int_equal(ends_with(row->name, "_total"), row->type == METRIC_COUNTER);
        assert_true(row->type != METRIC_HISTOGRAM || ends_with(row->name, "_seconds"));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(row->name, metric_table[j].name);
    }
}

static void test_values_of_labels(void **state)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    (void)state;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        for (size_t j = 0; j < METRIC_MAX_LABELS && metric_table[i].labels[j]; j++) {
            const struct label *label = metric_table[i].labels[j];

            for (unsigned k = 0; k < label->count; k++) {
                assert_non_null(label->value(k));
                assert_int_equal(strspn(label->value(k), good), strlen(label->value(k)));
                for (unsigned l = 0; l < k; l++)
                    assert_string_not_equal(label->value(k), label->value(l));
            }
        }
    }
}

/* Each series has cells of its own, and its labels lead back to them. */
static void test_cells(void **state)
{
    size_t next = 0;

    (void)state;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &metric_table[i];
        size_t each = row->type == METRIC_HISTOGRAM ? METRIC_HISTOGRAM_CELLS : 1;
        size_t count = metric_series_count(row);

        assert_int_equal(row->first, next);
        for (size_t j = 0; j < count; j++, next += each)
            assert_int_equal(metric_cell(row, metric_series_labels(row, j)), next);
    }
    assert_int_equal(next, metric_cells);
}

/* Kinds are counted by their id: each has one name, and each name one id. */
static void test_kinds(void **state)
{
    bool seen[KIND_ID_COUNT] = {false};
    size_t count;
    const struct kind *kinds = kind_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        seen[kinds[i].id] = true;
        for (size_t j = 0; j < i; j++)
            assert_int_equal(kinds[i].id == kinds[j].id, strcmp(kinds[i].kind, kinds[j].kind) == 0);
    }
    for (size_t i = 0; i < KIND_ID_COUNT; i++)
        assert_true(seen[i]);
}

/* --- counting -------------------------------------------------------------------------------- */

static void *count_much(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        metrics_count(METRIC_REJECTED_REQUESTS, METRIC_LABELS(REJECTION_TARGET));
        metrics_add(METRIC_CONNECTIONS, METRIC_LABELS(LABEL_LISTENER_HTTPS), i % 2 ? -1 : 1);
        metrics_observe(METRIC_REVIEW_DURATION, METRIC_LABELS(1), 1000);
    }
    metrics_count(METRIC_CONNECTIONS, METRIC_LABELS(LABEL_LISTENER_HTTPS));
    return NULL;
}

/* Returns how often `count_much` was run. */
static int64_t count_by_threads(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    /* What one thread has opened another one closes. */
    metrics_add(METRIC_CONNECTIONS, METRIC_LABELS(LABEL_LISTENER_HTTPS), -THREADS);
    return THREADS;
}

static void check_counts(int64_t runs, int64_t before, int64_t observed_before)
{
    assert_int_equal(metrics_get(METRIC_REJECTED_REQUESTS, METRIC_LABELS(REJECTION_TARGET)),
                     before + runs * ROUNDS);
    assert_int_equal(metrics_get(METRIC_REVIEW_DURATION, METRIC_LABELS(1)),
                     observed_before + runs * ROUNDS);
    assert_int_equal(metrics_get(METRIC_CONNECTIONS, METRIC_LABELS(LABEL_LISTENER_HTTPS)), 0);
}

static void test_threads(void **state)
{
    int64_t before = metrics_get(METRIC_REJECTED_REQUESTS, METRIC_LABELS(REJECTION_TARGET));
    int64_t observed = metrics_get(METRIC_REVIEW_DURATION, METRIC_LABELS(1));

    (void)state;
    check_counts(count_by_threads(), before, observed);
}

/* Threads that got no block share one, and nothing is lost. */
static void test_threads_without_memory(void **state)
{
    int64_t before = metrics_get(METRIC_REJECTED_REQUESTS, METRIC_LABELS(REJECTION_TARGET));
    int64_t observed = metrics_get(METRIC_REVIEW_DURATION, METRIC_LABELS(1));
    int64_t runs;

    (void)state;
    atomic_store(&no_memory, true);
    runs = count_by_threads();
    atomic_store(&no_memory, false);
    check_counts(runs, before, observed);
}

static void test_set(void **state)
{
    (void)state;
    metrics_set(METRIC_LIST_ENTRIES, METRIC_NO_LABELS, 7);
    metrics_set(METRIC_LIST_ENTRIES, METRIC_NO_LABELS, 3);
    assert_int_equal(metrics_get(METRIC_LIST_ENTRIES, METRIC_NO_LABELS), 3);
}

/* --- the text -------------------------------------------------------------------------------- */

static void expect(const char *lines)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(METRICS_TEXT_MAX);

    metrics_write(&text);
    assert_false(text.failed || text.truncated);
    if (!strstr(text_get(&text), lines))
        fail_msg("not found:\n%s\nin:\n%s", lines, text_get(&text));
}

static bool is_shown(const char *part)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(METRICS_TEXT_MAX);

    metrics_write(&text);
    return strstr(text_get(&text), part) != NULL;
}

static void test_text(void **state)
{
    (void)state;
    metrics_set(METRIC_LIST_AGE, METRIC_NO_LABELS, 12);
    expect("# HELP hostdev_webhook_permitted_list_age_seconds Time since the permitted list was "
           "last known to be that of its source.\n"
           "# TYPE hostdev_webhook_permitted_list_age_seconds gauge\n"
           "hostdev_webhook_permitted_list_age_seconds 12\n");
    metrics_add(METRIC_FINDINGS, METRIC_LABELS(RULE_NAME_FORMAT, SEVERITY_WARN), 5);
    expect("\nhostdev_webhook_findings_total{rule=\"name-format\",severity=\"warn\"} 5\n"
           "hostdev_webhook_findings_total{rule=\"name-format\",severity=\"deny\"} 0\n");
    metrics_set(METRIC_PROCESS_CPU, METRIC_NO_LABELS, 1050000000);
    expect("\nhostdev_webhook_process_cpu_seconds_total 1.050000000\n");
}

/* A bound belongs to its bucket, and each bucket holds those before it. */
static void test_histogram(void **state)
{
    static const int64_t durations[] = {0, 100000, 100001, 999999999, 1000000000, 1000000001};

    (void)state;
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
        metrics_observe(METRIC_REVIEW_DURATION, METRIC_LABELS(0), durations[i]);
#define BUCKET(le, count) \
    "hostdev_webhook_review_duration_seconds_bucket{path=\"validate\",le=\"" le "\"} " count "\n"
    expect(
        "# TYPE hostdev_webhook_review_duration_seconds histogram\n" BUCKET("0.0001", "2") BUCKET(
            "0.00025", "3") BUCKET("0.0005", "3") BUCKET("0.001", "3") BUCKET("0.0025", "3")
            BUCKET("0.005", "3") BUCKET("0.01", "3") BUCKET("0.025", "3") BUCKET("0.05", "3")
                BUCKET("0.1", "3") BUCKET("0.25", "3") BUCKET("0.5", "3") BUCKET("1", "5") BUCKET(
                    "+Inf",
                    "6") "hostdev_webhook_review_duration_seconds_sum{path=\"validate\"} "
                         "3.000200001\n"
                         "hostdev_webhook_review_duration_seconds_count{path=\"validate\"} 6\n");
#undef BUCKET
}

/* What can't happen, or is not known, has no row before it happens. */
static void test_rows_that_are_left_out(void **state)
{
    static const char other[] = "kind=\"other\",operation=\"DELETE\",verdict=\"allow\"} 1\n";
    static const char certificate[] =
        "hostdev_webhook_certificate_expiry_timestamp_seconds{certificate=\"client_ca\","
        "position=\"1\"}";

    (void)state;
    assert_false(is_shown("kind=\"other\""));
    assert_false(is_shown("reason=\"none\""));
    assert_false(is_shown("rule=\"devices-misplaced\",severity=\"deny\""));
    metrics_count(METRIC_REVIEWS, METRIC_LABELS(0, LABEL_KIND_OTHER, OPERATION_DELETE, 0));
    assert_true(is_shown(other));
    assert_true(is_shown("# TYPE hostdev_webhook_certificate_expiry_timestamp_seconds gauge\n"));
    assert_false(is_shown(certificate));
    metrics_set(METRIC_CERTIFICATE_EXPIRY, METRIC_LABELS(LABEL_CERTIFICATE_CLIENT_CA, 1),
                1800000000);
    assert_true(is_shown(certificate));
    metrics_set(METRIC_CERTIFICATE_EXPIRY, METRIC_LABELS(LABEL_CERTIFICATE_CLIENT_CA, 1), 0);
    assert_false(is_shown(certificate));
}

static void test_all_at_once_fits(void **state)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(METRICS_TEXT_MAX);

    (void)state;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        for (size_t j = 0; j < metric_series_count(&metric_table[i]); j++)
            metrics_add((enum metric)i, metric_series_labels(&metric_table[i], j), INT64_MAX / 2);
    }
    metrics_write(&text);
    assert_in_range(text.len, 1000, METRICS_TEXT_MAX / 2);
}

static void test_escapes(void **state)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(100);

    (void)state;
    build_info_add_value(&text, "1.0\n\"a\\b\"");
    assert_string_equal(text_get(&text), "1.0\\n\\\"a\\\\b\\\"");
}

static int64_t get(enum metric metric)
{
    return metrics_get(metric, METRIC_NO_LABELS);
}

/* A sanitizer may have one of its own. */
static unsigned count_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    unsigned count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2; /* . and .. */
}

static void test_process_figures(void **state)
{
    (void)state;
    process_figures_set();
    assert_in_range(get(METRIC_PROCESS_MEMORY), 1 << 20, 1ULL << 40);
    assert_in_range(get(METRIC_PROCESS_OPEN_FDS), 3, 1000);
    assert_true(get(METRIC_PROCESS_MAX_FDS) >= get(METRIC_PROCESS_OPEN_FDS));
    assert_int_equal(get(METRIC_PROCESS_THREADS), count_threads());
    assert_in_range(get(METRIC_PROCESS_START_TIME) / 1000000000, time(NULL) - 3600,
                    time(NULL) + 60);
    assert_in_range(get(METRIC_PROCESS_CPU), 0, 3600000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_values_of_labels),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_threads_without_memory),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_rows_that_are_left_out),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_process_figures),
        cmocka_unit_test(test_all_at_once_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
