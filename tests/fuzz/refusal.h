/* SPDX-License-Identifier: Apache-2.0 */
/* How fuzzers say what must hold, and what every reader of text is held to when it refuses. */
#ifndef TESTS_FUZZ_REFUSAL_H
#define TESTS_FUZZ_REFUSAL_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct error untouched = {.message = "untouched"};

/* Ends the program when the property does not hold, and says which. */
#define expect(property) expect_at((property), #property, __FILE__, __LINE__)

static inline void expect_at(bool holds, const char *property, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
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
