/* SPDX-License-Identifier: Apache-2.0 */
/* What every reader of text from outside is held to when it refuses: for the fuzzers of readers. */
#ifndef TESTS_FUZZ_REFUSAL_H
#define TESTS_FUZZ_REFUSAL_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct error untouched = {.message = "untouched"};

static inline void expect(bool property)
{
    if (!property)
        abort();
}

static inline void expect_message(const char *message)
{
    struct text shown CLEANUP_TEXT = TEXT_INIT((size_t)8 * 1024);

    /* Escaping doubles the backslashes of names that are escaped already, and nothing else. */
    text_add_escaped(&shown, str_from(message));
    for (const char *p = text_get(&shown); *p; p++)
        expect(p[0] != '\\' || *++p == '\\');
    expect(message[0] != '\0' && strcmp(message, untouched.message) != 0);
}

#endif
