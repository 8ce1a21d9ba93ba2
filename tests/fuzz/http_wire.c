/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/http_wire.h"

#include "server/http/connection.h"
#include "server/http/endpoint.h"
#include "server/http/request.h"
#include "server/http/routes.h"
#include "server/http/service.h"
#include "server/log.h"
#include "server/permitted/manifest.h"
#include "tests/fuzz/refusal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* As server/http/listener.c has it. */
#define CONNECTION_MEMORY ((size_t)64 * 1024)

/* A thousand answers of the largest denial come to less. */
#define RECEIVED_MAX ((size_t)64 * 1024 * 1024)

/* Of the bodies of one input, which is at most 64 KiB; what is chunked or long needs no more. */
#define MEMORY_MAX ((size_t)64 * 1024 * 1024)

/* Rounds of the daemon: without any progress it is at rest, and no input needs as many as that. */
enum { ROUNDS_AT_REST = 3, ROUNDS_MAX = 1000000 };

static const char manifest[] =
    "apiVersion: hco.kubevirt.io/v1beta1\nkind: HyperConverged\nspec:\n  permittedHostDevices:\n"
    "    pciHostDevices:\n    - {pciDeviceSelector: '10DE:1EB8', resourceName: a.com/b}\n";

static struct service service;
static struct endpoint endpoint = {.routes = &route_table_https, .service = &service};

/* --- the daemon ------------------------------------------------------------------------------ */

static void prepare_service(void)
{
    CLEANUP_TEXT struct text faults = TEXT_INIT(4096);
    struct error err;

    service.memory.limit = MEMORY_MAX;
    service.current = current_list_new(&err);
    expect(service.current != NULL);
    current_list_set(service.current, manifest_permitted_list(manifest, sizeof manifest - 1,
                                                              &service.policy, &faults, &err));
    /* Without limits: how long an input takes depends on the machine. */
    endpoint.deadlines = deadlines_start(&service.limits, 0, &err);
    expect(endpoint.deadlines != NULL);
    log_configure(LOG_FORMAT_TEXT, LOG_ERROR, STDERR_FILENO);
}

/* The only place that knows how the callbacks are put together; the listener does it likewise. */
static struct MHD_Daemon *start_daemon(void)
{
    /* clang-format off */
    return MHD_start_daemon(
        MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, request_handle, &endpoint,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, &endpoint,
        MHD_OPTION_URI_LOG_CALLBACK, request_start, &endpoint,
        MHD_OPTION_NOTIFY_COMPLETED, request_completed, NULL,
#if MHD_VERSION >= 0x00097701
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#endif
        MHD_OPTION_END);
    /* clang-format on */
}

static void expect_nothing_left(void)
{
    expect(atomic_load(&service.in_flight) == 0);
    expect(atomic_load(&service.waiting_bytes) == 0);
    expect(budget_used(&service.memory) == 0);
}

static struct MHD_Daemon *the_daemon(void)
{
    static struct MHD_Daemon *daemon;

    if (!daemon) {
        prepare_service();
        daemon = start_daemon();
        expect(daemon != NULL);
    }
    return daemon;
}

/* --- a connection ---------------------------------------------------------------------------- */

struct connection_pair {
    struct MHD_Daemon *daemon;
    int client;
    int server; /* libmicrohttpd's; only asked how much it has not read yet */
    bool ended; /* nothing more comes from the server */
    struct text *received;
};

static void connect_pair(struct connection_pair *pair)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fds[2];

    expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    pair->client = fds[0];
    pair->server = fds[1];
    expect(MHD_add_connection(pair->daemon, pair->server, (const struct sockaddr *)&address,
                              sizeof address) == MHD_YES);
}

static int unread(const struct connection_pair *pair)
{
    int count = 0;

    return ioctl(pair->server, FIONREAD, &count) == 0 ? count : 0;
}

/* Whether anything came, if only the end. */
static bool receive(struct connection_pair *pair)
{
    char buffer[4096];
    ssize_t got;

    if (pair->ended)
        return false;
    got = recv(pair->client, buffer, sizeof buffer, 0);
    if (got > 0)
        text_add_str(pair->received, (struct str){buffer, (size_t)got});
    /* A connection that is closed with bytes unread ends in a reset, behind what was sent. */
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        pair->ended = true;
    return got >= 0 || pair->ended;
}

/* Lets the daemon work until nothing moves any more. */
static void settle(struct connection_pair *pair)
{
    unsigned rounds = 0;

    for (unsigned at_rest = 0; at_rest < ROUNDS_AT_REST; at_rest++) {
        int before = unread(pair);
        MHD_UNSIGNED_LONG_LONG timeout;

        expect(++rounds < ROUNDS_MAX);
        expect(MHD_run(pair->daemon) == MHD_YES);
        if (receive(pair) || unread(pair) != before ||
            (MHD_get_timeout(pair->daemon, &timeout) == MHD_YES && timeout == 0))
            at_rest = 0;
    }
}

/* As far as the server takes it. */
static void send_all(struct connection_pair *pair, struct str part)
{
    while (part.len > 0) {
        ssize_t sent = send(pair->client, part.data, part.len, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return;
        if (sent > 0)
            part = str_slice(part, (size_t)sent, part.len);
        else if (unread(pair) == 0)
            return;
        settle(pair);
    }
}

static void send_parts(struct connection_pair *pair, struct str bytes)
{
    while (bytes.len > 0) {
        size_t end = str_find(bytes, HTTP_WIRE_CUT);

        send_all(pair, str_slice(bytes, 0, end));
        bytes = str_slice(bytes, end + 1, bytes.len);
    }
}

void http_wire_exchange(struct str bytes, bool in_parts, struct http_wire *ret_wire)
{
    struct connection_pair pair = {.daemon = the_daemon(), .received = &ret_wire->received};

    ret_wire->received = (struct text)TEXT_INIT(RECEIVED_MAX);
    connect_pair(&pair);
    if (in_parts)
        send_parts(&pair, bytes);
    else
        send_all(&pair, bytes);
    settle(&pair);
    ret_wire->closed = pair.ended;
    shutdown(pair.client, SHUT_WR);
    settle(&pair);
    expect(pair.ended && !ret_wire->received.truncated);
    close(pair.client);
    MHD_run(pair.daemon);
    expect_nothing_left();
}

void http_wire_clear(struct http_wire *wire)
{
    text_free(&wire->received);
}
