/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each connection is always in one phase, and a phase ends by its deadline whatever trickles in
 * meanwhile: libmicrohttpd's own timeout is one of inactivity, which a byte now and then outlives.
 * A connection that is overdue is shut down; its thread sees that as the other side's end and
 * cleans up as always.
 *
 * When nearly as many connections are open as there may be, each new one takes the place of the
 * oldest that has not asked anything yet: whoever only opens connections can't keep others out.
 *
 * One thread for all connections of a listener, which looks at them a few times a second. A
 * connection's own thread tells its phase, with one store and no lock.
 */
#ifndef SERVER_HTTP_DEADLINES_H
#define SERVER_HTTP_DEADLINES_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>

enum phase {
    PHASE_HANDSHAKE, /* of TLS, from the connection's first moment */
    PHASE_IDLE,      /* between two requests, and before the first */
    PHASE_HEADER,    /* from a request's first byte to the end of its head */
    PHASE_BODY,      /* until all of it is there */
    PHASE_ANSWER,    /* ours: has no deadline here */
    PHASE_REPLY,     /* until the client has taken the last byte */
};
#define PHASE_COUNT 6

/* Seconds that a phase may take; 0: any time. */
struct phase_limits {
    unsigned seconds[PHASE_COUNT];
};

struct deadlines;

/* The part of a connection that is watched; its owner's memory. */
struct deadline {
    struct deadlines *deadlines; /* NULL: not watched */
    struct deadline *newer, *older;
    int fd;
    atomic_bool is_used;      /* it has asked something */
    bool counts_bytes;        /* nobody tells when a header begins: the kernel is asked */
    atomic_ullong state;      /* when it is due (ms of monotonic_ms(), 0: never) * 8 + phase */
    atomic_ullong idle_bytes; /* what had been received when it became idle; when counts_bytes */
};

/* `most`: how many connections there may be, 0: any number. NULL: out of memory or threads. */
struct deadlines *deadlines_start(const struct phase_limits *limits, unsigned most,
                                  struct error *err);

/* After the last connection was forgotten. NULL-safe. */
void deadlines_stop(struct deadlines *deadlines);

/*
 * Watches a connection's socket, which must stay open until deadline_forget(). With `counts_bytes`
 * a header's first byte is noticed by itself; otherwise deadline_note_bytes() must tell it.
 */
void deadline_watch(struct deadlines *deadlines, struct deadline *deadline, int fd,
                    enum phase phase, bool counts_bytes);
void deadline_forget(struct deadline *deadline); /* safe on one that is not watched */

/* The connection enters a phase, whose time begins now. */
void deadline_enter(struct deadline *deadline, enum phase phase);

/* A request has begun: the connection is one that others don't take the place of. */
void deadline_note_use(struct deadline *deadline);

/* Something was received: when it was idle, a header has begun. */
void deadline_note_bytes(struct deadline *deadline);

/* Whether the connection was ended because its phase took too long, or to make room. */
bool deadline_is_over(struct deadline *deadline);

#endif
