/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside, read within limits. */
#ifndef SERVER_DOCUMENTS_JSON_READER_H
#define SERVER_DOCUMENTS_JSON_READER_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/*
 * The most values that one body may hold. A value takes up to 240 bytes, so this bounds the tree to
 * about 70 MiB; a VirtualMachine of etcd's largest size (1.5 MiB), sent twice, holds some 120,000.
 */
#define JSON_READER_MAX_VALUES ((size_t)300000)

enum json_reader_result {
    JSON_READ,
    JSON_READ_MALFORMED, /* not JSON, or JSON that no API server sends: `err` says where */
    JSON_READ_TOO_LARGE, /* more than JSON_READER_MAX_VALUES */
    JSON_READ_NO_MEMORY,
};

/*
 * Parses `text` into `*ret_value`, which the caller json_decref()s. Refused: duplicate keys, bytes
 * behind the value, NUL bytes, a byte order mark, text that is not UTF-8, nesting deeper than 500,
 * numbers beyond a double. Integers beyond 64 bits come as reals, half a surrogate pair as U+FFFD
 * (as Go reads it), and strings may hold \u0000: look at json_string_length().
 */
enum json_reader_result json_read(const char *text, size_t len, json_t **ret_value,
                                  struct error *err);

#endif
