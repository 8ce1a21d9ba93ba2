/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_text.h"

#include "server/documents/yaml_number.h"
#include "server/documents/yaml_scalar.h"

#include "base/text.h"

struct json_reader {
    struct str text;
    size_t at;
    struct document_place place; /* of `at` */
    struct document_tree *tree;
    struct text decoded; /* the string that was read last, if it has escapes */
    bool not_json;       /* why a function returned false, unless there is an error */
};

static bool read_value(struct json_reader *reader, struct error *err);

static bool not_json(struct json_reader *reader)
{
    reader->not_json = true;
    return false;
}

/* The byte at `ahead` from here; NUL, which no text holds, behind the end. */
static char peek(const struct json_reader *reader, size_t ahead)
{
    return ahead < reader->text.len - reader->at ? reader->text.data[reader->at + ahead] : '\0';
}

static void skip(struct json_reader *reader, size_t count)
{
    for (; count > 0; count--) {
        char c = peek(reader, 0);

        if (c == '\n' || (c == '\r' && peek(reader, 1) != '\n'))
            reader->place = (struct document_place){reader->place.line + 1, 1};
        else if (((unsigned char)c & 0xC0) != 0x80)
            reader->place.column++;
        reader->at++;
    }
}

static void skip_space(struct json_reader *reader)
{
    while (peek(reader, 0) == ' ' || peek(reader, 0) == '\t' || peek(reader, 0) == '\n' ||
           peek(reader, 0) == '\r')
        skip(reader, 1);
}

/* Takes `c` and white space before it. False: something else comes. */
static bool take(struct json_reader *reader, char c)
{
    skip_space(reader);
    if (peek(reader, 0) != c)
        return false;
    skip(reader, 1);
    return true;
}

/* --- strings ---------------------------------------------------------------------------------- */

