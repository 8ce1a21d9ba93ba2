/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/yaml_scalar.h"

#include "server/documents/yaml_number.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_SPELLINGS 6

static const struct word {
    struct yaml_scalar scalar;
    const char *spellings[MAX_SPELLINGS];
} words[] = {
    {{.kind = SCALAR_NULL}, {"", "~", "null", "Null", "NULL"}},
    {{.kind = SCALAR_BOOL, .truth = true}, {"y", "Y", "yes", "Yes", "YES"}},
    {{.kind = SCALAR_BOOL, .truth = true}, {"true", "True", "TRUE"}},
    {{.kind = SCALAR_BOOL, .truth = true}, {"on", "On", "ON"}},
    {{.kind = SCALAR_BOOL, .truth = false}, {"n", "N", "no", "No", "NO"}},
    {{.kind = SCALAR_BOOL, .truth = false}, {"false", "False", "FALSE"}},
    {{.kind = SCALAR_BOOL, .truth = false}, {"off", "Off", "OFF"}},
    {{.kind = SCALAR_REAL, .real = (double)NAN}, {".nan", ".NaN", ".NAN"}},
    {{.kind = SCALAR_REAL, .real = (double)INFINITY},
     {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"}},
    {{.kind = SCALAR_REAL, .real = -(double)INFINITY}, {"-.inf", "-.Inf", "-.INF"}},
};

struct yaml_scalar yaml_scalar_string(struct str text)
{
    return (struct yaml_scalar){.kind = SCALAR_STRING, .text = text};
}

static bool is_spelling(const struct word *word, struct str text)
{
    for (size_t i = 0; i < MAX_SPELLINGS && word->spellings[i]; i++) {
        if (str_equal(text, str_from(word->spellings[i])))
            return true;
    }
    return false;
}

static bool read_word(struct str text, struct yaml_scalar *ret_scalar)
{
    if (text.len > strlen("false"))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_spelling(&words[i], text)) {
            *ret_scalar = words[i].scalar;
            return true;
        }
    }
    return false;
}

/* False: out of memory. */
static bool read_plain(struct str text, struct arena *arena, struct yaml_scalar *ret_scalar)
{
    if (read_word(text, ret_scalar))
        return true;
    *ret_scalar = yaml_scalar_string(text);
    return yaml_number_read(text, arena, ret_scalar);
}

/* Six bits of base64, or 64 for a byte that is none of its digits. */
static unsigned base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *hit = c != '\0' ? strchr(digits, c) : NULL;

    return hit ? (unsigned)(hit - digits) : 64;
}

/* Decodes standard base64 with padding, line breaks ignored, into `out` (3/4 of text.len). */
static bool decode_base64(struct str text, char *out, size_t *ret_len)
{
    size_t len = 0;
    size_t digits = 0;
    size_t padding = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = base64_digit(text.data[i]);

        if (text.data[i] == '\n' || text.data[i] == '\r')
            continue;
        if (text.data[i] == '=')
            padding++;
        else if (digit == 64 || padding > 0)
            return false;
        bits = bits << 6 | (digit & 63);
        if (++digits % 4 == 0) {
            out[len++] = (char)(bits >> 16 & 0xFF);
            out[len++] = (char)(bits >> 8 & 0xFF);
            out[len++] = (char)(bits & 0xFF);
        }
    }
    if (digits % 4 != 0 || padding > 2)
        return false;
    *ret_len = len - padding;
    return true;
}

/* A copy with each byte that is not UTF-8 as U+FFFD, which is how the tools write such a JSON. */
static struct str copy_as_utf8(struct arena *arena, struct str bytes)
{
    char *copy = arena_alloc(arena, bytes.len + 1, strlen("\uFFFD"));
    size_t len = 0;

    for (size_t at = 0; copy && at < bytes.len;) {
        unsigned rune;
        size_t size = utf8_decode(bytes, at, &rune);
        struct str part = rune == 0xFFFD ? STR("\uFFFD") : str_slice(bytes, at, size);

        memcpy(copy + len, part.data, part.len);
        len += part.len;
        at += size;
    }
    return (struct str){copy, len};
}

static bool read_binary(struct str text, struct arena *arena, struct yaml_scalar *ret_scalar,
                        struct error *err)
{
    char *bytes = arena_alloc(arena, text.len + 1, 1);
    size_t len;
    struct str copy;

