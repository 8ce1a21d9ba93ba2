/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/connection.h"

#include <stdlib.h>

void connection_set_request(struct connection *connection, struct request *request,
                            void (*request_free)(struct request *request))
{
    if (connection->request)
        connection->request_free(connection->request);
    connection->request = request;
    connection->request_free = request_free;
}

void connection_notify(void *cls, struct MHD_Connection *connection, void **state,
                       enum MHD_ConnectionNotificationCode code)
{
    struct connection *known = *state;

    (void)cls;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *state = calloc(1, sizeof *known);
        return;
    }
    if (known)
        connection_set_request(known, NULL, NULL);
    free(known);
    *state = NULL;
}

struct connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}
