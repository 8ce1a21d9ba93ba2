/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP answer as a value, and the one place that hands it to libmicrohttpd. Who decides on an
 * answer fills a struct and need not know that library.
 */
#ifndef SERVER_HTTP_REPLY_H
#define SERVER_HTTP_REPLY_H

#include "base/text.h"
#include "server/metrics/labels.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct reply {
    unsigned status;
    enum rejection rejection; /* what it refuses, to be counted */
    const char *content_type; /* static; NULL: plain text */
    bool close;               /* the connection can't be used for another request */
    unsigned retry_after;     /* seconds; 0: no such header */
    const char *allow;        /* for 405: the methods; borrowed */
    char *body;               /* owned, of malloc(); NULL: empty */
    size_t body_len;
};

/*
 * Sets the status and a text of one line (the newline is added). Without memory for the text the
 * answer has none. Whatever the reply had before is freed.
 */
void reply_text(struct reply *reply, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a request that is refused. */
void reply_refuse(struct reply *reply, unsigned status, enum rejection why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void reply_free(struct reply *reply);

/*
 * Queues the reply and takes its body over; the struct is empty afterwards. MHD_NO: it could not be
 * queued, and the connection must end.
 */
enum MHD_Result reply_queue(struct MHD_Connection *connection, struct reply *reply);

/* Writes a reply of text as it goes over the wire, as the last of its connection. */
void reply_write(const struct reply *reply, struct text *bytes);

#endif
