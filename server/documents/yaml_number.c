/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/yaml_number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_sign(char c)
{
    return c == '+' || c == '-';
}

/* The value of an ASCII digit in bases up to 16, or 16 when it is none. */
static unsigned digit_value(char c)
{
    if (!ascii_is_hex(c))
        return 16;
    return ascii_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(ascii_lower(c) - 'a') + 10;
}

/* All of `text` as digits of `base`. False: another character, or more than 64 bits. */
static bool read_digits(struct str text, unsigned base, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = digit_value(text.data[i]);

        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret_value = value;
    return true;
}

/* Takes the base's prefix (0x, 0o, 0b in either case, or a leading 0 for octal) off `text`. */
static unsigned take_base(struct str *text)
{
    static const struct {
        char letter;
        unsigned base;
    } prefixes[] = {{'x', 16}, {'o', 8}, {'b', 2}};

    if (text->data[0] != '0')
        return 10;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (text->len >= 3 && ascii_lower(text->data[1]) == prefixes[i].letter) {
            *text = str_slice(*text, 2, text->len);
            return prefixes[i].base;
        }
    }
    *text = str_slice(*text, 1, text->len);
    return 8;
}

/* Stores a magnitude and a sign when they fit into 64 bits; only a bare one may be unsigned. */
static bool store_integer(uint64_t magnitude, char sign, struct yaml_scalar *scalar)
{
    if (magnitude <= INT64_MAX) {
        scalar->kind = SCALAR_INTEGER;
        scalar->integer = sign == '-' ? -(int64_t)magnitude : (int64_t)magnitude;
    } else if (sign == '-' && magnitude == (uint64_t)INT64_MAX + 1) {
        scalar->kind = SCALAR_INTEGER;
        scalar->integer = INT64_MIN;
    } else if (sign == '\0') {
        scalar->kind = SCALAR_UNSIGNED;
        scalar->real = (double)magnitude;
    } else {
        return false;
    }
    return true;
}

static bool read_integer(struct str text, struct yaml_scalar *scalar)
{
    char sign = '\0';
    uint64_t magnitude;
    unsigned base;

    if (is_sign(text.data[0])) {
        sign = text.data[0];
        text = str_slice(text, 1, text.len);
    }
    if (text.len == 0)
        return false;
    base = take_base(&text);
    return read_digits(text, base, &magnitude) && store_integer(magnitude, sign, scalar);
}

/* Go's resolver also takes a sign behind the prefix: 0b-11 is -3. */
static bool read_signed_binary(struct str text, struct yaml_scalar *scalar)
{
    uint64_t magnitude;

    return str_starts_with(text, STR("0b")) && text.len > 3 && is_sign(text.data[2]) &&
           read_digits(str_slice(text, 3, text.len), 2, &magnitude) &&
           store_integer(magnitude, text.data[2], scalar);
}

static size_t skip_digits(const char *text, size_t at)
{
    while (ascii_is_digit(text[at]))
        at++;
    return at;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? and nothing else. */
static bool looks_real(struct str text)
{
    const char *p = text.data;
    size_t whole = is_sign(p[0]) ? 1 : 0;
    size_t at = skip_digits(p, whole);
    size_t digits = at - whole;

    if (p[at] == '.') {
        size_t fraction = at + 1;

        at = skip_digits(p, fraction);
        digits += at - fraction;
    }
    if (digits == 0)
        return false;
    if (p[at] == 'e' || p[at] == 'E') {
        size_t exponent = at + (is_sign(p[at + 1]) ? 2 : 1);

        at = skip_digits(p, exponent);
        if (at == exponent)
            return false;
    }
    return at == text.len;
}

/* `text` ends in NUL. What overflows a double is not a number but stays a string. */
static bool read_real(struct str text, struct yaml_scalar *scalar)
{
    double value;

    if (!looks_real(text))
        return false;
    value = strtod(text.data, NULL);
    if (!isfinite(value))
        return false;
    scalar->kind = SCALAR_REAL;
    scalar->real = value;
    return true;
}

/* After a leading dot, underscores may only stand between two digits. */
static bool underscores_divide_digits(struct str text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] == '_' && (!ascii_is_digit(text.data[i - 1]) || i + 1 == text.len ||
                                    !ascii_is_digit(text.data[i + 1])))
            return false;
    }
    return true;
}

/* Only with these characters can a text be a number, and so be worth a copy. */
static bool has_only_number_characters(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!ascii_is_hex(c) && !is_sign(c) && !(c != '\0' && strchr("._xXoO", c)))
            return false;
    }
    return true;
}

/* Copies `text` without its underscores; `to` has room for text.len + 1 bytes. */
static struct str strip_underscores(struct str text, char *to)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '_')
            to[len++] = text.data[i];
    }
    to[len] = '\0';
    return (struct str){to, len};
}

bool yaml_number_read(struct str text, struct arena *arena, struct yaml_scalar *scalar)
{
    char first = text.len > 0 ? text.data[0] : '\0';
    char small[64] = {0};
    char *room;
    struct str plain;

    if (text.len == 0 || (!ascii_is_digit(first) && !is_sign(first) && first != '.') ||
        !has_only_number_characters(text) || (first == '.' && !underscores_divide_digits(text)))
        return true;
    room = text.len < sizeof small ? small : arena_alloc(arena, text.len + 1, 1);
    if (!room)
        return false;
    plain = strip_underscores(text, room);
    if (first == '.')
        read_real(plain, scalar);
    else if (!read_integer(plain, scalar) && !read_real(plain, scalar))
        read_signed_binary(plain, scalar);
    return true;
}

void yaml_number_key(double value, char *buffer, size_t size)
{
    float narrow = (float)value;
    int precision = 0;
    char exponential[32];
    long exponent;

    if (!isfinite(narrow)) {
        snprintf(buffer, size, "%s", isnan(narrow) ? ".nan" : narrow > 0 ? ".inf" : "-.inf");
        return;
    }
    do {
        snprintf(exponential, sizeof exponential, "%.*e", precision, (double)narrow);
    } while (strtof(exponential, NULL) != narrow && ++precision < 9);
    exponent = strtol(strchr(exponential, 'e') + 1, NULL, 10);
    if (exponent < -4 || exponent >= 6)
        snprintf(buffer, size, "%s", exponential);
    else
        snprintf(buffer, size, "%.*f", precision > exponent ? precision - (int)exponent : 0,
                 (double)narrow);
}
