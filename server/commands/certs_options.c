/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/certs_options.h"

#include "base/text.h"
#include "certs/names.h"
#include "server/object_name.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool certs_new_options_check(const struct certs_new_options *options, struct error *err)
{
    CLEANUP_CERTS_NAMES struct certs_names *names = certs_names_new(str_from(options->host), err);

    return names || error_wrap(err, "--host");
}

/* --- names of objects ------------------------------------------------------------------------ */

/* They become parts of a URL, and the API server would only say that there is no such path. */
static bool refuse_name(const char *what, const char *name, const char *rule, struct error *err)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(512);

    text_add_quoted(&shown, str_from(name), 80);
    return error_set(err, "%s: %s is no name that %s", what, text_get(&shown), rule);
}

static bool check_name(const char *what, const char *name, struct error *err)
{
    return object_name_is_subdomain(str_from(name)) ||
           refuse_name(what, name,
                       "an object can have: at most 253 lower-case letters, digits, '-' and '.', "
                       "and each part between dots begins and ends with a letter or digit",
                       err);
}

static bool check_namespace(const char *what, const char *name, struct error *err)
{
    return object_name_is_label(str_from(name)) ||
           refuse_name(what, name,
                       "a namespace can have: at most 63 lower-case letters, digits and '-', with "
                       "a letter or digit at both ends",
                       err);
}

static bool check_options(const struct certs_cluster_options *options, struct error *err)
{
    return (!options->make.host || certs_new_options_check(&options->make, err)) &&
           check_name("--secret", options->secret, err) &&
           (!options->configuration ||
            check_name("--webhook-configuration", options->configuration, err)) &&
           (!options->namespace || check_namespace("--namespace", options->namespace, err)) &&
           cluster_options_check(&options->cluster, err);
}

/* --- the way to the cluster ------------------------------------------------------------------ */

static void print_line(const char *line)
{
    puts(line);
    fflush(stdout); /* whoever reads a log sees how far it came */
}

static void print_problem(const struct error *problem)
{
    fprintf(stderr, "hostdev-webhook certs: %s; trying again\n", problem->message);
}

static void print_warning(const struct cluster_config *config)
{
    const char *warning = cluster_options_warning(config);

    if (warning)
        fprintf(stderr, "hostdev-webhook certs: %s\n", warning);
}

static bool work_in_cluster(const struct certs_cluster_options *options,
                            const struct cluster_config *config, certs_work *work,
                            struct error *err)
{
    CLEANUP_API_CLIENT struct api_client *client = NULL;
    struct webhook_certificate task = {
        .api = {.patience = API_PATIENCE_DEFAULT, .waits = print_problem},
        .secret = {.namespace = options->namespace ? options->namespace : config->namespace,
                   .name = options->secret},
        .configuration = options->configuration,
        .hosts = str_from(options->make.host),
        .days = (unsigned)options->make.days,
        .now = time(NULL),
        .settle_ms = (unsigned)options->settle * 1000,
        .did = print_line,
    };

    if (!api_client_library_init(err) || !(client = api_client_new(config, err)))
        return false;
    task.api.client = client;
    return work(&task, options, err);
}

int certs_run(const struct command *command, int argc, char **argv, certs_work *work)
{
    CLEANUP_CLUSTER_CONFIG struct cluster_config config = {.server = NULL};
    struct certs_cluster_options options = {.force = false};
    struct error err;

    if (!command_options(command, argc, argv, &options))
        return EXIT_USAGE;
    if (!check_options(&options, &err))
        return command_fail(command, EXIT_USAGE, &err);
    /* Without a file this is no pod, and what is missing is the option. */
    if (!cluster_options_load(&options.cluster, &config, &err))
        return command_fail(command, options.cluster.kubeconfig ? EXIT_FAILED : EXIT_USAGE, &err);
    print_warning(&config);
    if (!work_in_cluster(&options, &config, work, &err))
        return command_fail(command, EXIT_FAILED, &err);
    return EXIT_OK;
}
