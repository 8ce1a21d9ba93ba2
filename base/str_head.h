/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first eight bytes of a text as a number. Two texts of one length with different heads differ,
 * and up to eight bytes long those with the same head are the same: so most are told apart without
 * a call, where one is looked for among many.
 */
#ifndef BASE_STR_HEAD_H
#define BASE_STR_HEAD_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STR_HEAD_BYTES sizeof(uint64_t)

/* Of a text behind which nothing may be read. */
static inline uint64_t str_head(struct str text)
{
    uint64_t head = 0;

    if (text.len > 0)
        memcpy(&head, text.data, text.len < STR_HEAD_BYTES ? text.len : STR_HEAD_BYTES);
    return head;
}

/* The same where eight bytes from `text.data` on may be read, whatever they are. */
static inline uint64_t str_head_in_place(struct str text)
{
    uint64_t head;

    if (text.len == 0)
        return 0;
    memcpy(&head, text.data, sizeof head);
    if (text.len >= sizeof head)
        return head;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return head & ((UINT64_C(1) << 8 * text.len) - 1);
#else
    return head & ~(UINT64_MAX >> 8 * text.len);
#endif
}

/* Whether two texts, both present, are the same, of which the heads are known. */
static inline bool str_equal_heads(struct str a, uint64_t head_a, struct str b, uint64_t head_b)
{
    return head_a == head_b && a.len == b.len &&
           (a.len <= STR_HEAD_BYTES || memcmp(a.data, b.data, a.len) == 0);
}

#endif
