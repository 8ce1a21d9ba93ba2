/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a victim is asked, and what its answers must be. Under a fault it may leave a question
 * without an answer, but never answer wrongly, nor let a stranger in; whoever finds that it did
 * notes it in the story.
 */
#ifndef TESTS_FAULTS_QUESTIONS_H
#define TESTS_FAULTS_QUESTIONS_H

#include "tests/faults/story_state.h"

/* Asks everything once; no answer is none that is wrong. */
void questions_ask(struct story *story);

/* Each must be answered; else the problem begins with "no answer: ". */
bool questions_expect(struct story *story);

/* Metrics instead: those that come must be whole, and with `must` they must come. */
bool questions_scrape(struct story *story, bool must);

/* Whether what it says, and whom it lets in, is by the files that are in place. */
bool questions_use_files(struct story *story);

#endif
