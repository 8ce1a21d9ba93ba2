/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/ending.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long it may take to end once its fault has become fatal. */
#define ENDING_MS 2000

/* Ends that a library brings about, with no way around it here. */
static const struct {
    const char *library; /* begins the name of the one that crashed or aborted */
    int code;
} known[] = {
    /* asn1_create_element() copies a definition node by node, and looks at no node it is given. */
    {"libtasn1.so.", 128 + SIGSEGV},
    /* Says so and aborts, as its documentation has it; GnuTLS computes with it. */
    {"libgmp.so.", 128 + SIGABRT},
    {"libgnutls.so.", 128 + SIGABRT}, /* the functions that it gives to it do the same */
};

static bool is_of(const char *library, const char *name)
{
    return strncmp(library, name, strlen(name)) == 0;
}

/*
 * What OpenSSL could not set up when it was first used it never sets up, and no handshake with the
 * API server succeeds any more. Nothing is decided then, it is not ready, and it says why.
 */
static bool is_shut_out(const struct story *story)
{
    const char *library = story->victim.control->caller;

    return (is_of(library, "libcrypto.so.") || is_of(library, "libssl.so.")) &&
           story->fault.plan->phase == PHASE_START &&
           strcmp(story->problem, STORY_LIST_UNKNOWN) == 0 &&
           victim_log_count(&story->victim, "TLS is refused") > 0;
}

/* The program may be on its way to its end just now. */
static bool is_known(struct story *story)
{
    const struct control *control = story->victim.control;

    if (story->end_code < 0)
        victim_await_end(&story->victim, ENDING_MS, &story->end_code);
    if (story->fault.plan->is_call)
        return false;
    if (story->end_code < 0)
        return is_shut_out(story);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (story->end_code == known[i].code && is_of(control->crashed, known[i].library))
            return true;
    }
    return false;
}

void ending_report(struct story *story)
{
    char *log = victim_log(&story->victim);

    printf("FAILED  %s, number %ld: %s\n%s", story->fault.plan->name, story_number(&story->fault),
           story->problem, log);
    if (story->fault.plan->is_call)
        printf("The number of the system call is %d.\n", atomic_load(&story->victim.control->call));
    else
        printf("The allocation was that of %s; it crashed in: %s.\n", story->victim.control->caller,
               story->victim.control->crashed);
    if (story->end_code >= 0)
        printf("It ended with code %d.\n", story->end_code);
    free(log);
}

/* It gave up by itself, and said so: whoever runs it starts another. */
static bool ended_with_message(const struct story *story)
{
    return story->end_code == 1 && victim_log_count(&story->victim, " error ") > 0;
}

void ending_judge(struct story *story, struct tally *tally)
{
    if (is_known(story)) {
        tally->known++;
    } else if (ended_with_message(story)) {
        tally->ended++;
    } else {
        tally->failed++;
        ending_report(story);
    }
}
