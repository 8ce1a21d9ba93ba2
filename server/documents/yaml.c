/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading goes in three steps: the text is checked (document_text), JSON objects at its beginning
 * are read (json_text), and the rest goes event by event from libyaml; both build a document_tree.
 * Where kubectl does something that nobody can want, this is stricter: duplicate keys, text behind
 * a finished document, and bytes that are not UTF-8 are errors; %YAML directives are read.
 */
#include "server/documents/yaml.h"

#include "server/documents/document_text.h"
#include "server/documents/document_tree.h"
#include "server/documents/json_text.h"
#include "server/documents/yaml_scalar.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/*
 * 400,000 values is where go.yaml.in/yaml/v2 begins to refuse aliases, and more than fit into the
 * 1.5 MiB that etcd takes as one object. They take some 100 bytes each in memory.
 */
#define MAX_VALUES 400000
/* Four times the largest text that a request can have (7 MiB), in whole powers of two. */
#define MAX_STRING_BYTES ((size_t)32 * 1024 * 1024)

struct reader {
    yaml_parser_t parser;
    struct str text;             /* what libyaml reads: marks count from here */
    size_t given;                /* bytes of it that libyaml has */
    struct document_place start; /* where that is in the whole text */
    bool has_odd_ends;           /* libyaml sees line ends that nobody else does */
    struct {
        size_t index; /* in characters */
        size_t at;
        struct document_place place;
    } last;                        /* place that was asked for, when it has odd ends */
    struct document_budget budget; /* what may still be read */
    struct document_tree *tree;
    json_t *documents;
};

/* U+0085, U+2028 and U+2029 end lines in YAML 1.1, and in no editor. */
static bool has_odd_ends(struct str text)
{
    static const struct str ends[] = {STR_INIT("\xC2\x85"), STR_INIT("\xE2\x80\xA8"),
                                      STR_INIT("\xE2\x80\xA9")};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (text.data && memmem(text.data, text.len, ends[i].data, ends[i].len))
            return true;
    }
    return false;
}

/* Marks come in rising order, so that this passes over the text once. */
static struct document_place place_of_index(struct reader *reader, size_t index)
{
    struct str text = reader->text;
    size_t from;

    if (index < reader->last.index || reader->last.at == 0) {
        reader->last.index = reader->last.at = 0;
        reader->last.place = reader->start;
    }
    from = reader->last.at;
    while (reader->last.index < index && reader->last.at < text.len) {
        unsigned rune;

        reader->last.at += utf8_decode(text, reader->last.at, &rune);
        reader->last.index++;
    }
    document_place_move(&reader->last.place, text, from, reader->last.at);
    return reader->last.place;
}

static struct document_place place_of(struct reader *reader, const yaml_mark_t *mark)
{
    if (reader->has_odd_ends)
        return place_of_index(reader, mark->index);
    return (struct document_place){
        reader->start.line + mark->line,
        mark->column + (mark->line == 0 ? reader->start.column : 1),
    };
}

/* --- libyaml's errors ------------------------------------------------------------------------ */

/* The byte of the text at a mark, which counts characters. */
static char byte_at(struct str text, const yaml_mark_t *mark)
{
    size_t characters = 0;

    for (size_t at = 0; at < text.len; at++) {
        if (((unsigned char)text.data[at] & 0xC0) != 0x80 && characters++ == mark->index)
            return text.data[at];
    }
    return '\0';
}

/* libyaml's messages are constants, free of input. */
static bool parser_error(struct reader *reader, struct error *err)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "not YAML";
    const char *hint = "";

    if (parser->error == YAML_MEMORY_ERROR)
        return error_no_memory(err);
    if (parser->error == YAML_READER_ERROR) {
        error_set(err, "%s", problem);
        return document_place_wrap(document_place_at(reader->text, parser->problem_offset), err);
    }
    if (byte_at(reader->text, &parser->problem_mark) == '\t')
        hint = "; indent with spaces, not with a tab";
    if (parser->context && parser->context_mark.line != parser->problem_mark.line)
        error_set(err, "%s (%s that begins on line %zu)%s", problem, parser->context,
                  place_of(reader, &parser->context_mark).line, hint);
    else
        error_set(err, "%s%s", problem, hint);
    return document_place_wrap(place_of(reader, &parser->problem_mark), err);
}

/* --- events ---------------------------------------------------------------------------------- */

static bool on_nothing(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    (void)reader;
    (void)event;
    (void)err;
    return true;
}

static bool is_merge_key(struct str text, const char *tag, bool implicit)
{
    return str_equal(text, STR("<<")) &&
           (implicit || (tag && strcmp(tag, "tag:yaml.org,2002:merge") == 0));
}

