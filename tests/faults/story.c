/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/story.h"

#include "tests/faults/ending.h"
#include "tests/faults/questions.h"

#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_MS 10
/* How long it may take to end once it has closed its socket. */
#define ENDING_MS 2000
/* Each look takes a handshake. */
#define USE_POLL_MS 30
/* After one fault of an allocation in start of so many, files are replaced as well. */
#define RELOAD_EACH 16

bool story_fail(struct story *story, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(story->problem, sizeof story->problem, format, args);
    va_end(args);
    return false;
}

bool story_is_well(const struct story *story)
{
    return story->problem[0] == '\0';
}

long story_number(const struct fault *fault)
{
    if (!fault->numbers)
        return fault->index + 1;
    return fault->index < fault->count ? fault->numbers[fault->index] : LONG_MAX;
}

/* --- what is waited for ------------------------------------------------------------------------
 */

static bool accepts(const struct victim *victim)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    bool connected = false;
    int fd;

    if (getaddrinfo(victim->host, victim->target.port, &hints, &found) != 0)
        return false;
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        connected = connect(fd, found->ai_addr, found->ai_addrlen) == 0;
        close(fd);
    }
    freeaddrinfo(found);
    return connected;
}

/* It ended before it was told to: by itself, and it said why? */
static bool ended_well(struct story *story, int code)
{
    story->end_code = code;
    if (code != 1)
        return story_fail(story, "ended with code %d", code);
    return victim_log_count(&story->victim, "\n") > 0 ||
           story_fail(story, "ended without a message");
}

/* True: it accepts connections, or has ended (`*ret_ended`) as it should. */
static bool await_start(struct story *story, bool *ret_ended)
{
    int code;

    for (int waited = 0; waited < VICTIM_PATIENCE_MS; waited += POLL_MS) {
        *ret_ended = victim_await_end(&story->victim, 0, &code);
        if (*ret_ended)
            return ended_well(story, code);
        if (accepts(&story->victim))
            return true;
        poll(NULL, 0, POLL_MS);
    }
    return story_fail(story, "neither came up nor ended");
}

/* A list that is not known yet is read again later. */
static bool await_list(struct story *story)
{
    for (int waited = 0; waited < VICTIM_PATIENCE_MS; waited += POLL_MS) {
        if (questions_expect(story))
            return true;
        if (strcmp(story->problem, "no answer: status 503") != 0)
            return false;
        story->problem[0] = '\0';
        poll(NULL, 0, POLL_MS);
    }
    return story_fail(story, "%s", STORY_LIST_UNKNOWN);
}

/* A fault costs an answer, or those on one connection; the next must come. */
static bool forgive_one(struct story *story)
{
    bool forgiven = strncmp(story->problem, "no answer: ", strlen("no answer: ")) == 0;

    if (forgiven)
        story->problem[0] = '\0';
    return forgiven;
}

/*
 * The first answers. The connection that only looked whether it is there may have been hit, or the
 * one that is made here; or what comes after the socket, and it has ended.
 */
static bool await_answers(struct story *story, bool *ret_ended)
{
    int code;

    if (await_list(story) || (forgive_one(story) && await_list(story)))
        return true;
    *ret_ended = victim_await_end(&story->victim, ENDING_MS, &code);
    if (!*ret_ended)
        return false;
    story->problem[0] = '\0';
    return ended_well(story, code);
}

/* By itself: nothing changes any more, so it must be the retry that does it. */
static bool await_use(struct story *story)
{
    for (int waited = 0; waited < VICTIM_PATIENCE_MS && story_is_well(story);
         waited += USE_POLL_MS) {
        if (questions_use_files(story))
            return true;
        poll(NULL, 0, USE_POLL_MS);
    }
    return story_is_well(story) ? story_fail(story, "what was replaced is never used") : false;
}

