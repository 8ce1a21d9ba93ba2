/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the clients that are let in, NAME[,NAME…], compared with a certificate. The list
 * stays a text: it is short, and looked at once a handshake.
 */
#ifndef CERTS_CLIENT_NAMES_H
#define CERTS_CLIENT_NAMES_H

#include "base/error.h"
#include "base/str.h"

#include <openssl/x509.h>
#include <stdbool.h>

/* Whether the list can be compared with names: none of them is empty or has blanks around it. */
bool certs_client_names_check(struct str names, struct error *err);

/*
 * Whether the common name is in the list, byte by byte, or one of the DNS names of the
 * subjectAltName is, in either case. Wildcards stand for themselves.
 */
bool certs_client_names_match(struct str names, const X509 *client);

#endif
