/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/deadlines.h"

#include "server/metrics/metrics.h"
#include "server/monotonic.h"
#include "server/ticker.h"

#include <linux/tcp.h> /* netinet/tcp.h has not all of struct tcp_info */
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Room is made once less than this part of the connections is left: some end with a delay. */
#define CROWD_PART 8

/* How much later than due a connection may end. */
#define LOOK_INTERVAL_MS 250

struct deadlines {
    struct phase_limits limits;
    unsigned crowd; /* with more connections than that, room is made; 0: never */
    struct ticker *ticker;
    pthread_mutex_t lock; /* of the list, and of the sockets of those in it */
    struct deadline *newest, *oldest;
    unsigned count;
};

/* --- one connection -------------------------------------------------------------------------- */

/* In kernels since 4.1; 0 before. */
static unsigned long long received_bytes(int fd)
{
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t size = sizeof info;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_received;
}

static unsigned long long make_state(enum phase phase, unsigned long long due_ms)
{
    _Static_assert(PHASE_COUNT <= 8, "a phase takes three bits");

    return due_ms << 3 | (unsigned)phase;
}

static enum phase phase_of(unsigned long long state)
{
    return (enum phase)(state & 7);
}

static unsigned long long due_of(unsigned long long state)
{
    return state >> 3;
}

static unsigned long long state_from_now(const struct deadline *deadline, enum phase phase)
{
    unsigned long long limit_ms = deadline->deadlines->limits.seconds[phase] * 1000ULL;

    return make_state(phase, limit_ms > 0 ? (unsigned long long)monotonic_ms() + limit_ms : 0);
}

/* In place of the time: the connection was ended for being late. No clock gets there. */
#define DUE_OVER (~0ULL >> 3)

static unsigned long long get_state(struct deadline *deadline)
{
    return atomic_load_explicit(&deadline->state, memory_order_acquire);
}

void deadline_enter(struct deadline *deadline, enum phase phase)
{
    if (!deadline->deadlines)
        return;
    if (phase == PHASE_IDLE && deadline->counts_bytes)
        atomic_store_explicit(&deadline->idle_bytes, received_bytes(deadline->fd),
                              memory_order_relaxed);
    /* Who sees it sees the bytes that belong to it. */
    atomic_store_explicit(&deadline->state, state_from_now(deadline, phase), memory_order_release);
}

bool deadline_is_over(struct deadline *deadline)
{
    return due_of(get_state(deadline)) == DUE_OVER;
}

void deadline_note_bytes(struct deadline *deadline)
{
    if (phase_of(get_state(deadline)) == PHASE_IDLE)
        deadline_enter(deadline, PHASE_HEADER);
}

void deadline_note_use(struct deadline *deadline)
{
    atomic_store_explicit(&deadline->is_used, true, memory_order_relaxed);
}

/* What the metric calls a phase that can be over. */
static const enum timeout_phase timeouts[PHASE_COUNT] = {
    [PHASE_HANDSHAKE] = TIMEOUT_HANDSHAKE, [PHASE_IDLE] = TIMEOUT_IDLE,
    [PHASE_HEADER] = TIMEOUT_HEADER,       [PHASE_BODY] = TIMEOUT_BODY,
    [PHASE_REPLY] = TIMEOUT_REPLY,
};

/* --- ending one ------------------------------------------------------------------------------ */

/*
 * What was not sent yet is thrown away with the socket: a client that does not read would hold the
 * kernel's memory for as long as it likes.
 */
static void end(const struct deadline *deadline, enum phase phase)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    metrics_count(METRIC_CONNECTION_TIMEOUTS, METRIC_LABELS(timeouts[phase]));
    setsockopt(deadline->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    shutdown(deadline->fd, SHUT_RDWR);
}

/* States are exchanged: a connection that has just gone on to another phase is left alone. */
static bool end_in_state(struct deadline *deadline, unsigned long long state)
{
    enum phase phase = phase_of(state);

    if (!atomic_compare_exchange_strong(&deadline->state, &state, make_state(phase, DUE_OVER)))
        return false;
    end(deadline, phase);
    return true;
}

