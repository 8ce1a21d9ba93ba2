/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `serve`: builds the server from its options, waits for a signal, takes it down again. All signals
 * are blocked before the first thread, so only the main thread sees them.
 */
#include "base/str_map.h"
#include "server/api/api_client.h"
#include "server/cluster/cluster_source.h"
#include "server/commands/command.h"
#include "server/commands/serve_options.h"
#include "server/http/client_certificates.h"
#include "server/http/credential_files.h"
#include "server/http/listener.h"
#include "server/http/review_report.h"
#include "server/http/service.h"
#include "server/http/tls_credentials.h"
#include "server/log.h"
#include "server/monotonic.h"
#include "server/permitted/file_source.h"

#include <errno.h>
#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* How often it is looked whether the last request has ended, once the server was told to stop. */
#define LOOK_INTERVAL_MS 20

/* What is built one by one and taken down in reverse. */
struct server {
    struct service service;
    struct credential_files *credentials;
    struct file_source *file_source; /* the one or … */
    struct cluster_config cluster;
    struct cluster_source *cluster_source; /* … the other */
    struct listener *listener;
    struct listener *probes; /* NULL: none */
    sigset_t signals;
};

/*
 * A body of some megabytes goes back to the system when it is freed: the C library would keep it,
 * as its idea of what is large grows with each large block.
 */
#define LARGE_BLOCK (128 * 1024)

/* --- start ----------------------------------------------------------------------------------- */

static bool seed_hashes(struct error *err)
{
    uint64_t keys[2];

    if (getrandom(keys, sizeof keys, 0) != (ssize_t)sizeof keys)
        return error_set(err, "can't draw random numbers: %s", strerror(errno));
    str_map_seed(keys[0], keys[1]);
    json_object_seed(0);
    return true;
}

static void block_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* The sockets on which is served, opened before the first thread. */
struct sockets {
    int https;
    int probes; /* -1: none */
};

static void close_sockets(struct sockets *sockets)
{
    if (sockets->https >= 0)
        close(sockets->https);
    if (sockets->probes >= 0)
        close(sockets->probes);
}
#define CLEANUP_SOCKETS __attribute__((cleanup(close_sockets)))

static bool open_sockets(const struct serve_addresses *addresses, struct sockets *sockets,
                         struct error *err)
{
    sockets->https = bind_address_listen(&addresses->https, err);
    if (sockets->https < 0)
        return error_wrap(err, "--bind-address");
    if (!addresses->has_probes)
        return true;
    sockets->probes = bind_address_listen(&addresses->probes, err);
    return sockets->probes >= 0 || error_wrap(err, "--metrics-bind-address");
}

/* The first lines of the log. */
static bool announce(const struct sockets *sockets, struct error *err)
{
    struct bound_address bound;

    if (!bound_address_of(sockets->https, &bound, err))
        return false;
    log_event(LOG_INFO, "listening", LOG_TEXT("address", bound.text),
              LOG_TEXT("version", HOSTDEV_WEBHOOK_VERSION));
    if (sockets->probes < 0)
        return true;
    if (!bound_address_of(sockets->probes, &bound, err))
        return false;
    log_event(LOG_INFO, "listening for probes and metrics", LOG_TEXT("address", bound.text));
    return true;
}

static void warn_of_few_files(void)
{
    unsigned limit = listener_connection_limit();

    if (limit < LISTENER_CONNECTIONS)
        log_event(LOG_WARN, "the limit of open files leaves room for few connections",
                  LOG_INT("connections", limit), LOG_INT("wanted", LISTENER_CONNECTIONS));
}

/* What API servers keep idle connections for, in seconds. */
#define KEPT_BY_CLIENTS 90U

static void warn_of_short_idling(const struct phase_limits *limits)
{
    if (limits->seconds[PHASE_IDLE] <= KEPT_BY_CLIENTS)
        log_event(
            LOG_WARN,
            "--idle-timeout is not longer than API servers keep connections: reviews get lost",
            LOG_INT("seconds", limits->seconds[PHASE_IDLE]),
            LOG_INT("api_server_seconds", KEPT_BY_CLIENTS));
}

