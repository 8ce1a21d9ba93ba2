/* SPDX-License-Identifier: Apache-2.0 */
#include "server/kubeconfig/kubeconfig_fields.h"

#include "base/str.h"
#include "certs/base64.h"
#include "certs/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wrong_type(const char *field, const char *expected, const json_t *value,
                       struct error *err)
{
    bool is_scalar = json_is_number(value) || json_is_boolean(value);

    return error_set(err, "%s: is no %s%s", field, expected,
                     is_scalar && strcmp(expected, "text") == 0 ? ": put it in quotes" : "");
}

/* A text, borrowed; "" and null count as absent, as they do in kubectl. */
bool kubeconfig_text(const json_t *object, const char *field, const char **ret_text,
                     struct error *err)
{
    const json_t *value = json_object_get(object, field);
    const char *text = json_string_value(value);

    if (!value || json_is_null(value))
        return true;
    if (!text)
        return wrong_type(field, "text", value, err);
    if (strlen(text) != json_string_length(value))
        return error_set(err, "%s: holds a NUL byte", field);
    if (text[0] != '\0')
        *ret_text = text;
    return true;
}

bool kubeconfig_bool(const json_t *object, const char *field, bool *ret_value, struct error *err)
{
    const json_t *value = json_object_get(object, field);

    if (!value || json_is_null(value))
        return true;
    if (!json_is_boolean(value))
        return wrong_type(field, "true or false", value, err);
    *ret_value = json_is_true(value);
    return true;
}

bool kubeconfig_path(const json_t *object, const char *field, const char *folder, char **ret_path,
                     struct error *err)
{
    const char *path = NULL;

    if (!kubeconfig_text(object, field, &path, err))
        return false;
    if (!path)
        return true;
    if (path[0] == '/')
        *ret_path = strdup(path);
    else if (asprintf(ret_path, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, path) < 0)
        *ret_path = NULL;
    return *ret_path || error_no_memory(err);
}

/* Other readers pass over line breaks in base64, so people have them there. */
static char *without_line_breaks(const char *text)
{
    char *joined = malloc(strlen(text) + 1);
    size_t len = 0;

    if (!joined)
        return NULL;
    for (; *text; text++) {
        if (*text != '\n' && *text != '\r')
            joined[len++] = *text;
    }
    joined[len] = '\0';
    return joined;
}

static bool read_data(const json_t *object, const char *field, char **ret_pem, struct error *err)
{
    const char *data = NULL;
    char *joined;

    if (!kubeconfig_text(object, field, &data, err))
        return false;
    if (!data)
        return true;
    joined = without_line_breaks(data);
    if (!joined)
        return error_no_memory(err);
    *ret_pem = certs_base64_decode(str_from(joined), err);
    certs_wipe_and_free(joined);
    return *ret_pem || error_wrap(err, "%s", field);
}

/* PEM from `field`-data or, if that is absent, the path in `field`. */
bool kubeconfig_pem(const json_t *object, const char *field, const char *folder, char **ret_pem,
                    char **ret_path, struct error *err)
{
    char data_field[64];

    snprintf(data_field, sizeof data_field, "%s-data", field);
    return read_data(object, data_field, ret_pem, err) &&
           (*ret_pem || kubeconfig_path(object, field, folder, ret_path, err));
}

bool kubeconfig_check_supported(const json_t *object, const struct kubeconfig_unsupported *fields,
                                struct error *err)
{
    for (; fields->field; fields++) {
        const json_t *value = json_object_get(object, fields->field);

        if (value && !json_is_null(value) &&
            !(json_is_string(value) && json_string_length(value) == 0) &&
            !(json_is_array(value) && json_array_size(value) == 0))
            return error_set(err, "%s: is not supported: %s", fields->field, fields->instead);
    }
    return true;
}
