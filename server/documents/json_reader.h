/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside, read within limits. */
#ifndef SERVER_DOCUMENTS_JSON_READER_H
#define SERVER_DOCUMENTS_JSON_READER_H

#include "base/budget.h"
#include "base/error.h"
#include "base/field_mask.h"

#include <jansson.h>
#include <stddef.h>

/*
 * The most values that one text may hold. A value takes up to 240 bytes, so this bounds the tree to
 * about 70 MiB; a VirtualMachine of etcd's largest size (1.5 MiB), sent twice, holds some 120,000.
 */
#define JSON_READER_MAX_VALUES ((size_t)300000)

/*
 * The most that are kept of a text of which only some fields are: an administrator's list has some
 * hundreds. A server of 12 MiB, asked with 6.6 MiB of `{}`, grew to 19 MiB where they are passed
 * over, to 41 MiB where that many are kept before it refuses, and to 44 MiB with 99,000 it judges.
 */
#define JSON_READER_MAX_KEPT ((size_t)100000)

enum json_reader_result {
    JSON_READ,
    JSON_READ_MALFORMED, /* not JSON, or JSON that no API server sends: `err` says where */
    JSON_READ_TOO_LARGE, /* more values than that */
    JSON_READ_NO_ROOM,   /* the account did not give the memory for it */
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

/*
 * The same for one who reads only the fields of `mask` (NULL: all), see json_text_read_value(). The
 * memory is taken from `account` (NULL: it is not counted) before it is allocated, a little more
 * than is used, and is the caller's to give back.
 */
enum json_reader_result json_read_fields(const char *text, size_t len,
                                         const struct field_mask *mask, struct account *account,
                                         json_t **ret_value, struct error *err);

#endif