    if (!bytes)
        return error_no_memory(err);
    if (!decode_base64(text, bytes, &len))
        return error_set(err, "this !!binary is not base64");
    copy = copy_as_utf8(arena, (struct str){bytes, len});
    if (!copy.data)
        return error_no_memory(err);
    *ret_scalar = yaml_scalar_string(copy);
    return true;
}

/* Turns `scalar`, read as a plain text, into the kind that its tag asks for. */
static bool as_kind(struct yaml_scalar *scalar, enum yaml_scalar_kind kind)
{
    if (kind == SCALAR_REAL && scalar->kind == SCALAR_INTEGER) {
        scalar->kind = SCALAR_REAL;
        scalar->real = (double)scalar->integer;
    }
    return scalar->kind == kind || (kind == SCALAR_INTEGER && scalar->kind == SCALAR_UNSIGNED);
}

static bool not_of_kind(struct str text, const char *name, struct error *err)
{
    struct text quoted = TEXT_INIT(200);

    text_add_quoted(&quoted, text, 40);
    error_set(err, "%s is not a !!%s; correct it or remove the tag", text_get(&quoted), name);
    text_free(&quoted);
    return false;
}

bool yaml_scalar_read(struct str text, const char *tag, struct arena *arena,
                      struct yaml_scalar *ret_scalar, struct error *err)
{
    static const struct {
        const char *name;
        enum yaml_scalar_kind kind;
    } kinds[] = {
        {"null", SCALAR_NULL},
        {"bool", SCALAR_BOOL},
        {"int", SCALAR_INTEGER},
        {"float", SCALAR_REAL},
    };
    const struct str prefix = STR("tag:yaml.org,2002:");
    const char *name = tag && str_starts_with(str_from(tag), prefix) ? tag + prefix.len : "";
    struct yaml_scalar scalar;

    if (strcmp(name, "binary") == 0)
        return read_binary(text, arena, ret_scalar, err);
    if (!read_plain(text, arena, &scalar))
        return error_no_memory(err);
    for (size_t i = 0; tag && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(name, kinds[i].name) != 0)
            continue;
        if (!as_kind(&scalar, kinds[i].kind))
            return not_of_kind(text, name, err);
        *ret_scalar = scalar;
        return true;
    }
    /* !!str, !!timestamp and every tag that the tools do not know leave the text as it is. */
    *ret_scalar = tag ? yaml_scalar_string(text) : scalar;
    return true;
}

static json_t *json_of(const struct yaml_scalar *scalar)
{
    switch (scalar->kind) {
    case SCALAR_NULL:
        return json_null();
    case SCALAR_BOOL:
        return json_boolean(scalar->truth);
    case SCALAR_INTEGER:
        return json_integer(scalar->integer);
    case SCALAR_UNSIGNED:
    case SCALAR_REAL:
        return json_real(scalar->real);
    case SCALAR_STRING:
        break;
    }
    return json_stringn_nocheck(scalar->text.data, scalar->text.len);
}

json_t *yaml_scalar_json(const struct yaml_scalar *scalar, struct error *err)
{
    json_t *value;

    if (scalar->kind == SCALAR_REAL && !isfinite(scalar->real)) {
        error_set(err,
                  "JSON has no infinity and no not-a-number; put it in quotes if text is meant");
        return NULL;
    }
    value = json_of(scalar);
    if (!value)
        error_no_memory(err);
    return value;
}

bool yaml_scalar_key(const struct yaml_scalar *scalar, char buffer[YAML_SCALAR_KEY_SIZE],
                     struct str *ret_key, struct error *err)
{
    switch (scalar->kind) {
    case SCALAR_NULL:
        return error_set(err, "a key is null or missing; put it in quotes if text is meant");
    case SCALAR_UNSIGNED:
        return error_set(err, "a key is an integer above 64 bits; put it in quotes");
    case SCALAR_BOOL:
        *ret_key = scalar->truth ? STR("true") : STR("false");
        return true;
    case SCALAR_INTEGER:
        snprintf(buffer, YAML_SCALAR_KEY_SIZE, "%" PRId64, scalar->integer);
        *ret_key = str_from(buffer);
        return true;
    case SCALAR_REAL:
        yaml_number_key(scalar->real, buffer, YAML_SCALAR_KEY_SIZE);
        *ret_key = str_from(buffer);
        return true;
    case SCALAR_STRING:
        break;
    }
    if (str_find(scalar->text, '\0') < scalar->text.len)
        return error_set(err, "a key holds a NUL character");
    *ret_key = scalar->text;
    return true;
}
