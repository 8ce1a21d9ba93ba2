/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where requests begin and end, read by the letter of RFC 9112: what the fuzzer of the server's
 * HTTP compares the server with. Of what the RFC leaves to a recipient only this is allowed: a bare
 * LF ends a line of a chunked body (2.2), and several spaces may precede the target (3).
 *
 * Read as libmicrohttpd 0.9.75 does, because the server can't see it: a NUL before a LF is as a CR;
 * a line that begins with a NUL is as an empty one, except in a head; a colon and a bare LF end a
 * head; and a trailer, which is thrown away, may hold anything with a colon. Behind a line of it
 * that begins with one, the library goes on in one way or another.
 */
#ifndef TESTS_FUZZ_HTTP_REFERENCE_H
#define TESTS_FUZZ_HTTP_REFERENCE_H

#include "base/str.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum http_verdict {
    HTTP_NONE,    /* there are no more bytes than empty lines */
    HTTP_WHOLE,   /* well-formed from its first line to its last byte */
    HTTP_PARTIAL, /* well-formed as far as it goes, and there are no more bytes */
    HTTP_BAD      /* its end can't be told, or it is no request */
};

struct http_request {
    enum http_verdict verdict;
    struct str method;
    struct str target;
    bool is_1_0;
    bool has_other_version; /* HTTP/0.x or HTTP/2 and up; HTTP_BAD */
    bool expects_continue;
    bool asks_to_close;
    bool is_odd;      /* whole, but the server may refuse it: see http_reference.c */
    bool is_murky;    /* the library may read it in another way, and so what follows */
    struct text body; /* without chunks; of HTTP_WHOLE */
};

/*
 * The request that begins at `*at`, which is moved behind it when it is whole. `ret_request` is
 * freed by http_request_clear().
 */
void http_reference_next(struct str bytes, size_t *at, struct http_request *ret_request);
void http_request_clear(struct http_request *request);

/* RFC 9110 5.6.2, and 5.5 without obsolete line folding. */
bool http_is_token(struct str name);
bool http_is_field_value(struct str value);

#endif
