/* SPDX-License-Identifier: Apache-2.0 */
/* What a task around the webhook's certificate says about itself. */
#ifndef SERVER_REGISTRATION_WEBHOOK_REPORT_H
#define SERVER_REGISTRATION_WEBHOOK_REPORT_H

#include "server/registration/secret.h"
#include "server/registration/webhook_certificate.h"

/* One line about a thing done. */
void webhook_report(const struct webhook_certificate *task, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, begun by the name of the Secret. At least one argument follows the format. */
#define webhook_report_secret(task, format, ...)                                                  \
    webhook_report((task), "secret %s/%s " format, (task)->secret.namespace, (task)->secret.name, \
                   __VA_ARGS__)

/* Sets the error that the Secret is not there, or changed meanwhile; leaves it for another result.
 * Returns false. */
bool webhook_report_failure(const struct webhook_certificate *task, enum secret_result result,
                            struct error *err);

#endif
