/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/parsers/padded_text.h"

#include "tests/bench/parsers/candidate.h"

#include <stdlib.h>

struct padded_text padded_text_new(size_t len)
{
    char *bytes = calloc(1, len + TEXT_PADDING);

    if (!bytes)
        abort();
    return (struct padded_text){bytes, len};
}

void padded_text_free(struct padded_text *text)
{
    free(text->bytes);
    text->bytes = NULL;
}
