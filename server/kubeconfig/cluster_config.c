/* SPDX-License-Identifier: Apache-2.0 */
#include "server/kubeconfig/cluster_config.h"

#include "base/text.h"
#include "certs/files.h"
#include "certs/openssl.h"
#include "certs/pem.h"
#include "server/kubeconfig/api_credentials.h"
#include "server/kubeconfig/kubeconfig.h"
#include "server/kubeconfig/server_url.h"
#include "server/object_name.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cluster_config_clear(struct cluster_config *config)
{
    free(config->server);
    free(config->tls_server_name);
    free(config->ca_file);
    free(config->ca_pem);
    free(config->client_cert_file);
    free(config->client_key_file);
    free(config->client_cert_pem);
    certs_wipe_and_free(config->client_key_pem);
    free(config->token_file);
    certs_wipe_and_free(config->token);
    free(config->namespace);
    *config = (struct cluster_config){.server = NULL};
}

char *cluster_namespace_read(struct str text, struct error *err)
{
    struct str name = text.len > 0 ? text : STR("default");
    CLEANUP_TEXT struct text shown = TEXT_INIT(200);
    char *copy;

    if (!object_name_is_label(name)) {
        text_add_quoted(&shown, name, OBJECT_LABEL_MAX);
        error_set(err,
                  "%s is no name of a namespace: it has at most 63 lower-case letters, digits and "
                  "\"-\", with a letter or digit at both ends",
                  text_get(&shown));
        return NULL;
    }
    copy = strndup(name.data, name.len);
    if (!copy)
        error_no_memory(err);
    return copy;
}

static bool read_file(const char *path, struct certs_file *ret_file, struct error *err)
{
    CLEANUP_FD int fd = certs_file_open(AT_FDCWD, path, err);

    return fd >= 0 && certs_file_read(fd, ret_file, err);
}

/* --- a kubeconfig ---------------------------------------------------------------------------- */

/* The absolute path of the folder that `file` is in. */
static char *folder_of(const char *file, struct error *err)
{
    const char *slash = strrchr(file, '/');
    size_t len = slash ? (size_t)(slash - file) : 0;
    char here[PATH_MAX] = "";
    char *folder = NULL;

    if (file[0] != '/' && !getcwd(here, sizeof here)) {
        error_set(err, "the working directory is unknown");
        return NULL;
    }
    if (asprintf(&folder, "%s%s%.*s", here, len > 0 && file[0] != '/' ? "/" : "", (int)len, file) <
        0) {
        error_no_memory(err);
        return NULL;
    }
    return folder;
}

static bool load(const char *file, const char *context, struct cluster_config *ret_config,
                 struct error *err)
{
    CLEANUP_CERTS_FILE struct certs_file content = {.data = NULL};
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
    char *folder;
    bool done;

    if (!read_file(file, &content, err))
        return false;
    folder = folder_of(file, err);
    if (!folder)
        return false;
    done = kubeconfig_read(certs_file_str(&content), folder, context, &config, err) &&
           api_credentials_check(&config, err);
    free(folder);
    if (!done)
        return false;
    *ret_config = config;
    config = (struct cluster_config){.server = NULL};
    return true;
}

bool cluster_config_from_kubeconfig(const char *file, const char *context,
                                    struct cluster_config *ret_config, struct error *err)
{
    return load(file, context, ret_config, err) || certs_error_in_file(err, file);
}

/* --- a pod ----------------------------------------------------------------------------------- */

#define POD_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

static bool join(const char *folder, const char *name, char **ret_path, struct error *err)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return error_no_memory(err);
    *ret_path = path;
    return true;
}

/* A pod whose account has no namespace file is none that a kubelet made, but is served, too. */
static bool read_pod_namespace(const char *folder, struct cluster_config *config, struct error *err)
{
    CLEANUP_CERTS_FILE struct certs_file content = {.data = NULL};
    struct str text = {NULL, 0};
    char *path = NULL;
    struct error ignored;

    if (!join(folder, "namespace", &path, err))
        return false;
    if (read_file(path, &content, &ignored))
        text = str_trim(certs_file_str(&content));
    config->namespace = cluster_namespace_read(text, err);
    if (!config->namespace)
        certs_error_in_file(err, path);
    free(path);
    return config->namespace;
}

static bool check_token_file(const char *path, struct error *err)
{
    CLEANUP_CERTS_FILE struct certs_file content = {.data = NULL};

    if (read_file(path, &content, err))
        return true;
    certs_error_in_file(err, path);
    return error_wrap(err, "this pod has no service account's token (is "
                           "automountServiceAccountToken false?)");
}

bool cluster_config_from_pod_at(const struct cluster_pod *pod, struct cluster_config *ret_config,
                                struct error *err)
{
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};

    if (!pod->host || !pod->port || pod->host[0] == '\0' || pod->port[0] == '\0')
        return error_set(err, "this is no pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT "
                              "are not set): give --kubeconfig FILE");
    config.server = server_url_from_host(pod->host, pod->port, err);
    if (!config.server)
        return error_wrap(err, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT");
    if (!join(pod->folder, "token", &config.token_file, err) ||
        !join(pod->folder, "ca.crt", &config.ca_file, err) ||
        !check_token_file(config.token_file, err) || !api_credentials_check(&config, err) ||
        !read_pod_namespace(pod->folder, &config, err))
        return false;
    *ret_config = config;
    config = (struct cluster_config){.server = NULL};
    return true;
}

bool cluster_config_from_pod(struct cluster_config *ret_config, struct error *err)
{
    const struct cluster_pod pod = {
        .folder = POD_FOLDER,
        .host = getenv("KUBERNETES_SERVICE_HOST"),
        .port = getenv("KUBERNETES_SERVICE_PORT"),
    };

    return cluster_config_from_pod_at(&pod, ret_config, err);
}
