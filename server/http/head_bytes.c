/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/head_bytes.h"

#include <stddef.h>
#include <string.h>

/* CRLF, and the empty line behind the last header. */
enum { LINE_END = 2, HEAD_END = 4 };

struct walk {
    const char *at; /* the end of the line before */
    bool is_plain;
};

static bool are_zeros(const char *from, const char *to, ptrdiff_t count)
{
    static const char zeros[HEAD_END];

    return to - from == count && memcmp(from, zeros, (size_t)count) == 0;
}

/* Whether only blanks are between a part of a line and the next one. */
static bool are_blanks(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    return from == to;
}

static enum MHD_Result see_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                  size_t key_size, const char *value, size_t value_size)
{
    struct walk *walk = cls;

    (void)kind;
    walk->is_plain =
        value && are_zeros(walk->at, key, LINE_END) && are_blanks(key + key_size + 1, value);
    walk->at = value + value_size;
    return walk->is_plain ? MHD_YES : MHD_NO;
}

/* Later versions see all this by themselves, and may keep a head in another way. */
static bool is_checked_by_library(void)
{
    return MHD_VERSION >= 0x00097701 || strncmp(MHD_get_version(), "0.9.7", 5) != 0;
}

bool head_bytes_are_plain(struct MHD_Connection *connection, const struct head_line *line)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct walk walk = {.at = line->version + strlen(line->version), .is_plain = true};

    if (is_checked_by_library())
        return true;
    if (!info || !line->target ||
        !are_blanks(line->method + strlen(line->method) + 1, line->target) ||
        line->target_end + 1 != line->version)
        return false;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, see_header, &walk);
    return walk.is_plain && are_zeros(walk.at, line->method + info->header_size, HEAD_END);
}
