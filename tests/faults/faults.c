/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation and each system call of a start, of a reload and of what is asked fails, one at a
 * time: with a list that is a file, with one of a cluster, and with a client CA. story.c says what
 * must come of it; control.h, which allocations there are.
 *
 *   faults full         all plans
 *   faults quick        each seventh call
 *   faults each         also each allocation of a loop, which takes an hour
 *   faults PLAN         one plan
 *   faults PLAN NUMBER  one fault; shows in the log where an allocation failed
 */
#include "tests/faults/story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Cases at a time: each waits most of the time, and has some 20 MiB. */
#define CASES_PER_CORE 16
#define MAX_CASES 64U
/* Faults that one server takes: so many that it need not be started often. */
#define SERIES 10
/* A plan that fails so often says nothing more. */
#define MAX_FAILURES 10
/* More calls than any phase has: a plan that comes here does not end. */
#define MAX_CALLS 200000

/* From one call on all fail: the next number differs little, so these are tried in steps. */
#define FROM_EVERY 3
/* To follow a cluster anew takes thousands. */
#define WATCH_EVERY 3
#define WATCH_FROM_EVERY 9
/* Most of a start is the same in each setting, and tried with the first. */
#define START_EVERY 9
#define START_CALLS_EVERY 3
#define QUICK_EVERY 7

static const struct plan plans[] = {
    {"allocations-of-start", SETTING_FILE, PHASE_START, false, false, 1},
    {"allocations-of-certificate-reload", SETTING_FILE, PHASE_CERTIFICATE, false, false, 1},
    {"allocations-from-one-of-certificate-reload", SETTING_FILE, PHASE_CERTIFICATE, false, true,
     FROM_EVERY},
    {"allocations-of-list-reload", SETTING_FILE, PHASE_LIST, false, false, 1},
    {"allocations-from-one-of-list-reload", SETTING_FILE, PHASE_LIST, false, true, 1},
    {"allocations-of-reviews", SETTING_FILE, PHASE_REVIEW, false, false, 1},
    {"allocations-from-one-of-reviews", SETTING_FILE, PHASE_REVIEW, false, true, 1},
    {"allocations-of-scrape", SETTING_FILE, PHASE_SCRAPE, false, false, 1},
    {"allocations-from-one-of-scrape", SETTING_FILE, PHASE_SCRAPE, false, true, 1},
    {"system-calls-of-start", SETTING_FILE, PHASE_START, true, false, 1},
    {"system-calls-of-certificate-reload", SETTING_FILE, PHASE_CERTIFICATE, true, false, 1},
    {"system-calls-of-list-reload", SETTING_FILE, PHASE_LIST, true, false, 1},
    {"system-calls-of-reviews", SETTING_FILE, PHASE_REVIEW, true, false, 1},
    {"system-calls-of-scrape", SETTING_FILE, PHASE_SCRAPE, true, false, 1},

    {"allocations-of-cluster-start", SETTING_CLUSTER, PHASE_START, false, false, START_EVERY},
    {"allocations-of-cluster-refresh", SETTING_CLUSTER, PHASE_LIST, false, false, 1},
    {"allocations-from-one-of-cluster-refresh", SETTING_CLUSTER, PHASE_LIST, false, true,
     FROM_EVERY},
    {"allocations-of-cluster-watch", SETTING_CLUSTER, PHASE_WATCH, false, false, WATCH_EVERY},
    {"allocations-from-one-of-cluster-watch", SETTING_CLUSTER, PHASE_WATCH, false, true,
     WATCH_FROM_EVERY},
    {"system-calls-of-cluster-start", SETTING_CLUSTER, PHASE_START, true, false, START_CALLS_EVERY},
    {"system-calls-of-cluster-refresh", SETTING_CLUSTER, PHASE_LIST, true, false, 1},
    {"system-calls-of-cluster-watch", SETTING_CLUSTER, PHASE_WATCH, true, false, 1},

    {"allocations-of-client-ca-start", SETTING_CLIENTS, PHASE_START, false, false, START_EVERY},
    {"allocations-of-client-ca-reload", SETTING_CLIENTS, PHASE_CLIENT_CA, false, false, 1},
    {"allocations-from-one-of-client-ca-reload", SETTING_CLIENTS, PHASE_CLIENT_CA, false, true,
     FROM_EVERY},
    {"allocations-of-mutual-tls-reviews", SETTING_CLIENTS, PHASE_REVIEW, false, false, 1},
    {"allocations-from-one-of-mutual-tls-reviews", SETTING_CLIENTS, PHASE_REVIEW, false, true,
     FROM_EVERY},
    {"system-calls-of-client-ca-start", SETTING_CLIENTS, PHASE_START, true, false,
     START_CALLS_EVERY},
    {"system-calls-of-client-ca-reload", SETTING_CLIENTS, PHASE_CLIENT_CA, true, false, 1},
    {"system-calls-of-mutual-tls-reviews", SETTING_CLIENTS, PHASE_REVIEW, true, false, 1},
};
#define PLAN_COUNT (sizeof plans / sizeof plans[0])

