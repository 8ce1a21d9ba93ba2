/* SPDX-License-Identifier: Apache-2.0 */
/* CAs of clients and the certificates that they issue, on certs_fixture.h. */
#ifndef TESTS_SUPPORT_CLIENT_CERTS_H
#define TESTS_SUPPORT_CLIENT_CERTS_H

#include "tests/support/certs_fixture.h"

struct client_ca {
    EVP_PKEY *key;
    X509 *certificate;
};

/* From a day before `now` to 90 days after it. `issuer` NULL: it signs itself. */
void client_ca_make(struct client_ca *ca, const char *common_name, const struct client_ca *issuer,
                    time_t now);
void client_ca_free(struct client_ca *ca); /* safe on one that is zeroed */

/*
 * What a good client's certificate is made from: CN=kube-apiserver, clientAuth, no DNS names, from
 * an hour before `now` to a day after it. A test changes what it is about.
 */
struct certs_fixture_spec client_spec(const struct client_ca *ca, EVP_PKEY *key, time_t now);

#endif
