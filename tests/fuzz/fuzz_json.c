/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader against jansson's parser, its reference: both take a text, with equal values, or
 * both refuse it. Known differences are left out of the comparison: half surrogate pairs (here
 * U+FFFD, there refused), NUL in keys, numbers that are no double, and depth over 500. Whatever is
 * taken can be written and is read back the same; what is refused comes with a message that can be
 * shown and leaves the output alone. jansson passes over a NUL behind a number: the reader refuses
 * each text with a NUL byte.
 */
#include "server/documents/json_reader.h"
#include "server/documents/json_write.h"
#include "tests/fuzz/refusal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Escapes of surrogates and of NUL, where the two readers part. */
static int has_special_escape(const char *text, size_t size)
{
    return memmem(text, size, "\\ud", 3) || memmem(text, size, "\\uD", 3) ||
           memmem(text, size, "\\u0000", 6);
}

static int is_excused(const char *text, size_t size, const json_error_t *theirs,
                      const struct error *ours)
{
    return has_special_escape(text, size) || strstr(theirs->text, "number overflow") ||
           strstr(ours->message, "nested deeper than");
}

/* Equal, with an integer as good as the real of its value. Depth is bounded by the reader. */
static int is_same(json_t *a, json_t *b)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) <= json_number_value(b) &&
               json_number_value(a) >= json_number_value(b);
    if (json_typeof(a) != json_typeof(b) || json_array_size(a) != json_array_size(b) ||
        json_object_size(a) != json_object_size(b))
        return 0;
    json_array_foreach(a, i, item) {
        if (!is_same(item, json_array_get(b, i)))
            return 0;
    }
    json_object_foreach(a, key, item) {
        if (!json_object_get(b, key) || !is_same(item, json_object_get(b, key)))
            return 0;
    }
    return json_is_object(a) || json_is_array(a) || json_equal(a, b);
}

/* NULL: refused. */
static json_t *read_ours(const char *text, size_t size, struct error *ours)
{
    json_t *value = NULL;

    if (json_read(text, size, &value, ours) == JSON_READ) {
        expect(value && strcmp(ours->message, untouched.message) == 0);
    } else {
        expect(!value);
        expect_message(ours->message);
    }
    return value;
}

static void expect_same_again(json_t *value)
{
    struct error err = untouched;
    char *text = json_write(value);
    json_t *again;

    expect(text != NULL);
    again = read_ours(text, strlen(text), &err);
    expect(again && is_same(value, again));
    json_decref(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    json_error_t theirs = {.text = ""};
    struct error ours = untouched;
    json_t *value = read_ours(text, size, &ours);
    json_t *reference = NULL;
    int same;

    if (value)
        expect_same_again(value);
    if (memchr(data, '\0', size)) {
        expect(!value);
        return 0;
    }
    reference = json_loadb(text, size,
                           JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY |
                               JSON_DECODE_INT_AS_REAL,
                           &theirs);
    same = value && reference ? is_same(value, reference) : !value == !reference;
    if (!same && !is_excused(text, size, &theirs, &ours)) {
        fprintf(stderr, "ours: %s\ntheirs: %s\n", value ? "taken" : ours.message,
                reference ? "taken" : theirs.text);
        abort();
    }
    json_decref(value);
    json_decref(reference);
    return 0;
}
