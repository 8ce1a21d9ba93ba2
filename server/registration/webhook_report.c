/* SPDX-License-Identifier: Apache-2.0 */
#include "server/registration/webhook_report.h"

#include <stdarg.h>
#include <stdio.h>

/* Two objects with names of at most 253 + 63 characters and a reason of an error's length. */
#define LINE_BYTES 2048

void webhook_report(const struct webhook_certificate *task, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    task->did(line);
}

bool webhook_report_failure(const struct webhook_certificate *task, enum secret_result result,
                            struct error *err)
{
    if (result == SECRET_ABSENT)
        error_set(err,
                  "secret %s/%s is not there: make it with \"certs create\" or \"certs renew\"",
                  task->secret.namespace, task->secret.name);
    if (result == SECRET_CHANGED)
        error_set(err,
                  "secret %s/%s was changed by someone else meanwhile, and that was kept: run this "
                  "again",
                  task->secret.namespace, task->secret.name);
    return false;
}
