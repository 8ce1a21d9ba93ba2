/* SPDX-License-Identifier: Apache-2.0 */
/* How long what speaks to the API server waits; tests wait less. */
#ifndef SERVER_CLUSTER_CLUSTER_TIMING_H
#define SERVER_CLUSTER_CLUSTER_TIMING_H

struct cluster_timing {
    /* After an error: doubles from the first to the largest, give or take a fifth; starts over when
     * there was no error for so long. client-go's reflector has the same numbers. */
    unsigned backoff_first_ms, backoff_max_ms, backoff_reset_ms;
    unsigned look_ms;          /* between two looks at which APIs are served */
    unsigned list_deadline_ms; /* for that look and a LIST with all its pages */
    unsigned silence_ms;       /* a watch of which nothing was heard for so long is dead */
};

/* What the program uses. Bookmarks usually come each minute: three may fail to come. */
#define CLUSTER_TIMING_DEFAULT                                                        \
    {                                                                                 \
        .backoff_first_ms = 800, .backoff_max_ms = 30000, .backoff_reset_ms = 120000, \
        .look_ms = 10000, .list_deadline_ms = 30000, .silence_ms = 180000             \
    }

#endif
