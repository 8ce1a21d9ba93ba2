/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/client_certs.h"

static const time_t day = 86400;

void client_ca_make(struct client_ca *ca, const char *common_name, const struct client_ca *issuer,
                    time_t now)
{
    struct certs_fixture_spec spec = {
        .common_name = common_name,
        .basic_constraints = "critical,CA:TRUE",
        .key_usage = "critical,keyCertSign",
        .not_before = now - day,
        .not_after = now + 90 * day,
        .digest = EVP_sha256(),
    };

    ca->key = EVP_EC_gen("P-256");
    spec.key = ca->key;
    spec.signer = issuer ? issuer->key : ca->key;
    spec.issuer = issuer ? issuer->certificate : NULL;
    ca->certificate = certs_fixture_sign(&spec);
}

void client_ca_free(struct client_ca *ca)
{
    EVP_PKEY_free(ca->key);
    X509_free(ca->certificate);
    *ca = (struct client_ca){.key = NULL};
}

struct certs_fixture_spec client_spec(const struct client_ca *ca, EVP_PKEY *key, time_t now)
{
    return (struct certs_fixture_spec){
        .common_name = "kube-apiserver",
        .basic_constraints = "critical,CA:FALSE",
        .key_usage = "critical,digitalSignature",
        .extended_key_usage = "clientAuth",
        .not_before = now - 3600,
        .not_after = now + day,
        .key = key,
        .issuer = ca->certificate,
        .signer = ca->key,
        .digest = EVP_sha256(),
    };
}
