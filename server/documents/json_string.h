/* SPDX-License-Identifier: Apache-2.0 */
/* What the escapes in JSON strings stand for. */
#ifndef SERVER_DOCUMENTS_JSON_STRING_H
#define SERVER_DOCUMENTS_JSON_STRING_H

#include "base/arena.h"
#include "base/str.h"

/* A character in UTF-8. */
struct json_character {
    char bytes[4];
    size_t len;
};

/*
 * The escape that `text` begins with, the backslash first: how many bytes of it are taken, 0 when
 * that is no escape. \uXXXX twice may be one surrogate pair; a lone surrogate is U+FFFD, as Go has
 * it.
 */
size_t json_escape_decode(struct str text, struct json_character *ret_character);

/*
 * What stands between the quotes of a string that was checked before, decoded into `arena`; the
 * absent str when memory ran out, or one that was not.
 */
struct str json_string_decode(struct str raw, struct arena *arena);

#endif
