/* SPDX-License-Identifier: Apache-2.0 */
/* The options of every command that speaks to a cluster: --kubeconfig and --context. */
#ifndef SERVER_COMMANDS_CLUSTER_OPTIONS_H
#define SERVER_COMMANDS_CLUSTER_OPTIONS_H

#include "server/commands/command.h"
#include "server/commands/options.h"
#include "server/kubeconfig/cluster_config.h"

struct cluster_options {
    const char *kubeconfig; /* NULL: the pod's service account */
    const char *context;    /* NULL: the file's current-context */
};

/* Their rows in a command's table; `member` is the struct cluster_options in its `type`. */
/* clang-format off */
#define CLUSTER_OPTIONS(type, member)                                                              \
    {.name = "kubeconfig", .metavar = "FILE",                                                      \
     .help = "how to reach the cluster from outside; without it, by the service account of the\n"  \
             "pod in which this runs",                                                             \
     .kind = OPTION_TEXT,                                                                          \
     .offset = offsetof(type, member) + offsetof(struct cluster_options, kubeconfig)},             \
    {.name = "context", .metavar = "NAME",                                                         \
     .help = "the context of that file, if not its current-context",                               \
     .kind = OPTION_TEXT,                                                                          \
     .offset = offsetof(type, member) + offsetof(struct cluster_options, context)}
/* clang-format on */

/* What a command with these options reads of its environment. */
extern const struct described cluster_environment[];

/* Wrong usage: a context without the file that it is in. */
bool cluster_options_check(const struct cluster_options *options, struct error *err);

/* The configuration that the options stand for, which cluster_options_check() found right. */
bool cluster_options_load(const struct cluster_options *options, struct cluster_config *ret_config,
                          struct error *err);

/* What whoever runs the program must be warned of in the configuration; NULL: nothing. */
const char *cluster_options_warning(const struct cluster_config *config);

#endif
