/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the bytes of a head are what libmicrohttpd makes of them. 0.9.75 glues a folded line onto
 * the name of the header before it (`Content: 2`, folded, `-Length` is a Content-Length then), ends
 * a target and a value at a NUL, and the head at a line that begins with a NUL or a colon; it takes
 * a bare LF for the end of a line. Somebody in front of the server could read such a head
 * otherwise. What it was like still shows in the addresses: method, target, version and headers lie
 * behind each other as they came, each line's end overwritten by zeros.
 */
#ifndef SERVER_HTTP_HEAD_BYTES_H
#define SERVER_HTTP_HEAD_BYTES_H

#include <microhttpd.h>
#include <stdbool.h>

/* As libmicrohttpd passes them to its callbacks, not copied. */
struct head_line {
    const char *method;
    const char *target;
    const char *target_end; /* seen before the target was decoded in its place */
    const char *version;
};

/* False: the head holds a folded line, a NUL, a nameless header or a line not ended by CRLF. */
bool head_bytes_are_plain(struct MHD_Connection *connection, const struct head_line *line);

#endif
