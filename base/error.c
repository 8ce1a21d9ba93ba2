/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void error_format(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    err->no_memory = false;
}

void error_set_no_memory(struct error *err)
{
    error_format(err, "out of memory");
    err->no_memory = true;
}

void error_prefix(struct error *err, const char *format, ...)
{
    char inner[sizeof err->message];
    size_t used;
    va_list args;

    memcpy(inner, err->message, sizeof inner);
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, ": %s", inner);
}
