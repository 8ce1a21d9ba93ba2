/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a story share: what plays it, what asks the victim, and what judges the end. */
#ifndef TESTS_FAULTS_STORY_STATE_H
#define TESTS_FAULTS_STORY_STATE_H

#include "tests/faults/story.h"

struct story {
    struct fault fault;
    struct victim victim;
    int end_code;        /* -1: has not ended by itself */
    char problem[512];   /* empty: all is well so far */
    char no_answer[256]; /* why the last review that had none had none */
};

/* A problem that is none of ours where a library is to blame. */
#define STORY_LIST_UNKNOWN "the list stays unknown"

/* Notes a problem and returns false. */
bool story_fail(struct story *story, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool story_is_well(const struct story *story);

/* The number of the call that fails. */
long story_number(const struct fault *fault);

#endif
