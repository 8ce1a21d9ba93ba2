/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/machine_config/data_url.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

/* --- the URL --------------------------------------------------------------------------------- */

/* What a URL may be written with (RFC 2396 "uric", and the percent sign). */
static bool is_url_character(char c)
{
    return c > ' ' && c < 0x7f && !strchr("<>#\"{}|\\^[]`", c);
}

static enum data_problem decode_percent(struct str text, char *out, size_t *ret_len)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!is_url_character(c))
            return DATA_BAD_CHARACTER;
        if (c == '%') {
            if (text.len - i < 3 || !ascii_is_hex(text.data[i + 1]) ||
                !ascii_is_hex(text.data[i + 2]))
                return DATA_BAD_PERCENT;
            c = (char)(16 * ascii_hex_value(text.data[i + 1]) + ascii_hex_value(text.data[i + 2]));
            i += 2;
        }
        out[len++] = c;
    }
    *ret_len = len;
    return DATA_GOOD;
}

/* 64: it is none. */
static unsigned base64_value(char c)
{
    if (ascii_is_upper(c))
        return (unsigned)(c - 'A');
    if (ascii_is_lower(c))
        return (unsigned)(c - 'a') + 26;
    if (ascii_is_digit(c))
        return (unsigned)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* RFC 4648 with padding; line feeds are passed over. */
static enum data_problem decode_base64(struct str text, char *out, size_t *ret_len)
{
    size_t len = 0, digits = 0, pads = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '\n')
            continue;
        if (c == '=') {
            pads++;
            continue;
        }
        if (pads > 0 || base64_value(c) == 64)
            return DATA_BAD_BASE64;
        bits = (bits << 6 | base64_value(c)) & 0xffffff;
        if (++digits % 4 != 1)
            out[len++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)) & 0xff);
    }
    *ret_len = len;
    return digits % 4 == 1 || pads != (4 - digits % 4) % 4 ? DATA_BAD_BASE64 : DATA_GOOD;
}

/* --- what is in front of the data ------------------------------------------------------------ */

/* RFC 2045: neither a control, a blank nor one of the special characters. */
static bool is_token(char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* Takes a token off `*rest`. */
static struct str take_token(struct str *rest)
{
    struct str token = {rest->data, 0};

    while (token.len < rest->len && is_token(rest->data[token.len]))
        token.len++;
    *rest = str_slice(*rest, token.len, rest->len);
    return token;
}

/* Takes one byte off `*rest`. False: another one is there, or none. */
static bool take(struct str *rest, char c)
{
    if (rest->len == 0 || *rest->data != c)
        return false;
    *rest = str_slice(*rest, 1, rest->len);
    return true;
}

/* Behind the first quote: up to the last one. */
static bool take_quoted(struct str *rest)
{
    size_t at = 0;

    while (at < rest->len && rest->data[at] != '"')
        at += rest->data[at] == '\\' ? 2 : 1;
    *rest = str_slice(*rest, at, rest->len);
    return take(rest, '"');
}

static bool take_media_type(struct str *rest)
{
    static const struct str known[] = {
        STR_INIT("text"),      STR_INIT("image"),       STR_INIT("audio"),
        STR_INIT("video"),     STR_INIT("application"), STR_INIT("message"),
        STR_INIT("multipart"), STR_INIT("x-"),          STR_INIT("X-"),
    };
    struct str type = take_token(rest);

    if (type.len == 0)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (str_starts_with(type, known[i])) {
            if (!take(rest, '/'))
                return false;
            (void)take_token(rest);
            return true;
        }
    }
    return false;
}

/* Takes `[TYPE/SUBTYPE]{;NAME=VALUE}[;base64],` off `*rest`. */
static bool take_head(struct str *rest, bool *ret_base64)
{
    *ret_base64 = false;
    if (!take_media_type(rest))
        return false;
    while (take(rest, ';')) {
        struct str name = take_token(rest);

        if (str_equal(name, STR("base64")) && take(rest, ',')) {
            *ret_base64 = true;
            return true;
        }
        if (name.len == 0 || !take(rest, '='))
            return false;
        if (take(rest, '"') ? !take_quoted(rest) : take_token(rest).len == 0)
            return false;
    }
    return take(rest, ',');
}

