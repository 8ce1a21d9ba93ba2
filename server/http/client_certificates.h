/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutual TLS: asks clients for a certificate in their handshake and lets in those that the client
 * CA in force vouches for (certs/client_ca.h). Each handshake is checked by the CA that is in force
 * at its moment; a connection that was let in goes on. One for the process, like
 * tls_credentials.h. Thread-safe; it logs refusals, one line a second at most.
 */
#ifndef SERVER_HTTP_CLIENT_CERTIFICATES_H
#define SERVER_HTTP_CLIENT_CERTIFICATES_H

#include "certs/client_ca.h"
#include "server/http/tls_session.h"

/* Puts `ca`, of which it becomes a holder, in force. NULL: nothing is asked of clients. */
void client_certificates_set(struct certs_client_ca *ca);

/*
 * For a session whose handshake has not begun: lets it ask for a certificate and notes in `tls`
 * that it has to be one. Nothing to do without a client CA.
 */
void client_certificates_ask(struct tls_session *tls, gnutls_session_t session);

#endif
