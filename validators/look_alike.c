/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/look_alike.h"

#define DROPPED '\0'

/* Ranges of characters; `last - first` apart they map to `to`, `to` + 1 … when `counts` is set. */
static const struct {
    unsigned first, last;
    char to;
    bool counts;
} ranges[] = {
    {0xA0, 0xA0, ' ', false},         /* no-break space */
    {0xAD, 0xAD, DROPPED, false},     /* soft hyphen */
    {0x2D0, 0x2D0, ':', false},       /* modifier letter triangular colon */
    {0x391, 0x391, 'A', false},       /* Greek capital alpha */
    {0x392, 0x392, 'B', false},       /* Greek capital beta */
    {0x395, 0x395, 'E', false},       /* Greek capital epsilon */
    {0x39F, 0x39F, '0', false},       /* Greek capital omicron */
    {0x3BF, 0x3BF, '0', false},       /* Greek omicron */
    {0x410, 0x410, 'A', false},       /* Cyrillic capital a */
    {0x412, 0x412, 'B', false},       /* Cyrillic capital ve */
    {0x415, 0x415, 'E', false},       /* Cyrillic capital ie */
    {0x41E, 0x41E, '0', false},       /* Cyrillic capital o */
    {0x421, 0x421, 'C', false},       /* Cyrillic capital es */
    {0x430, 0x430, 'a', false},       /* Cyrillic a */
    {0x435, 0x435, 'e', false},       /* Cyrillic ie */
    {0x43E, 0x43E, '0', false},       /* Cyrillic o */
    {0x441, 0x441, 'c', false},       /* Cyrillic es */
    {0x501, 0x501, 'd', false},       /* Cyrillic komi de */
    {0x589, 0x589, ':', false},       /* Armenian full stop */
    {0x660, 0x669, '0', true},        /* Arabic-Indic digits */
    {0x6F0, 0x6F9, '0', true},        /* extended Arabic-Indic digits */
    {0x2000, 0x200A, ' ', false},     /* spaces of various widths */
    {0x200B, 0x200F, DROPPED, false}, /* zero-width space, joiners, direction marks */
    {0x2010, 0x2015, '-', false},     /* hyphens and dashes */
    {0x2018, 0x2019, '\'', false},    /* curly single quotes */
    {0x201C, 0x201D, '"', false},     /* curly double quotes */
    {0x202F, 0x202F, ' ', false},     /* narrow no-break space */
    {0x2060, 0x2064, DROPPED, false}, /* word joiner, invisible operators */
    {0x2212, 0x2212, '-', false},     /* minus sign */
    {0x2236, 0x2236, ':', false},     /* ratio */
    {0x3000, 0x3000, ' ', false},     /* ideographic space */
    {0xA789, 0xA789, ':', false},     /* modifier letter colon */
    {0xFE13, 0xFE13, ':', false},     /* vertical colon */
    {0xFE55, 0xFE55, ':', false},     /* small colon */
    {0xFEFF, 0xFEFF, DROPPED, false}, /* byte order mark */
    {0xFF01, 0xFF5E, '!', true},      /* full-width ASCII */
    {0x1D7CE, 0x1D7D7, '0', true},    /* mathematical bold digits */
    {0x1D7F6, 0x1D7FF, '0', true},    /* mathematical monospace digits */
};

static char fold_rune(unsigned rune)
{
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (rune >= ranges[i].first && rune <= ranges[i].last)
            return ranges[i].counts ? (char)(ranges[i].to + (char)(rune - ranges[i].first))
                                    : ranges[i].to;
    }
    return LOOK_ALIKE_UNKNOWN;
}

/* A letter is taken for a digit only in a text of hex digits, colons and such letters. */
static bool is_ids_with_letters(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!ascii_is_hex(c) && c != ':' && c != 'O' && c != 'o' && c != 'l' && c != 'I')
            return false;
    }
    return text.len == 9;
}

static char fold_letter(char c)
{
    return c == 'O' || c == 'o' ? '0' : c == 'l' || c == 'I' ? '1' : c;
}

struct str look_alike_fold(struct str text, char *buffer, size_t size)
{
    bool letters = is_ids_with_letters(text);
    size_t len = 0;

    if (text.len > size)
        return text;
    for (size_t at = 0; at < text.len;) {
        unsigned rune;
        size_t bytes = utf8_decode(text, at, &rune);
        char c = rune < 0x80 ? text.data[at] : fold_rune(rune);

        if (c != DROPPED || rune == 0)
            buffer[len++] = letters ? fold_letter(c) : c;
        at += bytes;
    }
    return str_equal(text, (struct str){buffer, len}) ? text : (struct str){buffer, len};
}
