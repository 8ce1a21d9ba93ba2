/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a manifest. What is accepted must be JSON that reads back the same, strictly by
 * jansson and, a document for itself, by yaml_load; what is refused must come with a message that
 * can be shown.
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
    json_decref(documents);
    return 0;
}
