/* SPDX-License-Identifier: Apache-2.0 */
/* What a fault is tried on, and what must come of it. */
#ifndef TESTS_FAULTS_STORY_H
#define TESTS_FAULTS_STORY_H

#include "tests/faults/victim.h"

enum phase {
    PHASE_START,       /* from the program's first call to its first answers */
    PHASE_CERTIFICATE, /* a new certificate is taken over */
    PHASE_LIST,        /* a new permitted list is; that of a cluster is also read for denials */
    PHASE_CLIENT_CA,   /* a new client CA is */
    PHASE_WATCH,       /* connections to the cluster break, and it is followed anew */
    PHASE_REVIEW,      /* reviews are answered, on a new connection */
    PHASE_SCRAPE,      /* metrics are */
};

/* Faults of one kind. */
struct plan {
    const char *name;
    enum setting setting;
    enum phase phase;
    bool is_call; /* a system call, else an allocation */
    bool forever; /* all calls from that one on, until the phase is over */
    long every;   /* steps between indices */
};

struct fault {
    const struct plan *plan;
    long every; /* of the plan, or more */
    long index; /* from 0 */

    /* The numbers of calls to be tried by their indices; NULL: each, until there are no more. */
    const int *numbers;
    long count;
};

/* Shared by all processes. */
struct tally {
    atomic_uint served; /* kept serving, or came up all the same */
    atomic_uint ended;  /* did not come up, and said why */
    atomic_uint known;  /* a library's own fault; see ending.c */
    atomic_uint failed; /* anything else; reported on stdout */
    atomic_bool over;   /* a phase had fewer calls */
};

/*
 * Tries `count` faults, the first of them `fault`, on one server that is reloaded or asked; in the
 * phase of the start, one on a server of its own.
 */
void story_run(const struct fault *fault, long count, const struct generations *files,
               struct tally *tally);

/* Runs the phase without a fault; notes in `ret_places` which of its allocations are to be tried.
 */
bool story_record(const struct plan *plan, const struct generations *files,
                  int ret_places[CONTROL_MAX_PLACES], long *ret_count);

#endif
