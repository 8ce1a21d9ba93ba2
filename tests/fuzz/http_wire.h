/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's own callbacks in a libmicrohttpd daemon without threads, and connections to it that
 * are pairs of sockets without TLS: one process, one thread, the same answers every time.
 */
#ifndef TESTS_FUZZ_HTTP_WIRE_H
#define TESTS_FUZZ_HTTP_WIRE_H

#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>

/* Where a write ends; no part of what is sent. */
#define HTTP_WIRE_CUT '\xFF'

struct http_wire {
    struct text received; /* up to the end of the connection */
    bool closed;          /* by the server, before the client had ended its side */
};

/*
 * Sends `bytes` on a connection of its own, a write for each part between cuts (`in_parts` false:
 * all in one write), reads what comes, then ends the client's side and reads the rest. abort()s
 * when the server does not end the connection then, or keeps anything of it.
 */
void http_wire_exchange(struct str bytes, bool in_parts, struct http_wire *ret_wire);
void http_wire_clear(struct http_wire *wire);

#endif
