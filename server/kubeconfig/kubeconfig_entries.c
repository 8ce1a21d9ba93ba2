/* SPDX-License-Identifier: Apache-2.0 */
#include "server/kubeconfig/kubeconfig_entries.h"

#include "base/str.h"
#include "certs/names.h"
#include "server/kubeconfig/api_credentials.h"
#include "server/kubeconfig/kubeconfig_fields.h"
#include "server/kubeconfig/server_url.h"

#include <string.h>

/* --- a cluster ------------------------------------------------------------------------------- */

static const struct kubeconfig_unsupported cluster_unsupported[] = {
    {"proxy-url", "connect directly"},
    {NULL, NULL},
};

static bool read_server(const json_t *cluster, char **ret_server, struct error *err)
{
    const char *server = NULL;

    if (!kubeconfig_text(cluster, "server", &server, err))
        return false;
    if (!server)
        return error_set(err, "server: is missing: give https://HOST:PORT");
    *ret_server = server_url_read(server, err);
    return *ret_server || error_wrap(err, "server");
}

static bool read_tls_server_name(const json_t *cluster, char **ret_name, struct error *err)
{
    const char *text = NULL;
    CLEANUP_CERTS_NAMES struct certs_names *names = NULL;

    if (!kubeconfig_text(cluster, "tls-server-name", &text, err))
        return false;
    if (!text)
        return true;
    names = certs_names_new(str_from(text), err);
    if (!names)
        return error_wrap(err, "tls-server-name");
    if (certs_names_count(names) > 1)
        return error_set(err, "tls-server-name: holds several names: give one");
    *ret_name = strdup(certs_names_get(names, 0)->text);
    return *ret_name || error_no_memory(err);
}

bool kubeconfig_read_cluster(const json_t *cluster, const char *folder,
                             struct cluster_config *config, struct error *err)
{
    if (!kubeconfig_check_supported(cluster, cluster_unsupported, err) ||
        !read_server(cluster, &config->server, err) ||
        !read_tls_server_name(cluster, &config->tls_server_name, err) ||
        !kubeconfig_bool(cluster, "insecure-skip-tls-verify", &config->insecure_skip_tls_verify,
                         err) ||
        !kubeconfig_pem(cluster, "certificate-authority", folder, &config->ca_pem, &config->ca_file,
                        err))
        return false;
    if (config->insecure_skip_tls_verify && (config->ca_pem || config->ca_file))
        return error_set(err,
                         "has both a certificate-authority and insecure-skip-tls-verify: true, "
                         "which contradict each other: remove the latter");
    return true;
}

/* --- a user ---------------------------------------------------------------------------------- */

#define USE_INSTEAD "use a token, a tokenFile or a client certificate"
#define OWN_RIGHTS "use a user who has the rights"

static const struct kubeconfig_unsupported user_unsupported[] = {
    {"exec", USE_INSTEAD},
    {"auth-provider", USE_INSTEAD},
    {"username", USE_INSTEAD},
    {"password", USE_INSTEAD},
    {"as", OWN_RIGHTS},
    {"as-uid", OWN_RIGHTS},
    {"as-groups", OWN_RIGHTS},
    {"as-user-extra", OWN_RIGHTS},
    {NULL, NULL},
};

static bool read_client_certificate(const json_t *user, const char *folder,
                                    struct cluster_config *config, struct error *err)
{
    bool has_certificate, has_key;

    if (!kubeconfig_pem(user, "client-certificate", folder, &config->client_cert_pem,
                        &config->client_cert_file, err) ||
        !kubeconfig_pem(user, "client-key", folder, &config->client_key_pem,
                        &config->client_key_file, err))
        return false;
    has_certificate = config->client_cert_pem || config->client_cert_file;
    has_key = config->client_key_pem || config->client_key_file;
    if (has_certificate && !has_key)
        return error_set(err, "has a client-certificate and no client-key: add it");
    if (has_key && !has_certificate)
        return error_set(err, "has a client-key and no client-certificate: add it");
    return true;
}

static bool read_token(const json_t *user, const char *folder, struct cluster_config *config,
                       struct error *err)
{
    const char *token = NULL;
    struct str trimmed;

    if (!kubeconfig_path(user, "tokenFile", folder, &config->token_file, err) ||
        !kubeconfig_text(user, "token", &token, err))
        return false;
    if (!token || config->token_file)
        return true;
    trimmed = str_trim(str_from(token));
    if (!api_credentials_check_token(trimmed, err))
        return error_wrap(err, "token");
    config->token = strndup(trimmed.data, trimmed.len);
    return config->token || error_no_memory(err);
}

bool kubeconfig_read_user(const json_t *user, const char *folder, struct cluster_config *config,
                          struct error *err)
{
    return kubeconfig_check_supported(user, user_unsupported, err) &&
           read_client_certificate(user, folder, config, err) &&
           read_token(user, folder, config, err);
}
