/* SPDX-License-Identifier: Apache-2.0 */
/* How a story ended that did not go well: what may be, and what is reported. */
#ifndef TESTS_FAULTS_ENDING_H
#define TESTS_FAULTS_ENDING_H

#include "tests/faults/story_state.h"

/* Counts it in `tally`, as what it is; a failure is printed, with the victim's log. */
void ending_judge(struct story *story, struct tally *tally);

void ending_report(struct story *story);

#endif