/* Until the fault has come, or what it should hit is over. */
static bool await_fault(struct story *story, const char *over, unsigned count)
{
    for (int waited = 0; waited < VICTIM_PATIENCE_MS; waited += POLL_MS) {
        if (atomic_load(&story->victim.control->hit) ||
            victim_log_count(&story->victim, over) > count)
            return true;
        poll(NULL, 0, POLL_MS);
    }
    return story_fail(story, "what was replaced was not noticed");
}

static bool await_watch(struct story *story, unsigned count)
{
    for (int waited = 0; waited < VICTIM_PATIENCE_MS; waited += POLL_MS) {
        if (atomic_load(&story->victim.control->hit) ||
            fake_cluster_count(story->victim.cluster, FAKE_WATCH) > count)
            return true;
        poll(NULL, 0, POLL_MS);
    }
    return story_fail(story, "the cluster is not watched again");
}

/* --- the phases --------------------------------------------------------------------------------
 */

static void arm(struct story *story)
{
    control_arm(story->victim.control, story_number(&story->fault), story->fault.plan->forever);
}

static bool reload(struct story *story)
{
    for (int i = 0; i < PART_COUNT; i++) {
        if (victim_has(&story->victim, (enum part)i))
            victim_replace(&story->victim, (enum part)i);
    }
    return await_use(story) && questions_expect(story);
}

static bool stop(struct story *story)
{
    int code;

    victim_tell_to_stop(&story->victim);
    if (!victim_await_end(&story->victim, VICTIM_PATIENCE_MS, &code))
        return story_fail(story, "did not stop when told to");
    return code == 0 || story_fail(story, "ended with code %d when told to stop", code);
}

/* A fault of an allocation that the start survived is followed by a reload now and then only. */
static bool start_with_fault(struct story *story, struct tally *tally)
{
    bool ended;

    arm(story);
    victim_start(&story->victim);
    if (!await_start(story, &ended) || (!ended && !await_answers(story, &ended)))
        return false;
    if (ended) {
        tally->ended++;
        return true;
    }
    control_disarm(story->victim.control);
    if (atomic_load(&story->victim.control->hit))
        tally->served++;
    else if (!story->fault.numbers)
        tally->over = true;
    return (!story->fault.plan->is_call && story->fault.index % RELOAD_EACH != 0) ||
           (reload(story) && stop(story));
}

static bool start_well(struct story *story)
{
    bool ended;

    victim_start(&story->victim);
    return await_start(story, &ended) && (ended || await_answers(story, &ended)) &&
           (!ended || story_fail(story, "ended without a fault"));
}

/* While all allocations fail, reviews come too. A cluster's list is read for them in any case. */
static bool go_on_with_fault(struct story *story)
{
    bool forever = story->fault.plan->forever && atomic_load(&story->victim.control->hit);

    if (forever || story->victim.cluster)
        questions_ask(story);
    return story_is_well(story);
}

static bool reload_with_fault(struct story *story)
{
    static const struct {
        enum part part;
        const char *done;
    } reloads[] = {
        [PHASE_CERTIFICATE] = {PART_PAIR, "certificate loaded"},
        [PHASE_LIST] = {PART_LIST, "permitted list loaded"},
        [PHASE_CLIENT_CA] = {PART_CLIENT_CA, "client CA loaded"},
    };
    enum phase phase = story->fault.plan->phase;
    unsigned count = victim_log_count(&story->victim, reloads[phase].done);

    arm(story);
    victim_replace(&story->victim, reloads[phase].part);
    return await_fault(story, reloads[phase].done, count) && go_on_with_fault(story);
}

static bool follow_with_fault(struct story *story)
{
    unsigned lists = victim_log_count(&story->victim, "permitted list loaded");
    unsigned watches = fake_cluster_count(story->victim.cluster, FAKE_WATCH);

    arm(story);
    fake_cluster_cut(story->victim.cluster);
    victim_replace(&story->victim, PART_LIST);
    return await_fault(story, "permitted list loaded", lists) && await_watch(story, watches) &&
           go_on_with_fault(story);
}