static bool load_credentials(struct server *server, const struct serve_options *options,
                             struct error *err)
{
    const struct credential_files_config credentials = {
        .cert_file = options->tls_cert_file,
        .key_file = options->tls_private_key_file,
        .client_ca_file = options->client_ca_file,
        .client_names = str_from(options->client_names),
        .interval_ms = CREDENTIAL_FILES_INTERVAL_MS,
        .log_again_ms = CREDENTIAL_FILES_LOG_AGAIN_MS,
    };

    server->credentials = credential_files_new(&credentials, err);
    server->service.credentials = server->credentials;
    return server->credentials != NULL;
}

static void warn_of_cluster(const struct cluster_config *config)
{
    const char *warning = cluster_options_warning(config);

    if (warning)
        log_message(LOG_WARN, warning);
}

/* A good file is read before this returns; a cluster's list comes later. */
static bool follow_list(struct server *server, const struct serve_options *options,
                        struct error *err)
{
    const struct file_source_config file = {
        .path = options->hyperconverged_file,
        .policy = &server->service.policy,
        .current = server->service.current,
        .interval_ms = FILE_SOURCE_INTERVAL_MS,
    };
    const struct cluster_source_config cluster = {
        .cluster = &server->cluster,
        .current = server->service.current,
        .from = (enum permitted_from)options->permitted_from,
        .timing = CLUSTER_TIMING_DEFAULT,
    };

    if (options->hyperconverged_file) {
        server->file_source = file_source_start(&file, err);
        return server->file_source != NULL;
    }
    warn_of_cluster(&server->cluster);
    server->cluster_source = cluster_source_start(&cluster, err);
    if (server->cluster_source)
        server->service.refresher = cluster_source_refresher(server->cluster_source);
    return server->cluster_source != NULL;
}

/* Hands the sockets to their listeners. */
static bool listen_on(struct server *server, struct sockets *sockets, struct error *err)
{
    const struct sockets taken = *sockets;

    sockets->https = -1;
    server->listener = listener_start(LISTENER_HTTPS, taken.https, &server->service, err);
    if (!server->listener || taken.probes < 0)
        return server->listener != NULL;
    sockets->probes = -1;
    server->probes = listener_start(LISTENER_PROBES, taken.probes, &server->service, err);
    return server->probes != NULL;
}

/*
 * Clients that connect once the address is announced wait in the socket's queue until a file was
 * read, so a good file means ready from the first request on.
 */
static bool start(struct server *server, const struct serve_options *options,
                  const struct serve_addresses *addresses, struct error *err)
{
    CLEANUP_SOCKETS struct sockets sockets = {-1, -1};

    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    if (!seed_hashes(err) || !api_client_library_init(err) ||
        !load_credentials(server, options, err))
        return false;
    server->service.current = current_list_new(err);
    if (!server->service.current)
        return false;
    if (!open_sockets(addresses, &sockets, err) || !announce(&sockets, err) ||
        !credential_files_follow(server->credentials, err) || !follow_list(server, options, err))
        return false;
    warn_of_few_files();
    warn_of_short_idling(&server->service.limits);
    return listen_on(server, &sockets, err);
}

/* --- stop ------------------------------------------------------------------------------------ */

/*
 * It is not ready any more, and answers close their connection. New requests are answered for the
 * length of the delay, as API servers go on sending them until they have learnt of it; then until
 * those that have begun have ended. A second signal ends the process at once.
 */
