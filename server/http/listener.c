/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/listener.h"

#include "base/text.h"
#include "server/http/connection.h"
#include "server/http/endpoint.h"
#include "server/http/request.h"
#include "server/http/routes.h"
#include "server/http/tls_credentials.h"
#include "server/log.h"
#include "server/metrics/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* TLS 1.2 and 1.3 only: libmicrohttpd's default takes 1.0 and 1.1 as well. */
#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* A connection's head and read buffer: heads of the API server are below 2 KiB. */
#define CONNECTION_MEMORY ((size_t)64 * 1024)

/*
 * A kubelet and a Prometheus or two. Anybody can connect there, and a kubelet that can't ends the
 * pod: so nobody gets many of the connections, or keeps one for long.
 */
#define PROBE_CONNECTIONS 128U
#define PROBE_CONNECTIONS_PER_ADDRESS 16U
#define PROBE_IDLE_SECONDS 10U

/* Descriptors that are not HTTPS connections: probes, log, files, epoll and wake-up of threads. */
#define OTHER_FILES ((rlim_t)PROBE_CONNECTIONS + 64)

/* A pool of one is refused; more than these gain nothing and each takes 8 MiB of address space. */
#define MIN_THREADS 2L
#define MAX_THREADS 64L

struct listener {
    struct endpoint endpoint;
    struct MHD_Daemon *daemon;
    pthread_t starter;
    struct error last; /* what libmicrohttpd said last to the thread that started it */
};

unsigned listener_connection_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return LISTENER_CONNECTIONS;
    if (files.rlim_cur < files.rlim_max) {
        rlim_t before = files.rlim_cur;

        files.rlim_cur = files.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0)
            files.rlim_cur = before;
    }
    if (files.rlim_cur >= LISTENER_CONNECTIONS + OTHER_FILES)
        return LISTENER_CONNECTIONS;
    /* With hardly any, half of them: the server then lives, and the log says why it is slow. */
    return (unsigned)(files.rlim_cur > 2 * OTHER_FILES ? files.rlim_cur - OTHER_FILES
                                                       : files.rlim_cur / 2);
}

/* libmicrohttpd reports what single clients do wrong, so this is for debugging only. */
static void log_library(void *cls, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void log_library(void *cls, const char *format, va_list args)
{
    struct listener *listener = cls;
    char line[512];
    struct str message;

    vsnprintf(line, sizeof line, format, args);
    message = str_trim(str_from(line));
    if (pthread_equal(pthread_self(), listener->starter)) {
        CLEANUP_TEXT struct text shown = TEXT_INIT(sizeof line);

        text_add_escaped(&shown, message);
        error_set(&listener->last, "%s", text_get(&shown));
    }
    log_event(LOG_DEBUG, "libmicrohttpd", LOG_STR("detail", message));
}

static void panic(void *cls, const char *file, unsigned line, const char *reason)
{
    (void)cls;
    log_event(LOG_ERROR, "libmicrohttpd found its own state broken", LOG_TEXT("file", file),
              LOG_INT("line", line), LOG_TEXT("reason", reason ? reason : "unknown"));
    abort();
}

static unsigned thread_count(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < MIN_THREADS)
        return (unsigned)MIN_THREADS;
    return (unsigned)(cores > MAX_THREADS ? MAX_THREADS : cores);
}

static unsigned flags_for(int fd)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    int family = 0;
    socklen_t len = sizeof family;

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 && family == AF_INET6)
        flags |= MHD_USE_DUAL_STACK;
    return flags;
}

/*
 * What the kinds have in common, with the comma behind it. The log comes first: it also hears what
 * is wrong with the rest.
 */
