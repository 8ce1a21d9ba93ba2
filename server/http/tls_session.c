/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/tls_session.h"

#include "server/metrics/metrics.h"

#include <errno.h>
#include <sys/socket.h>

/*
 * What a client may send in its handshake: some hundred bytes, and with a certificate its chain. A
 * message says how long it will be, up to 16 MiB, and GnuTLS 3.7.9 keeps all of it before it looks
 * at any limit of its own.
 */
#define HANDSHAKE_MAX ((size_t)64 * 1024)

static bool may_receive(struct tls_session *tls, size_t size)
{
    if (tls->is_done)
        return true;
    tls->handshake_bytes += size;
    return tls->handshake_bytes <= HANDSHAKE_MAX;
}

/* What GnuTLS does by itself, within limits, and a word to the deadline. */
static ssize_t receive(gnutls_transport_ptr_t transport, void *data, size_t size)
{
    struct tls_session *tls = transport;
    ssize_t got = recv(tls->deadline->fd, data, size, 0);

    if (got <= 0)
        return got;
    if (!may_receive(tls, (size_t)got)) {
        errno = ECONNABORTED;
        return -1;
    }
    deadline_note_bytes(tls->deadline);
    return got;
}

/* With the client's Finished it has shown that it holds the keys; only then requests are read. */
static int handshake_done(gnutls_session_t session, unsigned int type, unsigned int when,
                          unsigned int incoming, const gnutls_datum_t *message)
{
    struct tls_session *tls = tls_session_of(session);

    (void)type;
    (void)when;
    (void)message;
    if (incoming && !tls->is_refused) {
        tls->is_done = true;
        metrics_count(METRIC_TLS_HANDSHAKES, METRIC_NO_LABELS);
        deadline_enter(tls->deadline, PHASE_IDLE);
    }
    return 0;
}

void tls_session_begin(struct tls_session *tls, gnutls_session_t session, struct deadline *deadline)
{
    tls->deadline = deadline;
    /* For receiving only: sending goes on to use the socket. */
    gnutls_transport_set_ptr2(session, tls, gnutls_transport_get_ptr(session));
    gnutls_transport_set_pull_function(session, receive);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                       handshake_done);
}

struct tls_session *tls_session_of(gnutls_session_t session)
{
    return gnutls_transport_get_ptr(session);
}

bool tls_session_is_trusted(const struct tls_session *tls)
{
    return !tls->must_verify || tls->is_verified;
}

void tls_session_end(const struct tls_session *tls)
{
    if (!tls->deadline || tls->is_done)
        return;
    if (tls->is_refused)
        metrics_count(METRIC_TLS_HANDSHAKE_FAILURES, METRIC_LABELS(HANDSHAKE_CLIENT_CERTIFICATE));
    else if (deadline_is_over(tls->deadline))
        metrics_count(METRIC_TLS_HANDSHAKE_FAILURES, METRIC_LABELS(HANDSHAKE_TIMEOUT));
    else
        metrics_count(METRIC_TLS_HANDSHAKE_FAILURES, METRIC_LABELS(HANDSHAKE_OTHER));
}
