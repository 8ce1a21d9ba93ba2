/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be known of one connection's TLS beyond what libmicrohttpd tells. */
#ifndef SERVER_HTTP_TLS_SESSION_H
#define SERVER_HTTP_TLS_SESSION_H

#include "server/http/deadlines.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>

/* Used by the connection's thread only. */
struct tls_session {
    struct deadline *deadline; /* borrowed; NULL: the connection has no TLS */
    size_t handshake_bytes;    /* received before it was done */
    bool is_done;              /* the handshake */
    bool must_verify;          /* the client has to show who it is … */
    bool is_verified;          /* … and has */
    bool is_refused;           /* for what it showed */
};

/*
 * Follows a session from before its handshake: tells `deadline` when that is done and when bytes
 * come in. Both structs must outlive the session.
 */
void tls_session_begin(struct tls_session *tls, gnutls_session_t session,
                       struct deadline *deadline);

/* The connection has ended: counts its handshake if that failed. */
void tls_session_end(const struct tls_session *tls);

/* That of a session that tls_session_begin() was called for. */
struct tls_session *tls_session_of(gnutls_session_t session);

/* Whether requests of this connection may be read. */
bool tls_session_is_trusted(const struct tls_session *tls);

#endif