/* clang-format off */
#define COMMON_OPTIONS(listener, fd)                                                               \
    MHD_OPTION_EXTERNAL_LOGGER, log_library, (listener),                                           \
    MHD_OPTION_LISTEN_SOCKET, (fd),                                                                \
    MHD_OPTION_CONNECTION_TIMEOUT, 0U, /* see deadlines.h */                                       \
    MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,                                         \
    MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,                                                          \
    MHD_OPTION_NOTIFY_CONNECTION, connection_notify, &(listener)->endpoint,                                         \
    MHD_OPTION_URI_LOG_CALLBACK, request_start, &(listener)->endpoint,                             \
    MHD_OPTION_NOTIFY_COMPLETED, request_completed, NULL,                                          \
    DISCIPLINE_OPTION
#if MHD_VERSION >= 0x00097701
/* Refuses folded headers and white space in names by itself; 0.9.75: see framing.h. */
#define DISCIPLINE_OPTION MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#else
#define DISCIPLINE_OPTION
#endif

static struct MHD_Daemon *start_https(struct listener *listener, int fd)
{
    return MHD_start_daemon(
        flags_for(fd) | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        request_handle, &listener->endpoint,
        COMMON_OPTIONS(listener, fd)
        MHD_OPTION_THREAD_POOL_SIZE, thread_count(),
        MHD_OPTION_CONNECTION_LIMIT, listener_connection_limit(),
        MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES,
        MHD_OPTION_HTTPS_CERT_CALLBACK2, tls_credentials_retrieve,
        MHD_OPTION_END);
}

/* One thread, without a pool. */
static struct MHD_Daemon *start_probes(struct listener *listener, int fd)
{
    return MHD_start_daemon(
        flags_for(fd), 0, NULL, NULL,
        request_handle, &listener->endpoint,
        COMMON_OPTIONS(listener, fd)
        MHD_OPTION_CONNECTION_LIMIT, PROBE_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, PROBE_CONNECTIONS_PER_ADDRESS,
        MHD_OPTION_END);
}
/* clang-format on */

static const struct {
    enum label_listener label;
    const struct route_table *routes;
    struct MHD_Daemon *(*start)(struct listener *listener, int fd);
} kinds[] = {
    [LISTENER_HTTPS] = {LABEL_LISTENER_HTTPS, &route_table_https, start_https},
    [LISTENER_PROBES] = {LABEL_LISTENER_METRICS, &route_table_probes, start_probes},
};

static struct deadlines *start_deadlines(enum listener_kind kind, const struct service *service,
                                         struct error *err)
{
    struct phase_limits limits = service->limits;
    unsigned most = kind == LISTENER_HTTPS ? listener_connection_limit() : PROBE_CONNECTIONS;

    if (kind == LISTENER_PROBES && limits.seconds[PHASE_IDLE] > PROBE_IDLE_SECONDS)
        limits.seconds[PHASE_IDLE] = PROBE_IDLE_SECONDS;
    metrics_set(METRIC_CONNECTIONS_LIMIT, METRIC_LABELS(kinds[kind].label), most);
    return deadlines_start(&limits, most, err);
}

struct listener *listener_start(enum listener_kind kind, int fd, struct service *service,
                                struct error *err)
{
    struct listener *listener = calloc(1, sizeof *listener);

    if (!listener) {
        close(fd);
        error_no_memory(err);
        return NULL;
    }
    listener->starter = pthread_self();
    error_set(&listener->last, "no reason given");
    MHD_set_panic_func(panic, NULL);
    listener->endpoint = (struct endpoint){
        .label = kinds[kind].label,
        .routes = kinds[kind].routes,
        .deadlines = start_deadlines(kind, service, err),
        .service = service,
    };
    if (!listener->endpoint.deadlines) {
        close(fd);
        free(listener);
        return NULL;
    }
    listener->daemon = kinds[kind].start(listener, fd);
    if (!listener->daemon) {
        error_set(err, "can't start libmicrohttpd: %s", listener->last.message);
        deadlines_stop(listener->endpoint.deadlines);
        free(listener);
        return NULL;
    }
    return listener;
}

void listener_stop(struct listener *listener)
{
    if (!listener)
        return;
    MHD_stop_daemon(listener->daemon);
    deadlines_stop(listener->endpoint.deadlines);
    free(listener);
}
