/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object and, behind a NUL byte, an oldObject, wrapped in a well-formed AdmissionReview: deep
 * into the decoder and the rules. The first byte chooses the kind.
 */
#include "base/text.h"
#include "tests/fuzz/review_properties.h"
#include "validators/kinds.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text body CLEANUP_TEXT = TEXT_INIT((size_t)4 * 1024 * 1024);
    struct str input = {(const char *)data + 1, size - 1};
    const struct kind *kind;
    size_t kinds, split;

    if (size < 2)
        return 0;
    kind = kind_table(&kinds);
    kind += data[0] % kinds;
    split = str_find(input, '\0');
    text_addf(&body,
              "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
              "\"uid\":\"u\",\"kind\":{\"group\":\"%s\",\"version\":\"%s\",\"kind\":\"%s\"},"
              "\"operation\":\"%s\",\"object\":",
              kind->group, kind->version, kind->kind, split < input.len ? "UPDATE" : "CREATE");
    text_add_str(&body, str_slice(input, 0, split));
    if (split < input.len) {
        text_add(&body, ",\"oldObject\":");
        text_add_str(&body, str_slice(input, split + 1, input.len));
    }
    text_add(&body, "}}");
    review_properties_hold(text_get(&body), body.len);
    return 0;
}
