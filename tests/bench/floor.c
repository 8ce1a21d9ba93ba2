/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor PORT CERT KEY REPLY…: the least that a server of reviews can do. `POST /0`, `/1` and so on
 * read the whole body and are answered with the bytes of the first REPLY, of the second, …,
 * whatever the body is. Serves on loopback until it is killed.
 *
 * It is linked with this project's own listener (server/http/listener.c) and with its own handlers
 * in place of those in request.c, connection.c and routes.c, which the linker then leaves out. So
 * the library, its flags, the number of threads, limits, priorities of TLS and certificates are
 * those of the server without a line written twice, and all that is missing is the server's work.
 */
#include "server/http/bind_address.h"
#include "server/http/connection.h"
#include "server/http/listener.h"
#include "server/http/request.h"
#include "server/http/routes.h"
#include "server/http/tls_credentials.h"
#include "server/log.h"
#include "tests/support/temp_dir.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_REPLIES 64

/* What a request's state points to before, and after, its head was seen. */
struct step {
    struct MHD_Response *response;
    struct step *next; /* NULL: the head was seen */
};

static struct step fresh[MAX_REPLIES], begun[MAX_REPLIES];
static unsigned long reply_count;

/* --- in place of request.c, connection.c and routes.c ---------------------------------------- */

const struct route_table route_table_https, route_table_probes;

void *request_start(void *cls, const char *target, struct MHD_Connection *connection)
{
    unsigned long index = target && *target == '/' ? strtoul(target + 1, NULL, 10) : 0;

    (void)cls;
    (void)connection;
    return index < reply_count ? &fresh[index] : NULL;
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **state)
{
    struct step *step = *state;

    (void)cls;
    (void)url;
    (void)method;
    (void)version;
    (void)upload_data;
    if (!step)
        return MHD_NO;
    if (step->next) {
        *state = step->next;
        return MHD_YES;
    }
    if (*upload_data_size == 0)
        return MHD_queue_response(connection, MHD_HTTP_OK, step->response);
    *upload_data_size = 0;
    return MHD_YES;
}

void request_completed(void *cls, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)connection;
    (void)code;
    *state = NULL;
}

void connection_notify(void *cls, struct MHD_Connection *connection, void **state,
                       enum MHD_ConnectionNotificationCode code)
{
    (void)cls;
    (void)connection;
    (void)state;
    (void)code;
}

/* --- the program ----------------------------------------------------------------------------- */

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

/* The same header lines as the server's (server/http/reply.c). */
static void add_reply(const char *path)
{
    size_t len;
    char *text = temp_read(path, &len);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, text, MHD_RESPMEM_PERSISTENT);

    if (!response || reply_count == MAX_REPLIES ||
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json") !=
            MHD_YES)
        die("can't make the replies");
    begun[reply_count] = (struct step){response, NULL};
    fresh[reply_count] = (struct step){response, &begun[reply_count]};
    reply_count++;
}

static void serve(const char *port, const char *chain_pem, const char *key_pem)
{
    static struct service service;
    struct bind_address address = {.host = "127.0.0.1"};
    struct error err;
    int fd;

    snprintf(address.port, sizeof address.port, "%s", port);
    fd = bind_address_listen(&address, &err);
    if (fd < 0 || !tls_credentials_set(chain_pem, key_pem, &err) ||
        !listener_start(LISTENER_HTTPS, fd, &service, &err))
        die(err.message);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        die("usage: floor PORT CERT KEY REPLY...");
    signal(SIGPIPE, SIG_IGN);
    log_configure(LOG_FORMAT_TEXT, LOG_WARN, STDERR_FILENO);
    for (int i = 4; i < argc; i++)
        add_reply(argv[i]);
    serve(argv[1], temp_read(argv[2], NULL), temp_read(argv[3], NULL));
    for (;;)
        pause();
}