/* The four hex digits at `ahead`. */
static bool read_hex(const struct json_reader *reader, size_t ahead, unsigned *ret_value)
{
    unsigned value = 0;

    for (size_t i = ahead; i < ahead + 4; i++) {
        char c = ascii_lower(peek(reader, i));

        if (!ascii_is_hex(c))
            return false;
        value = value << 4 | (unsigned)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *ret_value = value;
    return true;
}

static void add_rune(struct text *text, unsigned rune)
{
    char utf8[4];
    size_t len = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;

    for (size_t i = len; i-- > 1; rune >>= 6)
        utf8[i] = (char)(0x80 | (rune & 0x3F));
    utf8[0] = (char)(len == 1 ? rune : (0xF00U >> len & 0xFF) | rune);
    text_add_str(text, (struct str){utf8, len});
}

/* \uXXXX, or two of them that are a surrogate pair; a lone surrogate is U+FFFD, as Go has it. */
static bool read_unicode_escape(struct json_reader *reader)
{
    unsigned rune, low;

    if (!read_hex(reader, 2, &rune))
        return not_json(reader);
    skip(reader, 6);
    if (rune >= 0xD800 && rune < 0xDC00 && peek(reader, 0) == '\\' && peek(reader, 1) == 'u' &&
        read_hex(reader, 2, &low) && low >= 0xDC00 && low < 0xE000) {
        skip(reader, 6);
        rune = 0x10000 + ((rune & 0x3FF) << 10 | (low & 0x3FF));
    }
    add_rune(&reader->decoded, rune >= 0xD800 && rune < 0xE000 ? 0xFFFD : rune);
    return true;
}

static bool read_escape(struct json_reader *reader)
{
    static const struct str letters = STR_INIT("\"\\/bfnrt");
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    size_t index = str_find(letters, peek(reader, 1));

    if (peek(reader, 1) == 'u')
        return read_unicode_escape(reader);
    if (index == letters.len)
        return not_json(reader);
    text_add_str(&reader->decoded, (struct str){&meanings[index], 1});
    skip(reader, 2);
    return true;
}

/* The bytes up to the next quote, backslash or control character. */
static struct str read_run(struct json_reader *reader)
{
    size_t len = 0;

    while ((unsigned char)peek(reader, len) >= 0x20 && peek(reader, len) != '"' &&
           peek(reader, len) != '\\')
        len++;
    skip(reader, len);
    return str_slice(reader->text, reader->at - len, len);
}

/* The string after its opening quote; borrowed from the text or from `decoded`. */
static bool read_characters(struct json_reader *reader, struct str *ret_string, struct error *err)
{
    struct str run = read_run(reader);

    if (peek(reader, 0) != '"') {
        text_cut(&reader->decoded, 0);
        while (peek(reader, 0) == '\\') {
            text_add_str(&reader->decoded, run);
            if (!read_escape(reader))
                return false;
            run = read_run(reader);
        }
        if (peek(reader, 0) != '"')
            return not_json(reader);
        text_add_str(&reader->decoded, run);
        if (reader->decoded.failed)
            return error_no_memory(err);
        run = (struct str){text_get(&reader->decoded), reader->decoded.len};
    }
    skip(reader, 1);
    *ret_string = run;
    return true;
}

/* --- values ----------------------------------------------------------------------------------- */

static bool put(struct json_reader *reader, const struct yaml_scalar *scalar,
                struct document_place place, struct error *err)
{
    return document_tree_scalar(reader->tree, scalar, false, NULL, place, err);
}

static bool read_string(struct json_reader *reader, struct error *err)
{
    struct document_place place = reader->place;
    struct yaml_scalar scalar;
    struct str string;

    skip(reader, 1);
    if (!read_characters(reader, &string, err))
        return false;
    scalar = yaml_scalar_string(string);
    return put(reader, &scalar, place, err);
}

static size_t count_digits(const struct json_reader *reader, size_t ahead)
{
    size_t count = 0;

    while (ascii_is_digit(peek(reader, ahead + count)))
        count++;
    return count;
}

/* The length of -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?, or 0. */
static size_t measure_number(const struct json_reader *reader)
{
    size_t len = peek(reader, 0) == '-' ? 1 : 0;
    size_t digits = count_digits(reader, len);

    if (digits == 0 || (digits > 1 && peek(reader, len) == '0'))
        return 0;
    len += digits;
    if (peek(reader, len) == '.') {
        digits = count_digits(reader, len + 1);
        if (digits == 0)
            return 0;
        len += 1 + digits;
    }
    if (ascii_lower(peek(reader, len)) == 'e') {
        len += peek(reader, len + 1) == '-' || peek(reader, len + 1) == '+' ? 2 : 1;
        digits = count_digits(reader, len);
        if (digits == 0)
            return 0;
        len += digits;
    }
    return len;
}

static bool read_number(struct json_reader *reader, struct error *err)
{
    struct document_place place = reader->place;
    size_t len = measure_number(reader);
    struct yaml_scalar scalar = {.kind = SCALAR_STRING};

    if (!yaml_number_read(str_slice(reader->text, reader->at, len),
                          document_tree_arena(reader->tree), &scalar))
        return error_no_memory(err);
    if (scalar.kind == SCALAR_STRING)
        return not_json(reader);
    skip(reader, len);
    return put(reader, &scalar, place, err);
}

static bool read_word(struct json_reader *reader, struct error *err)
{
    static const struct {
        struct str text;
        struct yaml_scalar scalar;
    } words[] = {
        {STR_INIT("true"), {.kind = SCALAR_BOOL, .truth = true}},
        {STR_INIT("false"), {.kind = SCALAR_BOOL, .truth = false}},
        {STR_INIT("null"), {.kind = SCALAR_NULL}},
    };
    struct str rest = str_slice(reader->text, reader->at, reader->text.len);
    struct document_place place = reader->place;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_starts_with(rest, words[i].text)) {
            skip(reader, words[i].text.len);
            return put(reader, &words[i].scalar, place, err);
        }
    }
    return not_json(reader);
}

