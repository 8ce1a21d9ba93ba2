/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/progress.h"

#include "server/monotonic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Often enough to be seen moving. */
#define REFRESH_MS 100

long long progress_delay_ms = 2000;

void progress_start(struct progress *progress)
{
    const char *terminal = getenv("TERM"); /* NOLINT(concurrency-mt-unsafe) */

    *progress = (struct progress){
        .wanted = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0,
        .due_ms = monotonic_ms() + progress_delay_ms,
        .delay_ms = progress_delay_ms < REFRESH_MS ? progress_delay_ms : REFRESH_MS,
    };
}

void progress_show(struct progress *progress, const char *verb, size_t done, size_t total)
{
    long long now;

    if (!progress->wanted)
        return;
    now = monotonic_ms();
    if (now < progress->due_ms)
        return;
    progress->due_ms = now + progress->delay_ms;
    progress->shown = true;
    fprintf(stderr, "\r%s %zu of %zu files\033[K", verb, done, total);
}

void progress_erase(struct progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r\033[K");
    progress->shown = false;
}
