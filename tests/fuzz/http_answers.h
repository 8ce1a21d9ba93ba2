/* SPDX-License-Identifier: Apache-2.0 */
/* What the server sent, taken apart into answers; abort()s when it is not well-formed HTTP/1.1. */
#ifndef TESTS_FUZZ_HTTP_ANSWERS_H
#define TESTS_FUZZ_HTTP_ANSWERS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct http_answer {
    unsigned status;
    bool closes;     /* Connection: close */
    struct str type; /* Content-Type and so on; absent: no such header */
    struct str allow;
    struct str retry_after;
    struct str body; /* all borrowed from what was received */
};

/*
 * The answer that begins at `*at`, which is moved behind it; interim ones (1xx) before it are
 * counted and passed over. `may_lack_body`: it may be one to a HEAD that was refused. False: there
 * are no more bytes.
 */
enum http_body { HTTP_BODY, HTTP_NO_BODY, HTTP_BODY_OR_NOT };
bool http_answer_next(struct str received, size_t *at, enum http_body expected,
                      struct http_answer *ret_answer, unsigned *ret_interim);

#endif
