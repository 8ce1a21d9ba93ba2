/* SPDX-License-Identifier: Apache-2.0 */
#include "server/documents/json_text.h"

#include "server/documents/json_scan.h"
#include "server/documents/json_skip.h"
#include "server/documents/json_string.h"
#include "server/documents/yaml_number.h"
#include "server/documents/yaml_scalar.h"

#include "base/text.h"

#include <stdint.h>

struct json_reader {
    struct json_scan scan;
    struct document_place place; /* of byte `place_at`, which `scan` has not gone back behind */
    size_t place_at;
    struct document_tree *tree;
    struct account *account; /* the tree's */
    struct text decoded;     /* the string that was read last, if it has escapes */
    bool may_decode;         /* the memory for `decoded` was taken */
    bool not_json;           /* why a function returned false, unless there is an error */
};

static bool read_value(struct json_reader *reader, const struct field_mask *mask,
                       struct error *err);

static bool not_json(struct json_reader *reader)
{
    reader->not_json = true;
    return false;
}

/* The place of the next byte. Only what is kept asks for it: a text is mostly passed over. */
static struct document_place here(struct json_reader *reader)
{
    document_place_move(&reader->place, reader->scan.text, reader->place_at, reader->scan.at);
    reader->place_at = reader->scan.at;
    return reader->place;
}

/* --- strings ---------------------------------------------------------------------------------- */

static bool read_escape(struct json_reader *reader)
{
    struct json_scan *scan = &reader->scan;
    struct json_character character;
    size_t taken = json_escape_decode(str_slice(scan->text, scan->at, SIZE_MAX), &character);

    if (taken == 0)
        return not_json(reader);
    text_add_str(&reader->decoded, (struct str){character.bytes, character.len});
    scan->at += taken;
    return true;
}

/* What is decoded grows by doubling, and no string is longer than the text: three times that. */
static bool begin_decoding(struct json_reader *reader, struct error *err)
{
    size_t len = reader->scan.text.len;

    text_cut(&reader->decoded, 0);
    if (!reader->may_decode)
        reader->may_decode = account_take(reader->account, 256 + 3 * len + len / 8);
    return reader->may_decode || error_no_memory(err);
}

/* The string after its opening quote; borrowed from the text or from `decoded`. */
static bool read_characters(struct json_reader *reader, struct str *ret_string, struct error *err)
{
    struct json_scan *scan = &reader->scan;
    struct str run = json_scan_run(scan);

    if (json_scan_peek(scan, 0) != '"') {
        if (json_scan_peek(scan, 0) == '\\' && !begin_decoding(reader, err))
            return false;
        while (json_scan_peek(scan, 0) == '\\') {
            text_add_str(&reader->decoded, run);
            if (!read_escape(reader))
                return false;
            run = json_scan_run(scan);
        }
        if (json_scan_peek(scan, 0) != '"')
            return not_json(reader);
        text_add_str(&reader->decoded, run);
        if (reader->decoded.failed)
            return error_no_memory(err);
        run = (struct str){text_get(&reader->decoded), reader->decoded.len};
    }
    scan->at++;
    *ret_string = run;
    return true;
}

/* --- values ----------------------------------------------------------------------------------- */

static bool put(struct json_reader *reader, const struct yaml_scalar *scalar,
                struct document_place place, struct error *err)
{
    return document_tree_scalar(reader->tree, scalar, false, NULL, place, err);
}

/* Puts the string, which may be a key; it is borrowed from the text or from `decoded`. */
static bool read_string(struct json_reader *reader, struct str *ret_string, struct error *err)
{
    struct document_place place = here(reader);
    struct yaml_scalar scalar;

    reader->scan.at++;
    if (!read_characters(reader, ret_string, err))
        return false;
    scalar = yaml_scalar_string(*ret_string);
    return put(reader, &scalar, place, err);
}

static bool read_number(struct json_reader *reader, struct error *err)
{
    struct document_place place = here(reader);
    struct str number =
        str_slice(reader->scan.text, reader->scan.at, json_scan_number(&reader->scan));
    struct yaml_scalar scalar = {.kind = SCALAR_STRING};

    if (!yaml_number_read(number, document_tree_arena(reader->tree), &scalar))
        return error_no_memory(err);
    if (scalar.kind == SCALAR_STRING)
        return not_json(reader);
    reader->scan.at += number.len;
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
    struct document_place place = here(reader);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (json_scan_word(&reader->scan, words[i].text))
            return put(reader, &words[i].scalar, place, err);
    }
    return not_json(reader);
}

