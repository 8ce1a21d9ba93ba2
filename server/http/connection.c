/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/connection.h"

#include "server/http/client_certificates.h"
#include "server/http/endpoint.h"
#include "server/metrics/metrics.h"

#include <stdlib.h>
#include <sys/socket.h>

void connection_set_request(struct connection *connection, struct request *request,
                            void (*request_free)(struct request *request))
{
    if (connection->request)
        connection->request_free(connection->request);
    connection->request = request;
    connection->request_free = request_free;
}

static int fd_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

static gnutls_session_t session_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return info ? info->tls_session : NULL;
}

static struct connection *begin(const struct endpoint *endpoint, struct MHD_Connection *connection)
{
    struct connection *begun = calloc(1, sizeof *begun);
    gnutls_session_t session = session_of(connection);
    int fd = fd_of(connection);

    if (!begun || fd < 0) {
        free(begun);
        return NULL;
    }
    begun->endpoint = endpoint;
    metrics_add(METRIC_CONNECTIONS, METRIC_LABELS(endpoint->label), 1);
    if (session) {
        tls_session_begin(&begun->tls, session, &begun->deadline);
        client_certificates_ask(&begun->tls, session);
    }
    deadline_watch(endpoint->deadlines, &begun->deadline, fd,
                   session ? PHASE_HANDSHAKE : PHASE_IDLE, !session);
    return begun;
}

/* The socket is still open, and the TLS session gone. */
static void end(struct connection *ended)
{
    deadline_forget(&ended->deadline);
    connection_set_request(ended, NULL, NULL);
    tls_session_end(&ended->tls);
    metrics_add(METRIC_CONNECTIONS, METRIC_LABELS(ended->endpoint->label), -1);
    free(ended);
}

void connection_notify(void *cls, struct MHD_Connection *connection, void **state,
                       enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *state = begin(cls, connection);
    } else if (*state) {
        end(*state);
        *state = NULL;
    }
}

struct connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

void connection_send_last(struct MHD_Connection *connection, struct str bytes)
{
    gnutls_session_t session = session_of(connection);

    if (session)
        (void)gnutls_record_send(session, bytes.data, bytes.len);
    else
        (void)send(fd_of(connection), bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}
