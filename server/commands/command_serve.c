/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `serve`: builds the server from its options, waits for a signal, takes it down again. All signals
 * are blocked before the first thread, so only the main thread sees them.
 */
#include "base/str_map.h"
#include "certs/check.h"
#include "server/commands/command.h"
#include "server/http/bind_address.h"
#include "server/http/listener.h"
#include "server/http/service.h"
#include "server/http/tls_credentials.h"
#include "server/log.h"
#include "server/permitted/file_source.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/*
 * How long requests that have begun may take to end once the server was told to stop: below the
 * 30 s that a kubelet waits before it kills.
 */
#define STOP_SECONDS 20
#define LOOKS_PER_SECOND 50

struct serve_options {
    const char *bind_address;
    const char *tls_cert_file;
    const char *tls_private_key_file;
    const char *hyperconverged_file;
    int mode;
    int duplicate_resource_names;
    int absent_list;
    int log_format;
    int log_level;
};

/* In the order of the enums and flags that they stand for. */
static const char *const modes[] = {"enforce", "warn", NULL};
static const char *const duplicates[] = {"deny", "warn", NULL};
static const char *const absences[] = {"deny", "allow", NULL};
static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

static const struct option serve_options[] = {
    {.name = "bind-address",
     .metavar = "HOST:PORT",
     .default_text = ":8443",
     .help = "address to serve on; without HOST every address, IPv4 and IPv6; with port 0\n"
             "one that is free: the first line of the log names the address in use",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, bind_address)},
    {.name = "tls-cert-file",
     .metavar = "FILE",
     .help = "serving certificate with its chain, PEM",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct serve_options, tls_cert_file)},
    {.name = "tls-private-key-file",
     .metavar = "FILE",
     .help = "its private key, PEM",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct serve_options, tls_private_key_file)},
    {.name = "hyperconverged-file",
     .metavar = "FILE",
     .help = "manifest of the HyperConverged that lists the permitted devices, YAML or JSON;\n"
             "followed when it changes",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct serve_options, hyperconverged_file)},
    {.name = "mode",
     .default_text = "enforce",
     .help = "warn: every denial becomes a warning",
     .kind = OPTION_CHOICE,
     .choices = modes,
     .offset = offsetof(struct serve_options, mode)},
    {.name = "duplicate-resource-names",
     .default_text = "deny",
     .help = "what becomes of entries of one list that share a resource name; KubeVirt lets\n"
             "several PCI selectors share one, so clusters that use this choose warn",
     .kind = OPTION_CHOICE,
     .choices = duplicates,
     .offset = offsetof(struct serve_options, duplicate_resource_names)},
    {.name = "absent-list",
     .default_text = "deny",
     .help = "what a HyperConverged without permittedHostDevices permits: nothing (deny)\n"
             "or everything (allow)",
     .kind = OPTION_CHOICE,
     .choices = absences,
     .offset = offsetof(struct serve_options, absent_list)},
    {.name = "log-format",
     .default_text = "text",
     .help = "form of the log on standard error",
     .kind = OPTION_CHOICE,
     .choices = formats,
     .offset = offsetof(struct serve_options, log_format)},
    {.name = "log-level",
     .default_text = "info",
     .help = "the least important events that are logged",
     .kind = OPTION_CHOICE,
     .choices = levels,
     .offset = offsetof(struct serve_options, log_level)},
};

/* What is built one by one and taken down in reverse. */
struct server {
    struct service service;
    struct file_source *source;
    struct listener *listener;
    sigset_t signals;
};

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

/* The caller frees the pair; what handshakes need is copied. */
static struct certs_pair *load_credentials(const struct serve_options *options, struct error *err)
{
    struct certs_pair *pair =
        certs_pair_load(options->tls_cert_file, options->tls_private_key_file, time(NULL), err);

    if (pair && !tls_credentials_set(certs_pair_chain_pem(pair), certs_pair_key_pem(pair), err)) {
        certs_pair_free(pair);
        pair = NULL;
    }
    return pair;
}

/* The first line of the log. */
static bool announce(int fd, struct error *err)
{
    struct bound_address bound;

    if (!bound_address_of(fd, &bound, err))
        return false;
    log_event(LOG_INFO, "listening", LOG_TEXT("address", bound.text),
              LOG_TEXT("version", HOSTDEV_WEBHOOK_VERSION));
    return true;
}

