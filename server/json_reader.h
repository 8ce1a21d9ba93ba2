/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside, read within limits and without the surprises of a default jansson parse. */
#ifndef SERVER_JSON_READER_H
#define SERVER_JSON_READER_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/*
 * The most values that one body may hold. jansson takes up to 240 bytes for each, so this bounds
 * the tree to about 60 MiB; a VirtualMachine of etcd's largest size (1.5 MiB), sent twice, holds
 * some 100,000.
 */
#define JSON_READER_MAX_VALUES ((size_t)500000)

enum json_reader_result {
    JSON_READ,
    JSON_READ_MALFORMED, /* not JSON, or JSON that no API server sends: `err` says where */
    JSON_READ_TOO_LARGE, /* more than JSON_READER_MAX_VALUES */
};

/*
 * Parses `text` into `*ret_value`, which the caller json_decref()s. Refused: duplicate keys, bytes
 * behind the value, NUL bytes, text that is not UTF-8, nesting deeper than 2048. Numbers are read
 * as reals (integers beyond 64 bits are legal JSON and must not make an object impossible to
 * admit), and strings may hold \u0000: look at json_string_length().
 */
enum json_reader_result json_read(const char *text, size_t len, json_t **ret_value,
                                  struct error *err);

#endif
