/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a manifest. What is accepted must be JSON that reads back the same, strictly by
 * jansson and, a document for itself, by yaml_load; what is refused must come with a message that
 * can be shown. Of each value there is a place in the text, and asking for places changes nothing.
 */
#include "server/documents/yaml.h"

#include "base/str.h"
#include "base/text.h"
#include "tests/fuzz/refusal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longer documents could come near a limit of yaml_load. */
#define MAX_DOCUMENT_BYTES ((size_t)64 * 1024)

static void expect_strict_json(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    json_t *again;

    expect(text != NULL);
    again = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    expect(json_equal(value, again));
    json_decref(again);
    free(text);
}

static void expect_same_alone(const json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t len = strlen(text);

    if (json_is_object(document) && len <= MAX_DOCUMENT_BYTES) {
        struct error err = untouched;
        json_t *again = yaml_load(text, len, &err);

        expect(json_array_size(again) == 1);
        expect(json_equal(json_array_get(again, 0), document));
        json_decref(again);
    }
    free(text);
}

/*
 * Of a text with `lines` line ends, counted as generously as any reader does. The YAML reader sees
 * one more at the end, and what is empty may stand behind it.
 */
static void expect_place(struct document_place place, size_t lines)
{
    expect(place.line >= 1 && place.line <= lines + 2 && place.column >= 1);
}

static void expect_places(const struct document_places *places, json_t *value, size_t lines)
{
    const char *key;
    size_t len, i;
    json_t *part;

    json_object_keylen_foreach(value, key, len, part)
    {
        expect_place(document_places_member(places, value, (struct str){key, len}), lines);
        expect_places(places, part, lines);
    }
    json_array_foreach(value, i, part) {
        expect_place(document_places_item(places, value, i), lines);
        expect_places(places, part, lines);
    }
}

/* YAML 1.1 has line ends of two and three bytes, too. */
static size_t count_lines(const char *text, size_t len)
{
    size_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n' || text[i] == '\r' || (unsigned char)text[i] >= 0x80;
    return lines;
}

static void expect_placed(const char *text, size_t len, json_t *documents)
{
    struct document_places places CLEANUP_DOCUMENT_PLACES;
    size_t lines = count_lines(text, len);
    struct error err = untouched;
    json_t *placed, *document;
    size_t i;

    document_places_init(&places);
    placed = yaml_load_placed(text, len, &places, &err);
    expect(json_equal(placed, documents));
    json_array_foreach(placed, i, document) {
        expect_place(document_places_root(&places, document), lines);
        expect_places(&places, document, lines);
    }
    json_decref(placed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = untouched;
    json_t *documents = yaml_load((const char *)data, size, &err);
    const json_t *document;
    size_t i;

    if (!documents) {
        expect_message(err.message);
        return 0;
    }
    expect(strcmp(err.message, untouched.message) == 0);
    expect(json_is_array(documents));
    expect_strict_json(documents);
    json_array_foreach(documents, i, document) {
        expect(!json_is_null(document));
        expect_same_alone(document);
    }
    expect_placed((const char *)data, size, documents);
    json_decref(documents);
    return 0;
}
