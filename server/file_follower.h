/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells when files that are followed are to be read: once they changed and have looked the same
 * twice, so that an edit that is going on is not read, and again some time after a failure. Its
 * owner looks at an interval and says what became of each reading. Not thread-safe.
 */
#ifndef SERVER_FILE_FOLLOWER_H
#define SERVER_FILE_FOLLOWER_H

#include "server/file_look.h"

#include <stdbool.h>
#include <stddef.h>

/* A certificate and its key. */
#define FILE_FOLLOWER_FILES 2

struct file_follower {
    const char *paths[FILE_FOLLOWER_FILES]; /* borrowed; NULL behind the last one */
    /*
     * Files that could not be used are due again after this many looks although they look the
     * same: what was wrong may have been memory, the disk or the clock.
     */
    unsigned looks_between_tries;

    struct file_look last[FILE_FOLLOWER_FILES];    /* what the last look saw */
    struct file_look settled[FILE_FOLLOWER_FILES]; /* what was seen when they were dealt with */
    bool is_settled;
    unsigned looks_until_retry; /* 0: there was no failure */
};

/*
 * Takes the first look, after which its owner reads the files for the first time. They are due once
 * more after that: an edit within the same tick of the file system's clock would not be seen.
 */
void file_follower_begin(struct file_follower *follower);

/* Takes a look. True: the files are to be read now. */
bool file_follower_look(struct file_follower *follower);

/* Whether the last look saw what was dealt with already. */
bool file_follower_is_settled(const struct file_follower *follower);

/* The same, and what was dealt with is in use. */
bool file_follower_is_used(const struct file_follower *follower);

/* What became of the reading that a look asked for. */
enum file_outcome {
    FILE_USED,
    FILE_FAILED,
    FILE_UNSTEADY, /* the files changed meanwhile, and nothing was decided */
};
void file_follower_settle(struct file_follower *follower, enum file_outcome outcome);

#endif
