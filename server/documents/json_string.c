/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_string.h"

#include <string.h>

#define UNICODE_LEN ((size_t)6) /* \uXXXX */

/* The unit of UTF-16 that `text` begins with. */
static bool decode_unit(struct str text, unsigned *ret_unit)
{
    unsigned unit = 0;

    if (text.len < UNICODE_LEN || text.data[0] != '\\' || text.data[1] != 'u')
        return false;
    for (size_t i = 2; i < UNICODE_LEN; i++) {
        if (!ascii_is_hex(text.data[i]))
            return false;
        unit = unit << 4 | ascii_hex_value(text.data[i]);
    }
    *ret_unit = unit;
    return true;
}

static struct json_character encode(unsigned rune)
{
    struct json_character character = {.len = rune < 0x80      ? 1
                                              : rune < 0x800   ? 2
                                              : rune < 0x10000 ? 3
                                                               : 4};

    for (size_t i = character.len; i-- > 1; rune >>= 6)
        character.bytes[i] = (char)(0x80 | (rune & 0x3F));
    character.bytes[0] =
        (char)(character.len == 1 ? rune : (0xF00U >> character.len & 0xFF) | rune);
    return character;
}

static bool is_surrogate(unsigned rune)
{
    return rune >= 0xD800 && rune < 0xE000;
}

static size_t decode_unicode(struct str text, struct json_character *ret_character)
{
    size_t taken = UNICODE_LEN;
    unsigned rune, low;

    if (!decode_unit(text, &rune))
        return 0;
    if (rune >= 0xD800 && rune < 0xDC00 &&
        decode_unit(str_slice(text, UNICODE_LEN, UNICODE_LEN), &low) && low >= 0xDC00 &&
        low < 0xE000) {
        taken = 2 * UNICODE_LEN;
        rune = 0x10000 + ((rune & 0x3FF) << 10 | (low & 0x3FF));
    }
    *ret_character = encode(is_surrogate(rune) ? 0xFFFD : rune);
    return taken;
}

size_t json_escape_decode(struct str text, struct json_character *ret_character)
{
    static const struct str letters = STR_INIT("\"\\/bfnrt");
    static const char characters[] = "\"\\/\b\f\n\r\t";
    size_t index;

    if (text.len < 2)
        return 0;
    if (text.data[1] == 'u')
        return decode_unicode(text, ret_character);
    index = str_find(letters, text.data[1]);
    if (index == letters.len)
        return 0;
    *ret_character = (struct json_character){{characters[index]}, 1};
    return 2;
}

/* No escape is shorter than what it stands for. */
struct str json_string_decode(struct str raw, struct arena *arena)
{
    char *decoded = arena_alloc(arena, raw.len + 1, 1);
    size_t len = 0;

    for (size_t at = 0; decoded && at < raw.len;) {
        struct json_character character;
        size_t run = str_find(str_slice(raw, at, raw.len), '\\');
        size_t taken;

        memcpy(decoded + len, raw.data + at, run);
        len += run;
        at += run;
        if (at == raw.len)
            break;
        taken = json_escape_decode(str_slice(raw, at, raw.len), &character);
        if (taken == 0)
            return (struct str){NULL, 0};
        at += taken;
        memcpy(decoded + len, character.bytes, character.len);
        len += character.len;
    }
    return (struct str){decoded, len};
}