static void log_certificate(const struct certs_pair *pair)
{
    time_t end = certs_pair_earliest_not_after(pair);
    char expires[32];
    struct tm utc;

    gmtime_r(&end, &utc);
    strftime(expires, sizeof expires, "%Y-%m-%dT%H:%M:%SZ", &utc);
    log_event(LOG_INFO, "certificate loaded", LOG_TEXT("subject", certs_pair_summary(pair)),
              LOG_TEXT("expires", expires));
}

static void warn_of_few_files(void)
{
    unsigned limit = listener_connection_limit();

    if (limit < LISTENER_CONNECTIONS)
        log_event(LOG_WARN, "the limit of open files leaves room for few connections",
                  LOG_INT("connections", limit), LOG_INT("wanted", LISTENER_CONNECTIONS));
}

/*
 * Clients that connect once the address is announced wait in the socket's queue until the list was
 * read, so a good file means ready from the first request on.
 */
static bool start(struct server *server, const struct serve_options *options,
                  const struct bind_address *address, struct error *err)
{
    struct file_source_config source = {
        .path = options->hyperconverged_file,
        .policy = &server->service.policy,
        .interval_ms = FILE_SOURCE_INTERVAL_MS,
    };
    CLEANUP_CERTS_PAIR struct certs_pair *pair = NULL;
    int fd;

    if (!seed_hashes(err))
        return false;
    pair = load_credentials(options, err);
    if (!pair)
        return false;
    server->service.current = current_list_new(err);
    if (!server->service.current)
        return false;
    source.current = server->service.current;
    fd = bind_address_listen(address, err);
    if (fd < 0)
        return false;
    if (announce(fd, err)) {
        log_certificate(pair);
        warn_of_few_files();
        server->source = file_source_start(&source, err);
    }
    if (!server->source) {
        close(fd);
        return false;
    }
    server->listener = listener_start(fd, &server->service, err);
    return server->listener != NULL;
}

/* --- stop ------------------------------------------------------------------------------------ */

/*
 * Not ready any more, answers close their connection, and new requests are still answered while
 * those that have begun end. A second signal ends the process at once.
 */
static void drain(struct server *server)
{
    const struct timespec pause = {.tv_nsec = 1000000000 / LOOKS_PER_SECOND};
    int looks = STOP_SECONDS * LOOKS_PER_SECOND;

    atomic_store(&server->service.stopping, true);
    while (atomic_load(&server->service.in_flight) > 0 && looks-- > 0) {
        if (sigtimedwait(&server->signals, NULL, &pause) > 0) {
            log_message(LOG_WARN, "told to stop a second time: ending at once");
            _exit(EXIT_FAILED);
        }
    }
}

static void take_down(struct server *server)
{
    listener_stop(server->listener);
    file_source_stop(server->source);
    current_list_free(server->service.current);
    tls_credentials_clear();
}

static void wait_for_end(struct server *server)
{
    int signal_number = 0;

    while (sigwait(&server->signals, &signal_number) != 0)
        ;
    log_event(LOG_INFO, "stopping", LOG_TEXT("signal", strsignal(signal_number)),
              LOG_INT("in_flight", atomic_load(&server->service.in_flight)));
    drain(server);
}

static int serve(const struct command *command, int argc, char **argv)
{
    struct serve_options options = {0};
    struct bind_address address;
    struct server server = {.source = NULL};
    struct error err;
    bool started;

    if (!command_options(command, argc, argv, &options))
        return EXIT_USAGE;
    if (!bind_address_parse(options.bind_address, &address, &err)) {
        error_wrap(&err, "--bind-address");
        return command_fail(command, EXIT_USAGE, &err);
    }
    log_configure((enum log_format)options.log_format, (enum log_level)options.log_level,
                  STDERR_FILENO);
    server.service.policy = (struct policy){
        .warn_only = options.mode == 1,
        .warn_duplicate_resource_names = options.duplicate_resource_names == 1,
        .absent_list_permits_all = options.absent_list == 1,
    };
    block_signals(&server.signals);
    started = start(&server, &options, &address, &err);
    if (started)
        wait_for_end(&server);
    else
        log_event(LOG_ERROR, "can't start", LOG_TEXT("problem", err.message));
    take_down(&server);
    if (started)
        log_message(LOG_INFO, "stopped");
    return started ? EXIT_OK : EXIT_FAILED;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "Answers the API server's admission reviews over HTTPS",
    .description =
        "Paths: POST /validate and /mutate; GET /livez and /readyz. SIGTERM and SIGINT end it.",
    .options = {serve_options, sizeof serve_options / sizeof serve_options[0]},
    .run = serve,
};
