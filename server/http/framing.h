/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a request ends, and whether that can be told at all. libmicrohttpd 0.9.75 accepts heads
 * that leave it open (RFC 9112 6.3: Content-Length beside Transfer-Encoding, several lengths,
 * codings it does not know, names with white space); anyone in front of the server could read them
 * otherwise, so they are refused here and the connection ends.
 */
#ifndef SERVER_HTTP_FRAMING_H
#define SERVER_HTTP_FRAMING_H

#include "base/str.h"
#include "server/http/head_bytes.h"
#include "server/http/reply.h"

#include <stdbool.h>
#include <stdint.h>

struct framing {
    bool has_length;
    uint64_t length; /* bytes announced; when has_length */
    bool is_chunked;
    bool expects_continue;   /* the client waits for a word before it sends the body */
    bool expects_other;      /* for something that nobody here knows */
    struct str content_type; /* absent: none; borrowed from the connection */
};

/* Reads the head. False: it must be refused with `ret_refusal`, and the connection must end. */
bool framing_read(struct MHD_Connection *connection, const struct head_line *line,
                  struct framing *ret_framing, struct reply *ret_refusal);

/*
 * Looks at the request target before libmicrohttpd takes it apart. NULL: it is fine; else what is
 * wrong with it.
 */
const char *framing_check_target(const char *target);

/*
 * The most arguments of a query. Clients of ours send one (`?timeout=10s`); libmicrohttpd keeps
 * each in the connection's memory.
 */
#define FRAMING_MAX_ARGUMENTS 64U
unsigned framing_count_arguments(const char *target);

#endif
