/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each round runs each candidate for some milliseconds, beginning with another one each time, so
 * that what else the machine does falls on all of them. It is the thread's own processor time that
 * counts, which waiting for a processor is no part of.
 */
#include "tests/bench/parsers/timing.h"

#include "tests/bench/parsers/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLE_NANOSECONDS 1500000.0

struct run {
    const struct candidate *candidate;
    void *state;
    unsigned laps;   /* over all texts, in a sample */
    double *samples; /* microseconds a parse, one a round */
};

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double time_laps(const struct run *run, const struct texts *texts, unsigned laps)
{
    static struct review review;
    const double start = now();

    for (unsigned lap = 0; lap < laps; lap++) {
        for (size_t i = 0; i < texts->count; i++) {
            review_begin(&review);
            (void)run->candidate->read(run->state, texts->all[i].bytes, texts->all[i].len, &review);
        }
    }
    return now() - start;
}

static size_t peak_of(const struct candidate *candidate, const struct texts *texts)
{
    static struct review review;
    const struct padded_text *largest = &texts->all[0];
    size_t peak;
    void *state;

    for (size_t i = 1; i < texts->count; i++) {
        if (texts->all[i].len > largest->len)
            largest = &texts->all[i];
    }
    review_begin(&review);
    heap_count_from_here();
    state = candidate->open ? candidate->open() : NULL;
    (void)candidate->read(state, largest->bytes, largest->len, &review);
    peak = heap_count_peak();
    if (candidate->close)
        candidate->close(state);
    return peak;
}

/* --- medians ---------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const double difference = *(const double *)a - *(const double *)b;

    return difference < 0 ? -1 : difference > 0;
}

/* Sorts them. */
static double median_of(double *samples, unsigned count)
{
    qsort(samples, count, sizeof samples[0], compare);
    return (samples[(count - 1) / 2] + samples[count / 2]) / 2;
}

/* In the samples' order, so before any of them is sorted. */
static void compare_rounds(const struct run *runs, size_t count, unsigned rounds, double *ratios,
                           struct timing *timings)
{
    for (size_t i = 0; i < count; i++) {
        for (unsigned round = 0; round < rounds; round++)
            ratios[round] = runs[i].samples[round] / runs[0].samples[round];
        timings[i].ratio = median_of(ratios, rounds);
    }
}

static void summarize(struct run *runs, size_t count, unsigned rounds, struct timing *timings)
{
    double *ratios = calloc(rounds, sizeof ratios[0]);

    if (!ratios)
        abort();
    compare_rounds(runs, count, rounds, ratios, timings);
    free(ratios);
    for (size_t i = 0; i < count; i++) {
        double *samples = runs[i].samples;

        timings[i].median = median_of(samples, rounds);
        timings[i].spread =
            (samples[rounds - 1 - rounds / 10] - samples[rounds / 10]) / 2 / timings[i].median;
    }
}

/* --- runs ------------------------------------------------------------------------------------- */

static void begin(struct run *run, const struct candidate *candidate, const struct texts *texts,
                  unsigned rounds)
{
    double once;

    run->candidate = candidate;
    run->state = candidate->open ? candidate->open() : NULL;
    run->samples = calloc(rounds, sizeof run->samples[0]);
    if (!run->samples)
        abort();
    (void)time_laps(run, texts, 1);
    once = time_laps(run, texts, 1);
    run->laps = once < SAMPLE_NANOSECONDS ? (unsigned)(SAMPLE_NANOSECONDS / once) + 1 : 1;
}

static void end(struct run *run)
{
    if (run->candidate->close)
        run->candidate->close(run->state);
    free(run->samples);
}

void timing_measure(const struct candidate *const *candidates, size_t count,
                    const struct texts *texts, unsigned rounds, struct timing *timings)
{
    struct run *runs = calloc(count, sizeof runs[0]);

    if (!runs)
        abort();
    for (size_t i = 0; i < count; i++) {
        timings[i].peak_bytes = peak_of(candidates[i], texts);
        begin(&runs[i], candidates[i], texts, rounds);
    }
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            struct run *run = &runs[(i + round) % count];

            run->samples[round] = time_laps(run, texts, run->laps) / 1000.0 / (double)run->laps /
                                  (double)texts->count;
        }
    }
    summarize(runs, count, rounds, timings);
    for (size_t i = 0; i < count; i++)
        end(&runs[i]);
    free(runs);
}