static bool review_with_fault(struct story *story)
{
    arm(story);
    questions_ask(story);
    return story_is_well(story);
}

static bool scrape_with_fault(struct story *story)
{
    arm(story);
    return questions_scrape(story, false);
}

static bool expect_metrics(struct story *story)
{
    return questions_scrape(story, true);
}

/* What is played with a fault, and what must hold afterwards beside right answers. */
static const struct {
    bool (*play)(struct story *story);
    bool (*expect)(struct story *story);
} acts[] = {
    [PHASE_CERTIFICATE] = {reload_with_fault, await_use},
    [PHASE_LIST] = {reload_with_fault, await_use},
    [PHASE_CLIENT_CA] = {reload_with_fault, await_use},
    [PHASE_WATCH] = {follow_with_fault, await_use},
    [PHASE_REVIEW] = {review_with_fault, NULL},
    [PHASE_SCRAPE] = {scrape_with_fault, expect_metrics},
};

static bool play_one(struct story *story)
{
    enum phase phase = story->fault.plan->phase;

    if (!acts[phase].play(story))
        return false;
    control_disarm(story->victim.control);
    return questions_expect(story) && (!acts[phase].expect || acts[phase].expect(story));
}

/* One server takes a fault after another: each must leave it as good as before. */
static bool run_series(struct story *story, long count, struct tally *tally)
{
    if (!start_well(story))
        return false;
    for (long i = 0; i < count; i++) {
        if (!play_one(story))
            return false;
        if (atomic_load(&story->victim.control->hit)) {
            tally->served++;
        } else if (!story->fault.numbers) {
            tally->over = true;
            break;
        }
        story->fault.index += story->fault.every;
    }
    return stop(story);
}

/* --- servers -----------------------------------------------------------------------------------
 */

static bool is_start(const struct fault *fault)
{
    return fault->plan->phase == PHASE_START;
}

/* Returns how many faults it took. */
static long run_server(const struct fault *fault, long count, const struct generations *files,
                       struct tally *tally)
{
    struct story story = {.fault = *fault, .end_code = -1};
    bool well;

    victim_make(&story.victim, files, fault->plan->setting, fault->index, fault->plan->is_call);
    well = is_start(fault) ? start_with_fault(&story, tally) : run_series(&story, count, tally);
    if (!well)
        ending_judge(&story, tally);
    victim_remove(&story.victim);
    return (story.fault.index - fault->index) / fault->every + (well ? 0 : 1);
}

void story_run(const struct fault *fault, long count, const struct generations *files,
               struct tally *tally)
{
    struct fault next = *fault;
    unsigned failed = tally->failed;

    while (count > 0 && !tally->over && tally->failed == failed) {
        long taken = is_start(fault) ? (run_server(&next, 1, files, tally), 1)
                                     : run_server(&next, count, files, tally);

        count -= taken;
        next.index += taken * fault->every;
    }
}

bool story_record(const struct plan *plan, const struct generations *files,
                  int ret_places[CONTROL_MAX_PLACES], long *ret_count)
{
    static const int none[1] = {INT_MAX};
    const struct fault fault = {.plan = plan, .every = 1, .numbers = none, .count = 1};
    struct story story = {.fault = fault, .end_code = -1};
    struct tally tally = {.served = 0};
    bool well;

    victim_make(&story.victim, files, plan->setting, 0, false);
    atomic_store(&story.victim.control->records, true);
    well = is_start(&fault) ? start_with_fault(&story, &tally) : run_series(&story, 1, &tally);
    *ret_count = atomic_load(&story.victim.control->place_count);
    memcpy(ret_places, story.victim.control->places, (size_t)*ret_count * sizeof *ret_places);
    if (!well)
        ending_report(&story);
    victim_remove(&story.victim);
    return well;
}
