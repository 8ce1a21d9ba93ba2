/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/soak/served.h"

#include "server/monotonic.h"
#include "tests/soak/bodies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What the least memory may differ by between the second quarter and the last: the allocator's own
 * ups and downs. A leak of 100 bytes a request would be tens of MiB after ten minutes.
 */
#define GROWTH_KIB 24576L

/* In less time memory is still on its way to what the traffic takes. */
#define JUDGED_SECONDS 300

/* How long connections of clients that have gone may take to end. */
#define QUIET_MS 40000

/* How long a server may take to be ready, be it sanitized and the machine busy. */
#define READY_MS 60000
#define POLL_MS 100

static _Noreturn void die(struct served *served, const char *what)
{
    fprintf(stderr, "%s\nsoak: %s: %s\n", server_log(&served->process), served->name, what);
    exit(1);
}

/* --- starting -------------------------------------------------------------------------------- */

void served_start(struct served *served, const char *const *arguments, const char *ca_file)
{
    served->resident = calloc(served->seconds, sizeof *served->resident);
    if (!served->resident)
        abort();
    server_start(&served->process, arguments);
    served->traffic.target = (struct tls_target){
        .host = served->process.host,
        .port = served->process.port,
        .ca_file = ca_file,
        .server_name = "localhost",
    };
}

static struct tls_target probes_of(const struct served *served)
{
    return (struct tls_target){.host = served->process.host, .port = served->process.probe_port};
}

static bool is_ready(const struct served *served)
{
    const struct tls_target probes = probes_of(served);
    struct http_response response = {.status = 0};
    bool ready =
        http_fetch(&probes, "GET", "/readyz", NULL, 0, &response) && response.status == 200;

    http_response_free(&response);
    return ready;
}

static struct usage look(struct served *served)
{
    struct usage usage;

    if (!usage_read(served->process.pid, &usage))
        die(served, "the server is gone");
    return usage;
}

/* A denial has it open all the connections to a cluster that it keeps. */
void served_await(struct served *served)
{
    long long until_ms = monotonic_ms() + READY_MS;

    while (!is_ready(served) && monotonic_ms() < until_ms)
        monotonic_sleep(POLL_MS);
    if (!traffic_ask(&served->traffic, BODY_MISSPELT, "\"allowed\":false"))
        die(served, "the server does not answer");
    monotonic_sleep(1000);
    served->before = look(served);
}

/* --- while it serves ------------------------------------------------------------------------- */

/* As a Prometheus does, though more often. */
static void scrape(struct served *served)
{
    const struct tls_target probes = probes_of(served);
    struct http_response response;

    if (!http_fetch(&probes, "GET", "/metrics", NULL, 0, &response) || response.status != 200)
        die(served, "no metrics");
    free(served->metrics);
    served->metrics = response.body;
    response.body = NULL;
    http_response_free(&response);
}

void served_look(struct served *served, size_t second)
{
    server_log(&served->process);
    scrape(served);
    served->resident[second] = look(served).resident_kib;
}

unsigned long served_metric(const struct served *served, const char *name)
{
    const char *at = served->metrics ? strstr(served->metrics, name) : NULL;

    return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

void served_report(struct served *served)
{
    struct usage usage = look(served);

    printf("  %-8s %7ld KiB  %4ld files  %3ld threads  %lu wrong\n", served->name,
           usage.resident_kib, usage.files, usage.threads, atomic_load(&served->traffic.wrong));
    fflush(stdout);
}

/* --- the end --------------------------------------------------------------------------------- */

/* What became of connections and requests that did not end well. */
static void report_metrics(const struct served *served)
{
    static const char *const names[] = {"connection_timeouts", "rejected_requests", "tls_handshake",
                                        "log_lines_dropped",   "watch_restarts",    "list_reads"};
    char *rest = NULL;

    for (char *line = strtok_r(served->metrics, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (line[0] != '#' && strstr(line, names[i]) && strcmp(strrchr(line, ' '), " 0") != 0)
                printf("  %s\n", line);
        }
    }
}

/* What is held all the time shows when least is held: requests of megabytes come and go. */
static long least(const long *values, size_t from, size_t to)
{
    long found = values[from];

    for (size_t i = from; i < to; i++)
        found = values[i] < found ? values[i] : found;
    return found;
}

static bool is_flat(const struct served *served)
{
    size_t n = served->seconds;
    long early = least(served->resident, n / 4, n / 2);
    long late = least(served->resident, n - n / 4, n);

    printf("  least memory: %ld KiB in the second quarter, %ld KiB in the last\n", early, late);
    if (n < JUDGED_SECONDS)
        printf("  too short a run to judge memory by: %d seconds at least\n", JUDGED_SECONDS);
    return n < JUDGED_SECONDS || late <= early + GROWTH_KIB;
}

/* As many descriptors and threads as before the first client, once the last has gone. */
static bool is_back(struct served *served)
{
    const struct usage *before = &served->before;
    long long until_ms = monotonic_ms() + QUIET_MS;
    struct usage after = look(served);

    while ((after.files > before->files || after.threads > before->threads) &&
           monotonic_ms() < until_ms) {
        monotonic_sleep(500);
        after = look(served);
    }
    printf("  files: %ld before, %ld after; threads: %ld, %ld\n", before->files, after.files,
           before->threads, after.threads);
    return after.files <= before->files && after.threads <= before->threads;
}

bool served_judge(struct served *served)
{
    bool good = atomic_load(&served->traffic.wrong) == 0;

    printf("%s: ", served->name);
    traffic_report(&served->traffic, stdout);
    report_metrics(served);
    good = is_flat(served) && good;
    return is_back(served) && good;
}

void served_stop(struct served *served)
{
    server_stop(&served->process);
    server_clean_up(&served->process);
    free(served->resident);
    free(served->metrics);
}