static bool on_scalar(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const char *tag = (const char *)event->data.scalar.tag;
    const char *anchor = (const char *)event->data.scalar.anchor;
    bool implicit = event->data.scalar.plain_implicit != 0;
    struct document_place place = place_of(reader, &event->start_mark);
    struct yaml_scalar scalar = yaml_scalar_string(text);

    if ((implicit || tag) &&
        !yaml_scalar_read(text, tag, document_tree_arena(reader->tree), &scalar, err))
        return document_place_wrap(place, err);
    return document_tree_scalar(reader->tree, &scalar, is_merge_key(text, tag, implicit), anchor,
                                place, err);
}

static bool on_sequence_start(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    return document_tree_open(reader->tree, YAML_COLLECTION_SEQUENCE,
                              (const char *)event->data.sequence_start.anchor,
                              place_of(reader, &event->start_mark), err);
}

static bool on_mapping_start(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    return document_tree_open(reader->tree, YAML_COLLECTION_MAPPING,
                              (const char *)event->data.mapping_start.anchor,
                              place_of(reader, &event->start_mark), err);
}

static bool on_collection_end(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    return document_tree_close(reader->tree, place_of(reader, &event->start_mark), err);
}

static bool on_alias(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    return document_tree_alias(reader->tree, (const char *)event->data.alias.anchor,
                               place_of(reader, &event->start_mark), err);
}

static bool on_document_end(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    json_t *document = document_tree_take(reader->tree);

    (void)event;
    if (json_is_null(document))
        return true;
    return json_array_append_new(reader->documents, document) == 0 || error_no_memory(err);
}

/* False with `*ret_done` untouched: an error. */
static bool read_event(struct reader *reader, bool *ret_done, struct error *err)
{
    static bool (*const handlers[])(struct reader *, const yaml_event_t *, struct error *) = {
        [YAML_NO_EVENT] = on_nothing,
        [YAML_STREAM_START_EVENT] = on_nothing,
        [YAML_STREAM_END_EVENT] = on_nothing,
        [YAML_DOCUMENT_START_EVENT] = on_nothing,
        [YAML_DOCUMENT_END_EVENT] = on_document_end,
        [YAML_ALIAS_EVENT] = on_alias,
        [YAML_SCALAR_EVENT] = on_scalar,
        [YAML_SEQUENCE_START_EVENT] = on_sequence_start,
        [YAML_SEQUENCE_END_EVENT] = on_collection_end,
        [YAML_MAPPING_START_EVENT] = on_mapping_start,
        [YAML_MAPPING_END_EVENT] = on_collection_end,
    };
    yaml_event_t event;
    bool handled;

    if (!yaml_parser_parse(&reader->parser, &event))
        return parser_error(reader, err);
    *ret_done = event.type == YAML_STREAM_END_EVENT;
    handled = handlers[event.type](reader, &event, err);
    yaml_event_delete(&event);
    return handled;
}

/*
 * Gives libyaml the text and, when the last line has no end, a line feed as kubectl does: it shows
 * in a block scalar on the last line.
 */
static int give(void *data, unsigned char *buffer, size_t size, size_t *ret_size)
{
    struct reader *reader = data;
    struct str part = str_slice(reader->text, reader->given, size);
    bool ended = str_ends_with(reader->text, STR("\n"));

    if (part.data && part.len > 0) {
        memcpy(buffer, part.data, part.len);
        *ret_size = part.len;
    } else {
        *ret_size = reader->given == reader->text.len && !ended ? 1 : 0;
        buffer[0] = '\n';
    }
    reader->given += *ret_size;
    return 1;
}

static bool read_yaml(struct reader *reader, struct error *err)
{
    bool done = false;
    bool good = true;

    if (!yaml_parser_initialize(&reader->parser))
        return error_no_memory(err);
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&reader->parser, give, reader);
    while (good && !done)
        good = read_event(reader, &done, err);
    yaml_parser_delete(&reader->parser);
    return good;
}

/* --- the whole text -------------------------------------------------------------------------- */

static bool read_text(struct reader *reader, struct str text, struct error *err)
{
    size_t used;

    if (!document_text_check(&text, err) ||
        !json_text_read_objects(text, reader->tree, reader->documents, &used, err) ||
        !document_text_check_yaml(text, used, err))
        return false;
    reader->text = str_slice(text, used, text.len);
    reader->start = document_place_at(text, used);
    reader->has_odd_ends = has_odd_ends(reader->text);
    return read_yaml(reader, err);
}

json_t *yaml_load(const char *text, size_t len, struct error *err)
{
    return yaml_load_placed(text, len, NULL, err);
}

json_t *yaml_load_placed(const char *text, size_t len, struct document_places *places,
                         struct error *err)
{
    struct reader reader = {.budget = {.values = MAX_VALUES, .bytes = MAX_STRING_BYTES}};
    bool good = false;

    reader.tree = document_tree_new(&reader.budget, err);
    if (!reader.tree)
        return NULL;
    document_tree_note_places(reader.tree, places);
    reader.documents = json_array();
    if (reader.documents)
        good = read_text(&reader, (struct str){text ? text : "", len}, err);
    else
        error_no_memory(err);
    document_tree_free(reader.tree);
    if (!good) {
        json_decref(reader.documents);
        return NULL;
    }
    return reader.documents;
}
