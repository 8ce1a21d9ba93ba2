/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands around certificates share: their options, and the way to the cluster. */
#ifndef SERVER_COMMANDS_CERTS_OPTIONS_H
#define SERVER_COMMANDS_CERTS_OPTIONS_H

#include "certs/issue.h"
#include "server/commands/cluster_options.h"
#include "server/commands/command.h"
#include "server/registration/webhook_certificate.h"

/* What a new certificate is to be. */
struct certs_new_options {
    const char *host;
    long days;
};

/* Help shows text, certs/ has a number. */
#define CERTS_OPTIONS_DAYS 365
#define CERTS_OPTIONS_TEXT_OF_TOKEN(token) #token
#define CERTS_OPTIONS_TEXT_OF(macro) CERTS_OPTIONS_TEXT_OF_TOKEN(macro)
_Static_assert(CERTS_OPTIONS_DAYS == (int)CERTS_DAYS_DEFAULT, "the two defaults must be one");

/* Their rows in a command's table; `member` is the struct certs_new_options in its `type`. */
/* clang-format off */
#define CERTS_NEW_OPTIONS(type, member)                                                            \
    {.name = "host", .metavar = "NAME[,NAME...]",                                                  \
     .help = "DNS names and IP addresses that the certificate is for",                             \
     .kind = OPTION_TEXT, .required = true,                                                        \
     .offset = offsetof(type, member) + offsetof(struct certs_new_options, host)},                 \
    {.name = "days", .metavar = "N", .default_text = CERTS_OPTIONS_TEXT_OF(CERTS_OPTIONS_DAYS),    \
     .help = "life of the serving certificate in days",                                            \
     .kind = OPTION_INTEGER, .min = 1, .max = CERTS_DAYS_MAX,                                      \
     .offset = offsetof(type, member) + offsetof(struct certs_new_options, days)}
/* clang-format on */

/* A name that no certificate can have is wrong usage; what fails later is not. */
bool certs_new_options_check(const struct certs_new_options *options, struct error *err);

/* The options of the commands that keep a certificate in a cluster. Each takes some of them. */
struct certs_cluster_options {
    const char *namespace; /* NULL: that of the cluster's configuration */
    const char *secret;
    const char *configuration;
    long settle; /* seconds */
    bool force;
    struct certs_new_options make;
    struct cluster_options cluster;
};

/* clang-format off */
#define CERTS_CLUSTER_OPTIONS_SECRET                                                               \
    {.name = "namespace", .metavar = "NS",                                                         \
     .help = "where the Secret is; without it, the namespace of the pod or of the context",        \
     .kind = OPTION_TEXT, .offset = offsetof(struct certs_cluster_options, namespace)},            \
    {.name = "secret", .metavar = "NAME",                                                          \
     .help = "the Secret with ca.crt, tls.crt and tls.key",                                        \
     .kind = OPTION_TEXT, .required = true,                                                        \
     .offset = offsetof(struct certs_cluster_options, secret)}
#define CERTS_CLUSTER_OPTIONS_CONFIGURATION                                                        \
    {.name = "webhook-configuration", .metavar = "NAME",                                           \
     .help = "the ValidatingWebhookConfiguration and the MutatingWebhookConfiguration of this\n"   \
             "name, which both get the CAs of the Secret as their caBundles",                      \
     .kind = OPTION_TEXT, .required = true,                                                        \
     .offset = offsetof(struct certs_cluster_options, configuration)}
/* clang-format on */

/*
 * Parses the options, goes to the cluster and lets `work` do the command's task there, each line of
 * which is printed on stdout. Returns an exit_code.
 */
typedef bool certs_work(const struct webhook_certificate *task,
                        const struct certs_cluster_options *options, struct error *err);
int certs_run(const struct command *command, int argc, char **argv, certs_work *work);

#endif
