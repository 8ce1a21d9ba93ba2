/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics/build_info.h"

#include "server/metrics/metric_table.h"

#include <gnutls/gnutls.h>
#include <jansson.h>
#include <microhttpd.h>
#include <openssl/crypto.h>

void build_info_add_value(struct text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            text_add(text, "\\n");
        else if (*value == '\\' || *value == '"')
            text_addf(text, "\\%c", *value);
        else
            text_add_str(text, (struct str){value, 1});
    }
}

void build_info_write(struct text *text)
{
    const struct {
        const char *name, *value;
    } labels[] = {
        {"version", HOSTDEV_WEBHOOK_VERSION},
        {"libmicrohttpd", MHD_get_version()},
        {"gnutls", gnutls_check_version(NULL)},
        {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"jansson", jansson_version_str()},
    };

    text_add(text, "# HELP " METRIC_PREFIX "build_info Versions of the program and its libraries.\n"
                   "# TYPE " METRIC_PREFIX "build_info gauge\n" METRIC_PREFIX "build_info");
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        text_addf(text, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        build_info_add_value(text, labels[i].value);
        text_add(text, "\"");
    }
    text_add(text, "} 1\n");
}
