/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contents of a file in an Ignition configuration: a data URL (RFC 2397), percent-encoded or
 * base64, perhaps of gzip. What Ignition's readers (vincent-petithory/dataurl, Go's encoding/base64
 * and compress/gzip) refuse is refused here too.
 */
#ifndef VALIDATORS_MACHINE_CONFIG_DATA_URL_H
#define VALIDATORS_MACHINE_CONFIG_DATA_URL_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

enum data_problem {
    DATA_GOOD,
    DATA_NO_DATA_URL,   /* another scheme, or none */
    DATA_BAD_HEAD,      /* what is in front of the comma, or there is none */
    DATA_BAD_CHARACTER, /* that has to be percent-encoded */
    DATA_BAD_PERCENT,
    DATA_BAD_BASE64,
    DATA_NOT_GZIP,   /* or damaged */
    DATA_STILL_GZIP, /* and nothing says so */
    DATA_TOO_LARGE,
};

/* What is in the URL, in `arena`; `*ret_bytes` is set with DATA_GOOD alone. */
enum data_problem data_url_decode(struct str url, struct arena *arena, struct str *ret_bytes);

/* Whether some bytes begin as gzip does. */
bool is_gzip(struct str bytes);

/*
 * Inflates one gzip after the other with the same memory, which is the arena's. What came out is
 * there until the next one.
 */
struct gunzip {
    struct arena *arena;
    z_stream stream;
    bool ready;
    char *out;
    size_t size;
};

/* clang-format off */
#define GUNZIP_INIT(the_arena) {.arena = (the_arena)}
/* clang-format on */

/*
 * Inflates all members of `bytes` to at most `limit` bytes (above zero). What lacks memory is
 * DATA_NOT_GZIP, and the arena has failed.
 */
enum data_problem gunzip_run(struct gunzip *gunzip, struct str bytes, size_t limit,
                             struct str *ret_bytes);

/* Nothing is freed: that is the arena's. */

#endif