static bool read_member(struct json_reader *reader, struct error *err)
{
    skip_space(reader);
    if (peek(reader, 0) != '"')
        return not_json(reader);
    if (!read_string(reader, err))
        return false;
    return take(reader, ':') ? read_value(reader, err) : not_json(reader);
}

/* `read_item` for each item of a collection that ends in `end`. */
static bool read_items(struct json_reader *reader, char end,
                       bool (*read_item)(struct json_reader *, struct error *), struct error *err)
{
    skip(reader, 1);
    if (!take(reader, end)) {
        do {
            if (!read_item(reader, err))
                return false;
        } while (take(reader, ','));
        if (!take(reader, end))
            return not_json(reader);
    }
    return document_tree_close(reader->tree, reader->place, err);
}

/* Recurses no deeper than the tree lets a collection open. */
static bool read_value(struct json_reader *reader, struct error *err)
{
    skip_space(reader);
    switch (peek(reader, 0)) {
    case '{':
        return document_tree_open(reader->tree, YAML_COLLECTION_MAPPING, NULL, reader->place,
                                  err) &&
               read_items(reader, '}', read_member, err);
    case '[':
        return document_tree_open(reader->tree, YAML_COLLECTION_SEQUENCE, NULL, reader->place,
                                  err) &&
               read_items(reader, ']', read_value, err);
    case '"':
        return read_string(reader, err);
    case 't':
    case 'f':
    case 'n':
        return read_word(reader, err);
    default:
        return read_number(reader, err);
    }
}

/* --- the objects at the beginning ------------------------------------------------------------- */

static bool read_objects(struct json_reader *reader, json_t *documents, size_t *ret_used,
                         struct error *err)
{
    for (;;) {
        skip_space(reader);
        if (peek(reader, 0) != '{')
            return true;
        if (!read_value(reader, err))
            return false;
        if (json_array_append_new(documents, document_tree_take(reader->tree)) < 0)
            return error_no_memory(err);
        *ret_used = reader->at;
    }
}

static struct json_reader reader_of(struct str text, struct document_tree *tree)
{
    return (struct json_reader){
        .text = text,
        .place = {1, 1},
        .tree = tree,
        .decoded = TEXT_INIT(text.len), /* an escape is longer than what it stands for */
    };
}

bool json_text_read_objects(struct str text, struct document_tree *tree, json_t *documents,
                            size_t *ret_used, struct error *err)
{
    struct json_reader reader = reader_of(text, tree);
    size_t used = 0;
    bool good = read_objects(&reader, documents, &used, err);

    text_free(&reader.decoded);
    if (!good && !reader.not_json)
        return false;
    document_tree_reset(tree);
    *ret_used = used;
    return true;
}

/* --- one value -------------------------------------------------------------------------------- */

/* What stands where the reader had to stop. */
static bool describe_stop(const struct json_reader *reader, struct error *err)
{
    struct text shown CLEANUP_TEXT = TEXT_INIT(64);
    struct str rest = str_slice(reader->text, reader->at, reader->text.len);
    unsigned rune;

    if (rest.len > 0)
        text_add_quoted(&shown, str_slice(rest, 0, utf8_decode(rest, 0, &rune)), 32);
    if (rest.len > 0)
        error_set(err, "unexpected %s", text_get(&shown));
    else
        error_set(err, "the text ends too early");
    return document_place_wrap(reader->place, err);
}

bool json_text_read_value(struct str text, struct document_tree *tree, json_t **ret_value,
                          struct error *err)
{
    struct json_reader reader = reader_of(text, tree);
    bool good = read_value(&reader, err);

    if (good) {
        skip_space(&reader);
        good = reader.at == text.len || not_json(&reader);
    }
    text_free(&reader.decoded);
    if (good)
        *ret_value = document_tree_take(tree);
    else if (reader.not_json)
        describe_stop(&reader, err);
    return good;
}