static void drain(struct server *server, long delay_s, long timeout_s)
{
    const struct timespec pause = {.tv_nsec = LOOK_INTERVAL_MS * 1000000L};
    long long now = monotonic_ms();
    long long accept_until = now + delay_s * 1000;
    long long deadline = now + timeout_s * 1000;

    while (now < deadline && (now < accept_until || atomic_load(&server->service.in_flight) > 0)) {
        if (sigtimedwait(&server->signals, NULL, &pause) > 0) {
            log_message(LOG_WARN, "told to stop a second time: ending at once");
            _exit(EXIT_FAILED);
        }
        now = monotonic_ms();
    }
}

static void take_down(struct server *server)
{
    cluster_source_stop(server->cluster_source);
    listener_stop(server->listener);
    listener_stop(server->probes);
    review_report_end();
    cluster_source_free(server->cluster_source);
    cluster_config_clear(&server->cluster);
    file_source_stop(server->file_source);
    credential_files_free(server->credentials);
    current_list_free(server->service.current);
    client_certificates_set(NULL);
    tls_credentials_clear();
}

/* SIGINT is that of a person at a terminal, where no API server has to learn anything first. */
static void wait_for_end(struct server *server, const struct serve_options *options)
{
    int signal_number = 0;

    while (sigwait(&server->signals, &signal_number) != 0)
        ;
    atomic_store(&server->service.stopping, true);
    log_event(LOG_INFO, "stopping", LOG_TEXT("signal", strsignal(signal_number)),
              LOG_INT("in_flight", atomic_load(&server->service.in_flight)));
    drain(server, signal_number == SIGTERM ? options->shutdown_delay : 0,
          options->shutdown_timeout);
}

/* Without a file the cluster is asked, so it must be known how. */
static int find_source(const struct serve_options *options, struct cluster_config *ret_config,
                       struct error *err)
{
    if (options->hyperconverged_file || cluster_options_load(&options->cluster, ret_config, err))
        return EXIT_OK;
    if (options->cluster.kubeconfig)
        return EXIT_FAILED;
    error_wrap(err, "no source for the permitted list: give --hyperconverged-file or --kubeconfig, "
                    "or run in a pod");
    return EXIT_USAGE;
}

static int serve(const struct command *command, int argc, char **argv)
{
    struct serve_options options = {0};
    struct serve_addresses addresses;
    struct server server = {.listener = NULL};
    struct error err;
    bool started;
    int code;

    if (!command_options(command, argc, argv, &options))
        return EXIT_USAGE;
    if (!serve_options_check(&options, &addresses, &err))
        return command_fail(command, EXIT_USAGE, &err);
    code = find_source(&options, &server.cluster, &err);
    if (code != EXIT_OK)
        return command_fail(command, (enum exit_code)code, &err);
    log_configure((enum log_format)options.log_format, (enum log_level)options.log_level,
                  STDERR_FILENO);
    server.service.policy = serve_options_policy(&options);
    server.service.limits = serve_options_limits(&options);
    server.service.memory.limit = options.max_request_memory;
    block_signals(&server.signals);
    started = start(&server, &options, &addresses, &err);
    if (started)
        wait_for_end(&server, &options);
    else
        log_event(LOG_ERROR, "can't start", LOG_TEXT("problem", err.message));
    take_down(&server);
    if (started)
        log_message(LOG_INFO, "stopped");
    return started ? EXIT_OK : EXIT_FAILED;
}

static const struct described examples[] = {
    {"hostdev-webhook serve --tls-cert-file tls.crt --tls-private-key-file tls.key \\\n"
     "    --hyperconverged-file hyperconverged.yaml",
     "To serve with a permitted list of one's own"},
    {NULL, NULL},
};

const struct command command_serve = {
    .name = "serve",
    .summary = "Answers the API server's admission reviews over HTTPS",
    .description =
        "Paths: POST /validate and /mutate; GET /livez and /readyz, which are also answered over\n"
        "plain HTTP on --metrics-bind-address, as is /metrics. SIGTERM and SIGINT end it.",
    .options = {.options = serve_option_rows, .count = SERVE_OPTION_COUNT},
    .environment = cluster_environment,
    .examples = examples,
    .run = serve,
};
