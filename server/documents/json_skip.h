/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes over a JSON value that nobody reads. It is held to the same rules as one that is read
 * (json_text.h), with the same words, but for duplicate keys: to see these it would have to keep
 * the keys. It takes no memory beyond the stack.
 */
#ifndef SERVER_DOCUMENTS_JSON_SKIP_H
#define SERVER_DOCUMENTS_JSON_SKIP_H

#include "server/documents/json_scan.h"

#include "base/arena.h"
#include "base/error.h"

enum json_skip_result {
    JSON_SKIPPED,
    JSON_SKIP_NOT_JSON, /* what stands at `scan->at` must not stand there */
    JSON_SKIP_REFUSED,  /* `err` says what is wrong with what stands at `scan->at` */
};

/*
 * The value that comes next, which may be `levels` deep. `arena` holds a number that is longer than
 * any real one while it is looked at.
 */
enum json_skip_result json_skip_value(struct json_scan *scan, size_t levels, struct arena *arena,
                                      struct error *err);

#endif
