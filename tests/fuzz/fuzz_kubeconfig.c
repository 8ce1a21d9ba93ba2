/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a kubeconfig. What is accepted must be a configuration that the client can use, with
 * nothing in it that would break out of a URL or a header; what is refused must come with a message
 * that can be shown, and leave the output alone.
 */
#include "server/kubeconfig/kubeconfig.h"

#include "base/text.h"
#include "server/api/api_endpoint.h"
#include "tests/fuzz/refusal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_plain(const char *text)
{
    for (; *text; text++)
        expect((unsigned char)*text > ' ' && *text != 0x7F);
}

static void expect_path(const char *path)
{
    expect(!path || path[0] == '/');
}

static void expect_endpoint(const struct cluster_config *config)
{
    struct api_endpoint endpoint;
    struct error err;

    expect(api_endpoint_init(&endpoint, config, &err));
    expect(strncmp(endpoint.base, "https://", 8) == 0);
    expect_plain(endpoint.base);
    expect((endpoint.connect_to != NULL) == (config->tls_server_name != NULL));
    expect((endpoint.host_header != NULL) == (config->tls_server_name != NULL));
    api_endpoint_clear(&endpoint);
}

static void expect_usable(const struct cluster_config *config)
{
    expect(config->server && strncmp(config->server, "https://", 8) == 0);
    expect_plain(config->server);
    expect(config->server[strlen(config->server) - 1] != '/');
    expect(config->namespace && !strchr(config->namespace, '/'));
    expect_plain(config->namespace);
    expect_path(config->ca_file);
    expect_path(config->client_cert_file);
    expect_path(config->client_key_file);
    expect_path(config->token_file);
    expect(!config->ca_file || !config->ca_pem);
    expect(!config->token_file || !config->token);
    expect(!config->insecure_skip_tls_verify || (!config->ca_file && !config->ca_pem));
    expect((config->client_cert_file || config->client_cert_pem) ==
           (config->client_key_file || config->client_key_pem));
    expect_endpoint(config);
}

static void try_context(struct str text, const char *context)
{
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
    struct error err = untouched;

    if (kubeconfig_read(text, "/home/me/.kube", context, &config, &err)) {
        expect(strcmp(err.message, untouched.message) == 0);
        expect_usable(&config);
    } else {
        expect(config.server == NULL && config.namespace == NULL);
        expect_message(err.message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};

    try_context(text, NULL);
    try_context(text, "a");
    return 0;
}
