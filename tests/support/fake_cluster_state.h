/* SPDX-License-Identifier: Apache-2.0 */
/* What the two parts of the fake cluster share: what tests do to it, and how it answers. */
#ifndef TESTS_SUPPORT_FAKE_CLUSTER_STATE_H
#define TESTS_SUPPORT_FAKE_CLUSTER_STATE_H

#include "tests/support/fake_api.h"
#include "tests/support/fake_cluster.h"

#include <pthread.h>

#define MAX_OBJECTS 2000
#define MAX_ENTRIES 131072 /* an edit a second for a day, and some */

struct object {
    enum fake_api_group group;
    char *name, *spec;
    unsigned version;
    bool deleting;
};

/* What open watches are sent, in order. */
struct entry {
    enum { EVENT, TEXT, END } what;
    const char *type;     /* of an EVENT */
    struct object object; /* of an EVENT: as it was then; owned texts */
    char *text;           /* of a TEXT; owned */
};

struct fake_cluster {
    struct fake_api *api;
    struct cluster_config config;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool stopping, held;
    const char *versions[FAKE_GROUP_COUNT];
    bool has_no_resource[FAKE_GROUP_COUNT];
    unsigned version, oldest;
    struct object objects[MAX_OBJECTS];
    size_t object_count;
    struct entry entries[MAX_ENTRIES];
    size_t entry_count;
    size_t page;
    struct fake_fault faults[FAKE_REQUEST_COUNT];
    unsigned counts[FAKE_REQUEST_COUNT];
    char paths[FAKE_REQUEST_COUNT][512];
};

/* Answers each request; `context` is the fake cluster. */
void fake_cluster_answer(void *context, struct fake_call *call);

/* A text of its own, freed by the caller; there is always memory for it. */
char *fake_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
