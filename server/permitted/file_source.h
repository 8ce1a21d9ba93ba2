/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds the current list from a manifest on disk, and follows the file: replaced, edited in place,
 * or swapped through a symbolic link such as a kubelet's `..data`. It looks at the file (stat,
 * which follows links) at an interval, and reads it once it has looked the same twice, so an edit
 * that is going on is not read. A reading counts only when the file looked the same before and
 * after. What can't be read or understood leaves the last good list in force; it is logged once,
 * not each time.
 *
 * One thread of its own; it logs. Polling and not inotify: that has to follow every link on the
 * way, and does not work on network file systems.
 */
#ifndef SERVER_PERMITTED_FILE_SOURCE_H
#define SERVER_PERMITTED_FILE_SOURCE_H

#include "base/error.h"
#include "server/permitted/current_list.h"
#include "validators/policy.h"

/*
 * A HyperConverged lies in etcd, whose requests hold 1.5 MiB at most; YAML with its indents takes
 * up to four times as much as the JSON there. As large as a request body, 7 MiB.
 */
#define FILE_SOURCE_MAX_BYTES ((size_t)7 * 1024 * 1024)

#define FILE_SOURCE_INTERVAL_MS 500

struct file_source;

struct file_source_config {
    const char *path;             /* borrowed as long as the source lives */
    const struct policy *policy;  /* likewise */
    struct current_list *current; /* likewise */
    unsigned interval_ms;         /* time between two looks at the file */
};

/*
 * Reads the file once before it returns, then starts to follow it. A file that is missing or broken
 * is no error: the current list has the reason. NULL: out of memory or threads.
 */
struct file_source *file_source_start(const struct file_source_config *config, struct error *err);

/* Stops the thread and waits for it: as long as one reading takes at most. NULL-safe. */
void file_source_stop(struct file_source *source);

#endif