static unsigned case_limit(void)
{
    long limit = sysconf(_SC_NPROCESSORS_ONLN) * CASES_PER_CORE;

    return limit > (long)MAX_CASES ? MAX_CASES : (unsigned)limit;
}

static void start_case(const struct fault *fault, long count, const struct generations *files,
                       struct tally *tally)
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        story_run(fault, count, files, tally);
        fflush(stdout);
        _exit(0);
    }
    if (pid < 0) {
        perror("fork");
        exit(2);
    }
}

static void end_case(struct tally *tally)
{
    int status;

    if (wait(&status) > 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        tally->failed++;
}

/* False: there is nothing (more) to try, or no point in it. */
static bool goes_on(const struct fault *fault, const struct tally *tally)
{
    long end = fault->numbers ? fault->count : MAX_CALLS;

    return !tally->over && tally->failed < MAX_FAILURES && fault->index < end;
}

static void run_cases(struct fault fault, const struct generations *files, struct tally *tally)
{
    long count = fault.plan->phase == PHASE_START ? 1 : SERIES;
    unsigned running = 0;

    while (goes_on(&fault, tally)) {
        if (running == case_limit()) {
            end_case(tally);
            running--;
        }
        start_case(&fault, count, files, tally);
        running++;
        fault.index += count * fault.every;
    }
    for (; running > 0; running--)
        end_case(tally);
}

static bool run_plan(const struct plan *plan, long every, bool each,
                     const struct generations *files, struct tally *tally)
{
    static int places[CONTROL_MAX_PLACES];
    struct fault fault = {.plan = plan, .every = plan->every * every};
    bool well;

    memset(tally, 0, sizeof *tally);
    if (!plan->is_call && !each) {
        fault.numbers = places;
        if (!story_record(plan, files, places, &fault.count))
            return false;
    }
    run_cases(fault, files, tally);
    /* A plan without a single fault tried nothing; one that mostly ends has another fault. */
    well = tally->failed == 0 && (fault.numbers || tally->over) && tally->served > tally->ended;
    printf("%s  %-44s %6u served on, %5u ended with a message, %4u known, %u failed\n",
           well ? "ok    " : "FAILED", plan->name, tally->served, tally->ended, tally->known,
           tally->failed);
    fflush(stdout);
    return well;
}

static int run_one(const char *name, long number, const struct generations *files,
                   struct tally *tally)
{
    setenv(CONTROL_SHOW, "1", 1);
    for (size_t i = 0; i < PLAN_COUNT; i++) {
        const struct fault fault = {.plan = &plans[i], .every = 1, .index = number - 1};

        if (strcmp(plans[i].name, name) != 0)
            continue;
        story_run(&fault, 1, files, tally);
        puts(tally->failed  ? "failed"
             : tally->known ? "known"
             : tally->ended ? "ended"
             : tally->over  ? "over"
                            : "served");
        return tally->failed > 0;
    }
    fprintf(stderr, "there is no plan %s\n", name);
    return 2;
}

static int run_all(const char *what, const struct generations *files, struct tally *tally)
{
    long every = strcmp(what, "quick") == 0 ? QUICK_EVERY : 1;
    bool each = strcmp(what, "each") == 0;
    bool well = true;

    bool one = every == 1 && !each && strcmp(what, "full") != 0;
    unsigned run = 0;

    for (size_t i = 0; i < PLAN_COUNT; i++) {
        if (one && strcmp(plans[i].name, what) != 0)
            continue;
        well = run_plan(&plans[i], every, each, files, tally) && well;
        run++;
    }
    return well && run > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct tally *tally =
        mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct generations files;
    int code;

    if (tally == MAP_FAILED || argc < 2)
        return 2;
    generations_make(&files);
    code = argc == 3 ? run_one(argv[1], strtol(argv[2], NULL, 10), &files, tally)
                     : run_all(argv[1], &files, tally);
    generations_remove(&files);
    return code;
}