/* It has not asked anything, and is not about to. */
static bool is_dispensable(struct deadline *deadline, unsigned long long state)
{
    enum phase phase = phase_of(state);

    return !atomic_load_explicit(&deadline->is_used, memory_order_relaxed) &&
           due_of(state) != DUE_OVER &&
           (phase == PHASE_HANDSHAKE || phase == PHASE_IDLE || phase == PHASE_HEADER);
}

/* With the lock held. */
static void make_room(struct deadlines *deadlines)
{
    for (struct deadline *each = deadlines->oldest; each; each = each->newer) {
        unsigned long long state = get_state(each);

        if (is_dispensable(each, state) && end_in_state(each, state))
            return;
    }
}

/* --- the list -------------------------------------------------------------------------------- */

void deadline_watch(struct deadlines *deadlines, struct deadline *deadline, int fd,
                    enum phase phase, bool counts_bytes)
{
    deadline->deadlines = deadlines;
    deadline->fd = fd;
    deadline_enter(deadline, phase);
    deadline->counts_bytes = counts_bytes; /* from here on: what came before the accept counts */
    pthread_mutex_lock(&deadlines->lock);
    if (deadlines->crowd > 0 && deadlines->count >= deadlines->crowd)
        make_room(deadlines);
    deadline->older = deadlines->newest;
    if (deadline->older)
        deadline->older->newer = deadline;
    else
        deadlines->oldest = deadline;
    deadlines->newest = deadline;
    deadlines->count++;
    pthread_mutex_unlock(&deadlines->lock);
}

void deadline_forget(struct deadline *deadline)
{
    struct deadlines *deadlines = deadline->deadlines;

    if (!deadlines)
        return;
    pthread_mutex_lock(&deadlines->lock);
    if (deadline->older)
        deadline->older->newer = deadline->newer;
    else
        deadlines->oldest = deadline->newer;
    if (deadline->newer)
        deadline->newer->older = deadline->older;
    else
        deadlines->newest = deadline->older;
    deadlines->count--;
    pthread_mutex_unlock(&deadlines->lock);
    deadline->deadlines = NULL;
}

/* --- looking at all of them ------------------------------------------------------------------ */

/* Of an idle connection that began to send, the header's time counts from this look on. */
static void look_for_bytes(struct deadline *deadline, unsigned long long state)
{
    if (deadline->counts_bytes && phase_of(state) == PHASE_IDLE &&
        received_bytes(deadline->fd) !=
            atomic_load_explicit(&deadline->idle_bytes, memory_order_relaxed))
        atomic_compare_exchange_strong(&deadline->state, &state,
                                       state_from_now(deadline, PHASE_HEADER));
}

static void look_at(struct deadline *deadline, unsigned long long now)
{
    unsigned long long state = get_state(deadline);
    unsigned long long due = due_of(state);

    if (due == 0 || due > now)
        look_for_bytes(deadline, state);
    else
        end_in_state(deadline, state);
}

static void look(void *argument)
{
    struct deadlines *deadlines = argument;
    unsigned long long now = (unsigned long long)monotonic_ms();

    pthread_mutex_lock(&deadlines->lock);
    for (struct deadline *each = deadlines->oldest; each; each = each->newer)
        look_at(each, now);
    pthread_mutex_unlock(&deadlines->lock);
}

/* --- life ------------------------------------------------------------------------------------ */

struct deadlines *deadlines_start(const struct phase_limits *limits, unsigned most,
                                  struct error *err)
{
    struct deadlines *deadlines = calloc(1, sizeof *deadlines);

    if (!deadlines) {
        error_no_memory(err);
        return NULL;
    }
    deadlines->limits = *limits;
    deadlines->crowd = most - most / CROWD_PART;
    pthread_mutex_init(&deadlines->lock, NULL);
    deadlines->ticker = ticker_start(look, deadlines, LOOK_INTERVAL_MS, err);
    if (deadlines->ticker)
        return deadlines;
    deadlines_stop(deadlines);
    return NULL;
}

void deadlines_stop(struct deadlines *deadlines)
{
    if (!deadlines)
        return;
    ticker_stop(deadlines->ticker);
    pthread_mutex_destroy(&deadlines->lock);
    free(deadlines);
}