enum data_problem data_url_decode(struct str url, struct arena *arena, struct str *ret_bytes)
{
    struct str data = str_slice(url, 5, url.len);
    enum data_problem problem;
    bool base64;
    size_t len = 0;
    char *out;

    if (!str_starts_with(url, STR("data:")))
        return DATA_NO_DATA_URL;
    if (!take_head(&data, &base64))
        return DATA_BAD_HEAD;
    out = arena_alloc(arena, data.len + 1, 1);
    if (!out)
        return DATA_BAD_BASE64;
    problem = base64 ? decode_base64(data, out, &len) : decode_percent(data, out, &len);
    if (problem == DATA_GOOD)
        *ret_bytes = (struct str){out, len};
    return problem;
}

/* --- gzip ------------------------------------------------------------------------------------ */

/* Windows of 32 KiB; 16 more says gzip. */
#define GZIP_WINDOW (15 + 16)
#define FIRST_SIZE ((size_t)16 * 1024)

bool is_gzip(struct str bytes)
{
    return bytes.len >= 2 && bytes.data[0] == '\x1f' && bytes.data[1] == '\x8b';
}

static void *allocate(void *arena, unsigned count, unsigned size)
{
    return arena_alloc(arena, count, size);
}

static void release(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

static bool make_ready(struct gunzip *gunzip)
{
    if (gunzip->ready)
        return inflateReset(&gunzip->stream) == Z_OK;
    gunzip->stream = (z_stream){.zalloc = allocate, .zfree = release, .opaque = gunzip->arena};
    gunzip->ready = inflateInit2(&gunzip->stream, GZIP_WINDOW) == Z_OK;
    return gunzip->ready;
}

/* Twice the room, up to `most`. False: there is no more to be had. */
static bool grow(struct gunzip *gunzip, size_t used, size_t most)
{
    size_t size = gunzip->size ? 2 * gunzip->size : FIRST_SIZE;
    char *out;

    if (size > most)
        size = most;
    if (size <= gunzip->size)
        return false;
    out = arena_alloc(gunzip->arena, size, 1);
    if (!out)
        return false;
    if (used > 0)
        memcpy(out, gunzip->out, used);
    gunzip->out = out;
    gunzip->size = size;
    return true;
}

/* Inflates on, `*used` bytes being there. Z_STREAM_END: a member has come to its end. */
static int inflate_some(struct gunzip *gunzip, size_t *used)
{
    z_stream *stream = &gunzip->stream;
    int result;

    stream->next_out = (unsigned char *)gunzip->out + *used;
    stream->avail_out = (unsigned)(gunzip->size - *used);
    result = inflate(stream, Z_NO_FLUSH);
    *used = gunzip->size - stream->avail_out;
    return result;
}

/* With a byte of room beyond the limit, so that what has just the limit's size comes to its end. */
enum data_problem gunzip_run(struct gunzip *gunzip, struct str bytes, size_t limit,
                             struct str *ret_bytes)
{
    size_t used = 0;
    int result = Z_OK;

    if (!is_gzip(bytes) || bytes.len > UINT_MAX || !make_ready(gunzip))
        return DATA_NOT_GZIP;
    gunzip->stream.next_in = (unsigned char *)(uintptr_t)bytes.data; /* which zlib leaves alone */
    gunzip->stream.avail_in = (unsigned)bytes.len;
    while (result == Z_OK || (result == Z_STREAM_END && gunzip->stream.avail_in > 0)) {
        if (result == Z_STREAM_END && inflateReset(&gunzip->stream) != Z_OK)
            return DATA_NOT_GZIP;
        if (used > limit)
            return DATA_TOO_LARGE;
        if (used == gunzip->size && !grow(gunzip, used, limit + 1))
            return gunzip->arena->failed ? DATA_NOT_GZIP : DATA_TOO_LARGE;
        result = inflate_some(gunzip, &used);
    }
    if (result != Z_STREAM_END)
        return DATA_NOT_GZIP;
    if (used > limit)
        return DATA_TOO_LARGE;
    *ret_bytes = (struct str){gunzip->out, used};
    return DATA_GOOD;
}
