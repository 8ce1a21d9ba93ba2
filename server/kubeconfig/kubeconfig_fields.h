/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a kubeconfig's entries, as other readers of it take them: "" and null count as
 * absent. Each function leaves its output alone when the field is absent, and its error names the
 * field and never shows a value.
 */
#ifndef SERVER_KUBECONFIG_KUBECONFIG_FIELDS_H
#define SERVER_KUBECONFIG_KUBECONFIG_FIELDS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* A text, borrowed from `object`. */
bool kubeconfig_text(const json_t *object, const char *field, const char **ret_text,
                     struct error *err);

bool kubeconfig_bool(const json_t *object, const char *field, bool *ret_value, struct error *err);

/* A path, put behind `folder` unless it is absolute; owned by the caller. */
bool kubeconfig_path(const json_t *object, const char *field, const char *folder, char **ret_path,
                     struct error *err);

/* The text in `FIELD-data`, which is base64, or if that is absent the path in `field`; owned. */
bool kubeconfig_pem(const json_t *object, const char *field, const char *folder, char **ret_pem,
                    char **ret_path, struct error *err);

/* What is not supported, each with what to use instead; a row without a field ends the table. */
struct kubeconfig_unsupported {
    const char *field;
    const char *instead;
};

bool kubeconfig_check_supported(const json_t *object, const struct kubeconfig_unsupported *fields,
                                struct error *err);

#endif
