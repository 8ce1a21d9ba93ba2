/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes that JSON texts consist of for the most part, many at a time: those of a string that
 * need no second look. SSE2, which each x86-64 has, takes sixteen; elsewhere a word takes eight.
 */
#ifndef SERVER_DOCUMENTS_JSON_PLAIN_H
#define SERVER_DOCUMENTS_JSON_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ASCII from a space on, but no quote and no backslash. */
static inline bool json_is_plain(char c)
{
    return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

#ifdef __SSE2__
#define JSON_PLAIN_WIDTH 16

/* How many of the bytes at `at` are plain, from the first one on; JSON_PLAIN_WIDTH: all. */
static inline unsigned json_plain_count(const char *at)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    /* As signed numbers, bytes that are not ASCII are below a space, too. */
    const __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    const unsigned marks = (unsigned)_mm_movemask_epi8(_mm_or_si128(low, ends));

    return (unsigned)__builtin_ctz(marks | 1U << JSON_PLAIN_WIDTH);
}
#else
#define JSON_PLAIN_WIDTH 8
#define JSON_EACH_BYTE UINT64_C(0x0101010101010101)
#define JSON_HIGH_BITS UINT64_C(0x8080808080808080)

static inline uint64_t json_bytes_below(uint64_t bytes, uint64_t limit)
{
    return (bytes - JSON_EACH_BYTE * limit) & ~bytes & JSON_HIGH_BITS;
}

/* The lowest mark of json_bytes_below() is right, and only a mark above it may be wrong. */
static inline unsigned json_plain_count(const char *at)
{
    uint64_t bytes, marks;

    memcpy(&bytes, at, sizeof bytes);
    marks = (bytes & JSON_HIGH_BITS) | json_bytes_below(bytes, 0x20) |
            json_bytes_below(bytes ^ JSON_EACH_BYTE * '"', 1) |
            json_bytes_below(bytes ^ JSON_EACH_BYTE * '\\', 1);
    if (!marks)
        return JSON_PLAIN_WIDTH;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (unsigned)__builtin_ctzll(marks) / 8;
#else
    unsigned count = 0;

    while (json_is_plain(at[count]))
        count++;
    return count;
#endif
}
#endif

/* The first byte from `at` on that is not plain, or `end`. */
static inline const char *json_plain_end(const char *at, const char *end)
{
    while (end - at >= JSON_PLAIN_WIDTH) {
        const unsigned count = json_plain_count(at);

        at += count;
        if (count < JSON_PLAIN_WIDTH)
            return at;
    }
    while (at < end && json_is_plain(*at))
        at++;
    return at;
}

#endif