/* Passes over the value of a key that the mask does not have. */
static bool leave_out(struct json_reader *reader, struct error *err)
{
    enum json_skip_result result = json_skip_value(
        &reader->scan, document_tree_levels(reader->tree), document_tree_arena(reader->tree), err);

    if (result == JSON_SKIP_NOT_JSON)
        return not_json(reader);
    if (result == JSON_SKIP_REFUSED)
        return document_place_wrap(here(reader), err);
    return document_tree_leave_out(reader->tree, reader->place, err);
}

/* `object` is the mask of the object whose member this is; NULL: every member is kept. */
static bool read_member(struct json_reader *reader, const struct field_mask *object,
                        struct error *err)
{
    const struct field_mask *field;
    struct str key;

    json_scan_space(&reader->scan);
    if (json_scan_peek(&reader->scan, 0) != '"')
        return not_json(reader);
    if (!read_string(reader, &key, err))
        return false;
    field = object ? field_mask_find(object, key, str_head(key)) : NULL;
    if (!json_scan_take(&reader->scan, ':'))
        return not_json(reader);
    return object && !field ? leave_out(reader, err) : read_value(reader, field, err);
}

/* `read_item` for each item of a collection that ends in `end`. */
static bool read_items(struct json_reader *reader, char end, const struct field_mask *mask,
                       bool (*read_item)(struct json_reader *, const struct field_mask *,
                                         struct error *),
                       struct error *err)
{
    reader->scan.at++;
    if (!json_scan_take(&reader->scan, end)) {
        do {
            if (!read_item(reader, mask, err))
                return false;
        } while (json_scan_take(&reader->scan, ','));
        if (!json_scan_take(&reader->scan, end))
            return not_json(reader);
    }
    return document_tree_close(reader->tree, reader->place, err);
}

static bool open_collection(struct json_reader *reader, enum yaml_collection kind,
                            struct error *err)
{
    return document_tree_open(reader->tree, kind, NULL, here(reader), err);
}

/* The mask by which the members of an object, or the items of an array, are kept; NULL: whole. */
static const struct field_mask *mask_below(const struct field_mask *mask, enum field_shape shape)
{
    if (!mask || mask->shape != shape)
        return NULL;
    return shape == FIELD_SHAPE_LIST ? mask->fields : mask;
}

/*
 * Recurses no deeper than the tree lets a collection open. `mask` NULL: the value is kept whole,
 * and so is one that has not the shape of its mask.
 */
static bool read_value(struct json_reader *reader, const struct field_mask *mask, struct error *err)
{
    struct str string;

    json_scan_space(&reader->scan);
    switch (json_scan_peek(&reader->scan, 0)) {
    case '{':
        return open_collection(reader, YAML_COLLECTION_MAPPING, err) &&
               read_items(reader, '}', mask_below(mask, FIELD_SHAPE_OBJECT), read_member, err);
    case '[':
        return open_collection(reader, YAML_COLLECTION_SEQUENCE, err) &&
               read_items(reader, ']', mask_below(mask, FIELD_SHAPE_LIST), read_value, err);
    case '"':
        return read_string(reader, &string, err);
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
        json_scan_space(&reader->scan);
        if (json_scan_peek(&reader->scan, 0) != '{')
            return true;
        if (!read_value(reader, NULL, err))
            return false;
        if (json_array_append_new(documents, document_tree_take(reader->tree)) < 0)
            return error_no_memory(err);
        *ret_used = reader->scan.at;
    }
}

static struct json_reader reader_of(struct str text, struct document_tree *tree)
{
    return (struct json_reader){
        .scan = {.text = text},
        .place = {1, 1},
        .tree = tree,
        .account = document_tree_arena(tree)->account,
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
static bool describe_stop(struct json_reader *reader, struct error *err)
{
    struct text shown CLEANUP_TEXT = TEXT_INIT(64);
    struct str rest = str_slice(reader->scan.text, reader->scan.at, SIZE_MAX);
    unsigned rune;

    if (rest.len > 0)
        text_add_quoted(&shown, str_slice(rest, 0, utf8_decode(rest, 0, &rune)), 32);
    if (rest.len > 0)
        error_set(err, "unexpected %s", text_get(&shown));
    else
        error_set(err, "the text ends too early");
    return document_place_wrap(here(reader), err);
}

bool json_text_read_value(struct str text, const struct field_mask *mask,
                          struct document_tree *tree, json_t **ret_value, struct error *err)
{
    struct json_reader reader = reader_of(text, tree);
    bool good = read_value(&reader, mask, err);

    if (good) {
        json_scan_space(&reader.scan);
        good = reader.scan.at == text.len || not_json(&reader);
    }
    text_free(&reader.decoded);
    if (good)
        *ret_value = document_tree_take(tree);
    else if (reader.not_json)
        describe_stop(&reader, err);
    return good;
}
