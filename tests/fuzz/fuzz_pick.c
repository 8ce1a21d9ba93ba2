/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one-pass reader of reviews against the two that have words for what is wrong: what it picks
 * is what json_read_fields() keeps, and the text is one that jansson's own parser takes.
 */
#include "tests/fuzz/refusal.h"
#include "tests/support/picked.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Half a surrogate pair is U+FFFD here, as in Go, and refused there. */
static int has_surrogate(const char *text, size_t size)
{
    return memmem(text, size, "\\ud", 3) || memmem(text, size, "\\uD", 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    enum picked picked = picked_as_read((struct str){text, size});
    json_t *reference;

    expect(picked != PICKED_OTHERWISE);
    if (picked == PICKED_NOT || has_surrogate(text, size))
        return 0;
    expect(!memchr(text, '\0', size));
    reference = json_loadb(text, size, JSON_DECODE_INT_AS_REAL, NULL);
    expect(reference != NULL);
    json_decref(reference);
    return 0;
}
