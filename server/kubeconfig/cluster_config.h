/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the API server is and as whom to speak to it: from a kubeconfig file, or from what a
 * kubelet gives to a pod. A value that is filled once and then only read.
 */
#ifndef SERVER_KUBECONFIG_CLUSTER_CONFIG_H
#define SERVER_KUBECONFIG_CLUSTER_CONFIG_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>

/* Each text is owned, NUL-terminated, and NULL when there is none. Paths are absolute. */
struct cluster_config {
    char *server;          /* "https://HOST:PORT[/PATH]" without a slash at its end */
    char *tls_server_name; /* the name that the server's certificate must have, if not HOST */
    char *ca_file;         /* PEM of the CAs to trust: read again for each connection, or … */
    char *ca_pem;          /* … the PEM itself; with neither, the system's CAs */
    char *client_cert_file, *client_key_file; /* PEM, or … */
    char *client_cert_pem, *client_key_pem;   /* … the PEM itself */
    char *token_file;              /* bearer token: read again as it is renewed, or … */
    char *token;                   /* … the token itself */
    char *namespace;               /* of the pod or the context; "default" when neither has one */
    bool insecure_skip_tls_verify; /* only when a kubeconfig says so */
};

/* Wipes what is secret and frees everything; the struct is empty afterwards. */
void cluster_config_clear(struct cluster_config *config);
#define CLEANUP_CLUSTER_CONFIG __attribute__((cleanup(cluster_config_clear)))

/*
 * Reads the kubeconfig `file` (YAML or JSON, at most 1 MiB) and follows `context`, or the
 * current-context when that is NULL. Files that it names are relative to its own folder; inline
 * `*-data` counts before a file, a tokenFile before a token, as in kubectl. CAs, certificates and
 * keys are looked at, files of them too. An error names the file and the entry: a missing context,
 * cluster or user; bad base64; http (only https is spoken); what is not supported (exec and
 * auth-provider plugins, basic authentication, proxy-url, impersonation).
 */
bool cluster_config_from_kubeconfig(const char *file, const char *context,
                                    struct cluster_config *ret_config, struct error *err);

/*
 * What a pod has: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT (an IPv6 address gets its
 * brackets) and the service account's token, ca.crt and namespace in
 * /var/run/secrets/kubernetes.io/serviceaccount. An error when this is no pod, or one without a
 * service account's token.
 */
bool cluster_config_from_pod(struct cluster_config *ret_config, struct error *err);

/* The same for any folder and any values of the two variables (NULL: not set). */
struct cluster_pod {
    const char *folder, *host, *port;
};
bool cluster_config_from_pod_at(const struct cluster_pod *pod, struct cluster_config *ret_config,
                                struct error *err);

/*
 * A copy of a namespace's name, which the caller owns; "default" when `text` is empty or absent.
 * NULL: it can't be one, so it must not get into a URL.
 */
char *cluster_namespace_read(struct str text, struct error *err);

#endif
