/* SPDX-License-Identifier: Apache-2.0 */
/* `certs issue`: a certificate authority and a serving certificate in a folder. */
#include "certs/issue.h"
#include "server/commands/certs_options.h"

#include <time.h>

struct issue_options {
    const char *dir;
    struct certs_new_options make;
    bool force;
};

static const struct option issue_options[] = {
    {.name = "dir",
     .metavar = "DIR",
     .help = "folder for the files; created when missing",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct issue_options, dir)},
    CERTS_NEW_OPTIONS(struct issue_options, make),
    {.name = "force",
     .help = "replace a CA that is in the folder; clients must be given the new ca.crt",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct issue_options, force)},
};

static int issue(const struct command *command, int argc, char **argv)
{
    struct issue_options options = {0};
    struct certs_request request;
    struct error err;

    if (!command_options(command, argc, argv, &options))
        return EXIT_USAGE;
    request = (struct certs_request){
        .hosts = str_from(options.make.host),
        .days = (unsigned)options.make.days,
        .now = time(NULL),
    };
    if (!certs_new_options_check(&options.make, &err))
        return command_fail(command, EXIT_USAGE, &err);
    if (!certs_issue(&request, options.dir, options.force, &err))
        return command_fail(command, EXIT_FAILED, &err);
    return EXIT_OK;
}

static const struct described examples[] = {
    {"hostdev-webhook certs issue --dir certificates --host localhost,127.0.0.1",
     "To make certificates for a trial"},
    {NULL, NULL},
};

const struct command command_certs_issue = {
    .name = "certs issue",
    .summary = "Makes a certificate authority and a serving certificate",
    .description =
        "Writes ca.crt, ca.key, tls.crt and tls.key (ECDSA P-256). The keys can be read by the\n"
        "owner only. All four change at one moment: what reads them sees one issue.",
    .options = {.options = issue_options, .count = sizeof issue_options / sizeof issue_options[0]},
    .examples = examples,
    .run = issue,
};
